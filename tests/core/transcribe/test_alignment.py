"""Where draft and final are the same: covering, truthful, and quick for hours of text."""

import random
from difflib import SequenceMatcher
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.transcribe import alignment
from stepasr_tui.core.transcribe.alignment import align, changed_places

TEXT = st.text("天地玄黄ab c1。，.!?\n\u3000e\u0301😀", max_size=60)


def changes(draft: str, final: str) -> list[str]:
    return [final[a:b] for a, b in changed_places(align(draft, final), draft, final)]


def must_cover(draft: str, final: str) -> None:
    at = [0, 0]
    for each in align(draft, final):
        assert [each.draft[0], each.final[0]] == at
        at = [each.draft[1], each.final[1]]
        assert each.draft[0] < each.draft[1] or each.final[0] < each.final[1]
        if each.same:
            assert draft[slice(*each.draft)] == final[slice(*each.final)]
    assert at == [len(draft), len(final)]


@given(TEXT, TEXT)
def test_stretches_cover_both_texts_in_order(draft: str, final: str) -> None:
    must_cover(draft, final)


@given(st.text("天地ab 。", max_size=40), st.text("天地ab 。", max_size=40))
def test_they_do_where_a_comparison_would_take_long_too(draft: str, final: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_MOST_PAIRS", 5)
        must_cover(draft, final)


@given(TEXT)
def test_the_same_text_has_no_changed_place(text: str) -> None:
    assert changes(text, text) == []
    assert all(each.same for each in align(text, text))


def test_changed_places() -> None:
    assert changes("今天天气好。明天下雨。", "今天天气很好。明天下雪。") == ["很", "雪"]
    assert changes("at half past two", "at 2:30 past two") == ["2:30"]
    assert changes("你好世界", "你好") == [""]
    assert changes("", "你好") == ["你好"]


def test_white_space_is_no_change() -> None:
    assert changes("你好 世界。\n再见。", "你好世界。再见。") == []


def chinese(count: int) -> str:
    dice = random.Random(7)
    return "".join(chr(0x4E00 + int(2000 * dice.random() ** 3)) for _ in range(count))


def punctuated(text: str) -> str:
    return "".join(
        char + "，。"[n % 4 == 3] if n % 11 == 10 else char for n, char in enumerate(text)
    )


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs of equal pieces each comparison had to look at."""
    seen: list[int] = []

    class Counted(SequenceMatcher[Any]):
        def __init__(self, junk: None, a: Any, b: Any, autojunk: bool) -> None:
            seen.append(alignment._pairs(a, b))
            super().__init__(junk, a, b, autojunk)

    monkeypatch.setattr(alignment, "SequenceMatcher", Counted)
    return seen


@pytest.mark.parametrize("marks", [True, False])
def test_two_hours_of_chinese_with_fifty_edits(pairs: list[int], marks: bool) -> None:
    draft = punctuated(chinese(40_000)) if marks else chinese(40_000)
    final = list(draft)
    for at in range(400, 40_000, 800):
        final[at] = "改"
    assert changes(draft, "".join(final)) == ["改"] * 50
    assert sum(pairs) < 3_000_000


def test_a_draft_without_any_marks(pairs: list[int]) -> None:
    draft = chinese(20_000)
    final = punctuated(draft)
    stretches = align(draft, final)
    assert sum(each.draft[1] - each.draft[0] for each in stretches if each.same) == len(draft)
    assert sum(pairs) < 3_000_000


@pytest.mark.parametrize(
    ("draft", "final"),
    [("好" * 40_000, "好" * 30_000 + "吧"), ("好，" * 20_000, "吧" + "好。" * 20_000 + "吧")],
)
def test_a_loop_of_one_word_is_not_compared_for_ever(
    pairs: list[int], draft: str, final: str
) -> None:
    must_cover(draft, final)
    assert sum(pairs) < 3_000_000


def test_much_english_without_equal_sentences(pairs: list[int]) -> None:
    draft = " ".join(f"the cat sat on a mat {n}" for n in range(3000))
    final = " ".join(f"the cat sat on the mat {n}." for n in range(3000))
    stretches = align(draft, final)
    assert sum(each.draft[1] - each.draft[0] for each in stretches if each.same) > 0.9 * len(draft)
    assert sum(pairs) < 3_000_000
