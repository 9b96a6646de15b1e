"""What the title bar is to say of a session and its jobs; the bar itself is a widget."""

from collections import Counter

from stepasr_tui.core.credentials import shown
from stepasr_tui.core.stepfun.service import LANGUAGES, PLANS, REGIONS
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.widgets.title_bar import TitleFacts


def title_facts(session: Session, jobs: Jobs, *, demo: bool) -> TitleFacts:
    """What is in force now, and how many recordings have come how far."""
    where, chosen = session.where, session.settings
    running, done, _ = jobs.counts()
    ended = Counter(job.phase for job in jobs if job is jobs.of(job.path))
    return TitleFacts(
        region=REGIONS[where.region].title,
        plan=PLANS[where.plan].title,
        model=chosen.model,
        language=LANGUAGES[chosen.language],
        key=shown(session.key.secret) if session.key and not demo else "",
        key_source=session.key.source if session.key else "",
        host="demo" if demo else "" if where.own else where.host,
        needs_key=not demo,
        running=running,
        done=done,
        incomplete=ended[Phase.PARTIAL] + ended[Phase.STOPPED],
        failed=ended[Phase.FAILED],
    )
