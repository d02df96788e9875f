"""Leaving a picture in the middle of a drawing, finding pictures, and importing for others."""

import pytest
from PySide6.QtCore import Qt

from engine.api.annotations import Shape
from gui.pages.images.search import (
    expression_of,
    matching_expression,
    matching_names,
    score_range_of,
)
from tests.gui.pages.annotation_support import answer, coco


def click(user, *points: tuple[float, float]) -> None:
    for point in points:
        place = user.canvas.map_to_screen(*point).toPoint()
        user.bot.mouseClick(user.canvas, Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def at_work(user, streets):
    user.open(streets)
    user.key(Qt.Key.Key_P)
    return user


def test_d_during_a_polygon_keeps_it_as_a_shape(at_work):
    click(at_work, (20, 20), (80, 20), (80, 80))
    first = at_work.document
    at_work.key(Qt.Key.Key_D)
    at_work.go("street 2.png")
    (shape,) = first.shapes
    assert shape.kind == "polygon"
    assert len(shape.points) == 3
    assert at_work.document.shapes == ()
    at_work.key(Qt.Key.Key_A)
    at_work.go("street 1.png")
    at_work.press("images.undo")
    assert at_work.document.shapes == ()


def test_d_with_two_vertices_stays_and_says_how_to_go_on(at_work):
    click(at_work, (20, 20), (80, 20))
    at_work.key(Qt.Key.Key_D)
    assert "Finish the drawing first" in at_work.messages[-1]
    assert at_work.document.title == "street 1.png"
    assert len(at_work.canvas._stage.draft.points) == 3  # the last one follows the pointer
    at_work.key(Qt.Key.Key_Escape)
    at_work.key(Qt.Key.Key_D)
    at_work.go("street 2.png")


NAMES = ["street 1.png", "street 12.png", "park (1).jpg", "a.b"]


def found_by(text: str, names: list[str]) -> list[int]:
    """As the page searches: expressions name by name, words at once."""
    expression = expression_of(text)
    if expression is None:
        return matching_names(text, names)
    found: list[int] = []
    for _ in matching_expression(expression, names, found):
        pass
    return found


def test_a_regular_expression_finds_names_and_words_still_do():
    assert found_by(r"street \d\.png", NAMES) == [0]
    assert found_by(r"^\D+\.", NAMES) == [3]
    assert found_by("^PARK|12", NAMES) == [1, 2]
    assert found_by("(1)", NAMES) == [0, 1, 2]
    assert found_by("park (1", NAMES) == [2]  # no expression: words
    assert found_by("street 1", NAMES) == [0, 1]


def test_an_expression_that_would_take_forever_is_only_words():
    names = ["a" * 200 + "b.png", *NAMES, "no (a+)+$ at all.png"]
    assert found_by("(a+)+$", names) == [5]


def test_scores_are_read_as_an_interval():
    assert score_range_of("score::[0.3, 0.5]") == (0.3, 0.5)
    assert score_range_of("SCORE::[.5,]") == (0.5, 1.0)
    assert score_range_of("score::[,0.5]") == (0.0, 0.5)
    assert score_range_of("score::[1.2.3,4]") is None
    assert score_range_of("score") is None


def test_pictures_are_found_by_the_scores_of_their_boxes(user, streets):
    user.open(streets)
    user.document.add([_box(0.4)])
    user.press("images.next")
    user.go("street 2.png")
    user.document.add([_box(0.9)])
    user.bot.keyClicks(user.page.browser.search, "score::[0.3,0.5]")
    user.until(lambda: user.names == ["street 1.png"])


def test_an_import_whose_pictures_are_not_there_leaves_the_open_ones_in_the_list(user, streets):
    source = coco(streets, ("nowhere.png", "car", 10, 10, 20, 20))
    user.open(streets / "street 1.png", streets / "street 2.png")
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: user.problems or any("Took in" in text for text in user.messages))
    assert user.names == ["street 1.png", "street 2.png"]


def _box(score: float):
    return Shape("car", ((5.0, 5.0), (40.0, 40.0)), "box", score)


def test_shift_d_goes_to_the_next_picture_without_annotations(user, streets, write_labelme):
    write_labelme(streets / "street 2.png", "car", (10, 10, 50, 50))
    user.open(streets)
    user.key(Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    user.go("street 10.png")
    user.key(Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    user.until(lambda: "Every picture below this one has annotations" in user.messages)
