"""One running service's memory: its requests, its keys, and what it is told to do next."""

import math
from collections import Counter, defaultdict

from starlette.requests import Request

from stepasr_tui.simulator import contract
from stepasr_tui.simulator.contract import Refusal, Refused
from stepasr_tui.simulator.reception import NO_TRACE_ID, RECORD
from stepasr_tui.simulator.records import RequestRecord
from stepasr_tui.simulator.scenario import Scenario
from stepasr_tui.simulator.scenarios import scenario
from stepasr_tui.simulator.settings import DemoKey, SimulatorSettings

_MINUTE = 60.0


class Simulator:
    """What one running service remembers: its requests, and what it is told to do next."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.requests: list[RequestRecord] = []
        self.scenario = settings.scenario
        self._tries: Counter[tuple[str, str]] = Counter()
        self._begun: defaultdict[str, list[tuple[float, RequestRecord]]] = defaultdict(list)

    @property
    def scenario(self) -> str | list[str]:
        """What is to happen: a name, or names of which each POST uses up one."""
        return self._scenario

    @scenario.setter
    def scenario(self, wanted: object) -> None:
        names = [wanted] if isinstance(wanted, str) else list(wanted)  # type: ignore[call-overload]
        for name in names:
            scenario(name)
        self._scenario: str | list[str] = wanted if isinstance(wanted, str) else names

    def chosen(self, request: Request, use_up: bool) -> Scenario:
        """The scenario for a request: its path's, else the one that was set."""
        name = request.path_params.get("scenario")
        if name is None:
            wanted = self._scenario
            if isinstance(wanted, str):
                name = wanted
            else:
                # Lists speak about transcriptions only, and are used up by them.
                name = wanted.pop(0) if use_up and wanted else "ok"
        try:
            found = scenario(name)
        except ValueError as problem:
            raise Refused(Refusal(404, str(problem), "not_found")) from problem
        request.scope[RECORD].scenario = found.name
        request.scope[NO_TRACE_ID] = found.no_trace_id
        return found

    def spared(self, chosen: Scenario, audio: str) -> bool:
        """Whether this is the try that a ``once`` scenario lets through."""
        if not chosen.once:
            return False
        self._tries[chosen.name, audio] += 1
        return self._tries[chosen.name, audio] % 2 == 0

    def admit(self, key: DemoKey, record: RequestRecord) -> int | None:
        """Let a transcription begin: None, or the seconds to wait where the key has too many."""
        settings = self.settings
        now = settings.clock()
        begun = [
            (at, one)
            for at, one in self._begun[key.key]
            if at > now - _MINUTE or not one.over.is_set()
        ]
        self._begun[key.key] = begun
        running = sum(not one.over.is_set() for _, one in begun)
        recent = [at for at, _ in begun if at > now - _MINUTE]
        if settings.a_minute is not None and len(recent) >= settings.a_minute:
            # The place of the oldest that has to be gone becomes free.
            freed = recent[-settings.a_minute] if settings.a_minute else now
            return max(1, math.ceil(freed + _MINUTE - now))
        if settings.at_once is not None and running >= settings.at_once:
            return settings.retry_after
        begun.append((now, record))
        return None

    def key(self, request: Request, plan: str) -> DemoKey:
        """The key of a request, if it is good on this plan's path; `Refused` otherwise."""
        given = request.headers.get("authorization", "")
        for known in self.settings.keys:
            if given == f"Bearer {known.key}":
                if known.state in ("revoked", "other-region"):
                    break
                if plan not in known.plans:
                    raise Refused(contract.UNNAMED[plan])
                return known
        raise Refused(contract.BAD_KEY)
