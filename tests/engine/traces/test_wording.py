import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.traces.wording import (
    adding_up,
    apart,
    area,
    at_place,
    compare,
    count,
    listing,
    maps_of,
    sentence,
    weighted_sum,
)


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [(0, "box", "no boxes"), (1, "box", "1 box"), (2, "class", "2 classes"), (3, "row", "3 rows")],
)
def test_counts_agree_with_their_nouns(number: int, noun: str, words: str) -> None:
    assert count(number, noun) == words


@pytest.mark.parametrize(
    ("items", "total", "words"),
    [
        ([], 0, ""),
        (["a"], 0, "a"),
        (["a", "b"], 0, "a and b"),
        (["a", "b", "c"], 9, "a, b, c and 6 more"),
    ],
)
def test_lists_read_as_a_sentence(items: list[str], total: int, words: str) -> None:
    assert listing(items, total) == words


def test_two_numbers_that_differ_never_look_the_same() -> None:
    assert apart(0.53, 0.5) == ("0.53", "0.50")
    assert apart(0.5004, 0.5) == ("0.5004", "0.5000")
    assert apart(0.5, 0.5) == ("0.50", "0.50")
    assert compare(0.5004, 0.5) == "0.5004>0.5000"
    assert compare(0.5, 0.5) == "0.50=0.50"
    assert compare(0.499, 0.5) == "0.499<0.500"


def test_areas_are_whole_pixels_unless_that_hides_them() -> None:
    assert [area(a) for a in (0, 0.01234, 1234.4)] == ["0", "0.0123", "1234"]


def test_a_sentence_keeps_the_capitals_it_has() -> None:
    assert sentence("box 4 (TV)") == "Box 4 (TV)"


def test_places_are_counted_from_1_and_sizes_begin_with_the_width() -> None:
    assert at_place(8, 10) == "row 9, column 11"
    assert at_place(37.234, 0, decimals=2) == "row 38.23, column 1.00"
    assert maps_of((16, 360, 480)) == "16 maps of 480 x 360"
    assert maps_of((1, 2, 3)) == "1 map of 3 x 2"


values = st.floats(-99, 99).map(lambda value: round(value, 6))


@given(st.lists(values, min_size=1, max_size=4))
def test_printed_parts_give_the_printed_sum(parts: list[float]) -> None:
    left, right = adding_up(parts).split("=")
    assert float(right) == pytest.approx(eval(left), abs=0.0051)
    assert float(right) == pytest.approx(sum(parts), abs=0.006)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 255)), min_size=1, max_size=4))
def test_printed_weights_give_the_printed_mean(pairs: list[tuple[float, float]]) -> None:
    left, right = weighted_sum(*zip(*pairs, strict=True)).split("=")
    assert right == f"{eval(left.replace(chr(92) + 'cdot', '*')):.1f}"
    assert float(right) == pytest.approx(sum(a * b for a, b in pairs), abs=0.051)
