import pytest

from engine.traces.wording import apart, area, compare, count, listing, sentence


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
