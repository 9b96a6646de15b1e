"""Rows by display width: nothing lost, nothing too wide, nothing cut, nothing wrapped twice."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from stepasr_tui.ui import wrapping
from stepasr_tui.ui.wrapping import Rows, boundaries

PIECES = [
    *"ab zé-—/.,)(“”…'",
    *"中文语音识，。！？、「」（）《》ーっ",
    " ",
    "  ",
    "\n",
    "\u3000",
    "word ",
    "well-known",
    "e\u0301",
    "か\u3099",
    "❤\ufe0f",
    "👍🏽",
    "👩\u200d👩\u200d👧",
    "🇨🇳",
    "🇨",
    "क्षि",
    "한",
    "\u1112\u1161\u11ab",
    "\u0301",
    "\u200d",
    "\ufe0f",
]
texts = st.lists(st.sampled_from(PIECES), max_size=80).map("".join)
any_text = st.one_of(texts, st.text(max_size=60))
widths = st.integers(min_value=2, max_value=24)


def rows_of(text: str, width: int) -> list[str]:
    rows = Rows(width)
    rows.append(text)
    return [rows.row(index) for index in range(len(rows))]


@given(any_text, widths)
def test_the_rows_joined_are_the_text(text: str, width: int) -> None:
    assert "".join(rows_of(text, width)) == text


@given(any_text, widths)
def test_no_row_is_wider_than_the_width(text: str, width: int) -> None:
    for row in rows_of(text, width):
        assert cell_len(row.rstrip("\n").rstrip(" \u3000")) <= width


@given(any_text, widths)
def test_a_line_break_ends_a_row_and_stands_nowhere_else(text: str, width: int) -> None:
    rows = rows_of(text, width)
    assert all("\n" not in row[:-1] for row in rows)
    assert not rows[-1].endswith("\n")


@given(st.lists(any_text, max_size=12), widths)
@settings(max_examples=300)
def test_growing_is_the_same_as_wrapping_all_at_once(pieces: list[str], width: int) -> None:
    rows = Rows(width)
    for piece in pieces:
        known = [rows.row(index) for index in range(len(rows))]
        first = rows.append(piece)
        assert [rows.row(index) for index in range(first)] == known[:first]
    assert [rows.row(index) for index in range(len(rows))] == rows_of("".join(pieces), width)


@given(st.text(st.sampled_from("ab 中，e\u0301か\u3099❤\ufe0f👩\u200d🏽")), st.integers(4, 20))
def test_no_row_begins_inside_a_character(text: str, width: int) -> None:
    before = ""
    for row in rows_of(text.lstrip("\u0301\u3099\ufe0f\u200d🏽"), width):
        if before and row:
            assert unicodedata.category(row[0]) not in ("Mn", "Me"), (before, row)
            assert row[0] not in "\u200d\ufe0f🏽", (before, row)
            assert not before.endswith("\u200d"), (before, row)
        before = row


@pytest.mark.parametrize(
    "whole", ["👩\u200d👩\u200d👧\u200d👦", "🇨🇳", "e\u0301\u0323", "क्षि", "👍🏽"]
)
def test_a_joined_character_moves_to_the_next_row_whole(whole: str) -> None:
    for width in range(4, 12):
        rows = rows_of(whole * 20, width)
        assert len(rows) > 1
        assert all(row == whole * (len(row) // len(whole)) for row in rows)


@pytest.mark.parametrize("mark", "，。！？、；：」』）】》”…")
def test_no_closing_mark_begins_a_row(mark: str) -> None:
    for before in range(1, 12):
        rows = rows_of("中" * before + mark + "文" * 12, 8)
        assert not any(row.startswith(mark) for row in rows)


@pytest.mark.parametrize("mark", "「『（【《“")
def test_no_opening_mark_ends_a_row(mark: str) -> None:
    for before in range(1, 12):
        rows = rows_of("中" * before + mark + "文" * 12, 8)
        assert not any(row.endswith(mark) for row in rows)


def test_words_stay_whole_and_take_their_spaces_along() -> None:
    assert rows_of("one two   three four", 9) == ["one two   ", "three ", "four"]


def test_a_word_longer_than_a_row_is_cut_at_the_width() -> None:
    assert rows_of("ab abcdefghij", 4) == ["ab ", "abcd", "efgh", "ij"]


def test_chinese_breaks_anywhere_and_beside_latin_words() -> None:
    assert rows_of("调用API接口", 7) == ["调用API", "接口"]
    assert rows_of("我们调用API接口", 8) == ["我们调用", "API接口"]


def test_a_hyphen_between_letters_is_a_place_to_break() -> None:
    assert rows_of("a well-known", 8) == ["a well-", "known"]


def test_wide_characters_count_two_and_marks_none() -> None:
    assert rows_of("中文中文", 5) == ["中文", "中文"]
    assert rows_of("e\u0301" * 6, 4) == ["e\u0301" * 4, "e\u0301" * 2]


@pytest.mark.parametrize("hostile", [" " * 50_000, "a" + "\u0301" * 50_000, "\u200d" * 50_000])
def test_text_without_width_makes_no_endless_row(hostile: str) -> None:
    rows = rows_of(hostile, 20)
    assert "".join(rows) == hostile
    assert max(map(len, rows)) <= 8 * 20 + 64


def test_an_append_wraps_only_the_last_row_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(40)
    rows.append("今天我们讨论语音识别的细节，" * 5_000)
    seen: list[int] = []
    row_end = wrapping.row_end

    def counting(text: str, classes: bytes, at: int, width: int) -> int:
        seen.append(len(text))
        return row_end(text, classes, at, width)

    monkeypatch.setattr(wrapping, "row_end", counting)
    for _ in range(200):
        rows.append("好的，")
    assert max(seen) <= 24  # the open row, and the delta
    assert len(seen) <= 2 * 200


@given(any_text)
def test_places_of_characters_cover_the_row(text: str) -> None:
    places = boundaries(text)
    assert places[0] == 0
    assert places[-1] == len(text)
    assert places == sorted(set(places))


@given(texts, widths, st.integers(0, 100))
def test_each_place_is_found_in_its_row(text: str, width: int, place: int) -> None:
    rows = Rows(width)
    rows.append(text)
    place = min(place, len(text))
    start, end = rows.span(rows.row_at(place))
    assert start <= place <= end
    assert rows.edge_of(place) <= place <= rows.edge_of(place, after=True)
