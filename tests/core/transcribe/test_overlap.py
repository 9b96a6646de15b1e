"""Two texts of overlapping sound: every word once, whatever each made of the overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.transcribe.overlap import shared

TOMORROW = "see you tomorrow at ten sharp yesterday"


def joined(first: str, second: str) -> str | None:
    both = shared(first, second)
    return None if both is None else first[: both.first] + second[both.second :]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("we met by the old", "by the old bridge", "we met by the old bridge"),
        # A sign or a capital that only one of them has.
        ("and then we left.", "Then, we left the house.", "and then we left the house."),
        # The overlap's edges cut a word in two: "yester", "orrow".
        ("see you tomorrow at ten sharp yester", "orrow at ten sharp yesterday", TOMORROW),
        ("我们明天早上九点开会", "早上九点开会，请带上", "我们明天早上九点开会，请带上"),
        ("今天讨论预算。", "讨论预算，然后", "今天讨论预算，然后"),
        # Other words around the shared ones: each text is trusted on its own side.
        ("a b the long road home x", "y the long road home c d", "a b the long road home c d"),
    ],
)
def test_the_overlap_stands_once(first: str, second: str, whole: str) -> None:
    assert joined(first, second) == whole


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Second part.", "Third part."),
        ("", "hello there"),
        ("hello there", ""),
        ("one two", "three four"),
        ("x a", "a y"),
    ],
)
def test_texts_that_share_nothing_of_weight(first: str, second: str) -> None:
    assert shared(first, second) is None


def test_words_that_come_again_outside_the_overlap_are_no_seam() -> None:
    phrase = "as I have said so many times before"
    first = f"{phrase} and much else was said about it all that day, at great length indeed, ok"
    second = f"so then there is another thing that I want to tell you, my friends, and {phrase}"
    assert shared(first, second) is None and shared(second, first) is not None
    chinese = "我们下周再讨论这个问题"
    others = (
        "然后他说了很多别的事情大家都听着没有人说话直到最后他才坐下来喝了一口茶又站起来说了几句"
    )
    assert shared(chinese + others, "另外" + others[::-1] + chinese) is None


WORDS = st.lists(st.integers(0, 4000).map(lambda n: f"word{n}"), min_size=12, unique=True)


@given(WORDS, st.data())
def test_no_word_is_lost_or_doubled(words: list[str], data: st.DataObject) -> None:
    seam = data.draw(st.integers(4, len(words) - 4))
    size = data.draw(st.integers(2, min(10, seam, len(words) - seam)))
    first, second = words[: seam + size], words[seam:]
    assert joined(" ".join(first), " ".join(second)) == " ".join(words)
