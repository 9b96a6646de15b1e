"""Drafts that share their deltas, and sentences with times that a player can use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.transcribe import transcript as module
from stepasr_tui.core.transcribe.alignment import Stretch, align
from stepasr_tui.core.transcribe.transcript import Cue, Draft, Transcript, cues_of

MS = st.none() | st.integers(-5000, 200_000)
DELTAS = st.lists(st.builds(Delta, st.text("天地ab 。.2，", max_size=6), MS, MS), max_size=12)


def draft_of(*pieces: Delta) -> Draft:
    draft = Draft()
    for piece in pieces:
        draft = draft.plus(piece)
    return draft


def cues(final: str, *pieces: Delta, duration: float | None = 10.0) -> list[Cue]:
    draft = draft_of(*pieces)
    return list(cues_of(final, draft, align(draft.text, final), 0.0, duration))


def sentences(text: str) -> list[str]:
    return [cue.text for cue in cues(text, Delta(text, 0, 1000))]


def test_an_older_view_stays_what_it_was() -> None:
    first = Draft().plus(Delta("一", 0, 100))
    second = first.plus(Delta("二", 100, 200))
    other = first.plus(Delta("贰贰", 100, 900))
    third = second.plus(Delta("三"))
    assert [each.text for each in (first, second, other, third)] == [
        "一", "一二", "一贰贰", "一二三",
    ]  # fmt: skip
    assert [each.length for each in (first, second, other, third)] == [1, 2, 3, 3]
    assert [each.text_end_ms for each in (first, second, other, third)] == [100, 200, 900, 200]


def test_a_list_that_was_given_stays_the_givers() -> None:
    given = [Delta("一")]
    Draft(given).plus(Delta("二"))
    assert given == [Delta("一")]


@given(st.lists(st.tuples(st.integers(0, 50), st.text("ab", max_size=2)), max_size=40))
def test_any_tree_of_views(steps: list[tuple[int, str]]) -> None:
    views, texts = [Draft()], [""]
    for which, text in steps:
        which %= len(views)
        views.append(views[which].plus(Delta(text)))
        texts.append(texts[which] + text)
    assert [view.text for view in views] == texts
    assert [view.length for view in views] == [len(text) for text in texts]
    assert [view.count for view in views] == [len(view.pieces) for view in views]


def test_ten_thousand_deltas_are_kept_once() -> None:
    views = [Draft()]
    for _ in range(10_000):
        views.append(views[-1].plus(Delta("好")))
    assert len({id(view._pieces) for view in views[1:]}) == 1
    assert (views[-1].count, views[5000].length) == (10_000, 5000)


def test_a_new_attempt_replaces_and_the_longer_one_is_best() -> None:
    first = Transcript().heard(Delta("长长的")).begun_again()
    assert first.draft.text == "" and first.text == "长长的"
    second = first.heard(Delta("短"))
    assert second.draft.text == "短" and second.text == "长长的"
    third = second.begun_again()
    assert third.text == "长长的"
    assert third.heard(Delta("更长的一段")).text == "更长的一段"


def test_cues_have_the_times_of_their_deltas() -> None:
    found = cues(
        "你好。再见。", Delta("你好", 0, 800), Delta("。", 800, 900), Delta("再见", 1000, 2000)
    )
    assert found == [Cue(0.0, 0.9, "你好。"), Cue(1.0, 2.0, "再见。")]


def test_sentences_in_one_delta_share_its_time() -> None:
    found = cues("一二。三四。五六。", Delta("一二。三四。五六。", 0, 9000))
    assert [(cue.start, cue.end) for cue in found] == [(0, 3), (3, 6), (6, 9)]


def test_no_times_no_cues() -> None:
    assert cues("你好。", Delta("你好")) == []
    assert cues("", Delta("你好", 0, 1)) == []
    assert cues("你好。") == []


def test_one_time_far_ahead_does_not_push_what_follows() -> None:
    found = cues(
        "一。二。三。",
        Delta("一。", 0, 900_000_000),
        Delta("二。", 1000, 2000),
        Delta("三。", 2000, 3000),
    )
    assert [(cue.start, cue.end) for cue in found] == [(0, 1), (1, 2), (2, 3)]


@given(DELTAS, st.text("天地ab 。.2，", max_size=40), st.none() | st.floats(0, 100))
def test_times_stay_inside_and_never_run_backwards(
    pieces: list[Delta], final: str, duration: float | None
) -> None:
    latest = 0.0
    for cue in cues(final, *pieces, duration=duration):
        assert latest <= cue.start <= cue.end
        assert duration is None or cue.end <= duration
        latest = cue.end


@given(st.text("天地ab 。.…2，!?“”\n", max_size=300))
def test_cues_leave_nothing_out(text: str) -> None:
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part == part.strip() and 0 < len(part) <= 120 for part in parts)


def test_where_sentences_end() -> None:
    assert sentences("At 7:45 it was 2.5 m. It, e.g. here, ended!") == [
        "At 7:45 it was 2.5 m.",
        "It, e.g. here, ended!",
    ]
    assert sentences("Dr. Li saw stepfun.com. Really?! Yes.") == [
        "Dr. Li saw stepfun.com.",
        "Really?!",
        "Yes.",
    ]
    assert sentences("“你好。”他说。今天3.5度。") == ["“你好。”", "他说。", "今天3.5度。"]


def test_a_long_sentence_is_cut_where_it_pauses() -> None:
    parts = sentences("word " * 60)
    assert {word for part in parts for word in part.split(" ")} == {"word"}
    assert len(parts) == 3
    long = ("一" * 50 + "，") * 4
    assert all(part.endswith("，") for part in sentences(long))


def test_each_cue_looks_up_its_two_ends_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = module._draft_offset

    def counted(stretches: list[Stretch], at: int) -> int:
        calls.append(at)
        return real(stretches, at)

    monkeypatch.setattr(module, "_draft_offset", counted)
    assert len(sentences("好。" * 500)) == 500
    assert len(calls) == 1000
