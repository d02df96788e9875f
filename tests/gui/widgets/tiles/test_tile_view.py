"""What is painted: colours of cells, numbers in them, marks on tiles, arrows, zoom."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from pytestqt.qtbot import QtBot

from engine.api.traces import BoxesMark, TileArrow, Tiles
from engine.traces.marks import cells, heat, image, mask, on, tiles
from gui.theme import plot_role_colour, role_colour
from gui.widgets.canvas.colour_maps import class_rgb, heat_table
from gui.widgets.tiles import TileView

DARKEST, BRIGHTEST = (QColor.fromRgb(int(heat_table()[at])) for at in (0, 255))


@pytest.fixture
def view(qtbot: QtBot) -> TileView:
    made = TileView()
    qtbot.addWidget(made)
    made.resize(600, 300)
    return made


def painted(view: TileView, shown: Tiles) -> QImage:
    view.set_tiles(shown)
    return view.viewport().grab().toImage()


def spot(view: TileView, number: int, across: float, down: float) -> QPoint:
    """A point of a tile, its place given in parts of its sides."""
    area = view.layout_of_tiles.placed[number].area
    inside = QPointF(area.x + across * area.width, area.y + down * area.height)
    return (view.corner + inside).toPoint()


def is_near(one: QColor, other: QColor, by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))


def test_the_ends_of_the_values_have_the_ends_of_the_colours(view: TileView) -> None:
    seen = painted(view, tiles([heat([[0.0, 5.0]], "field")]))
    assert is_near(seen.pixelColor(spot(view, 0, 0.1, 0.5)), DARKEST)
    assert is_near(seen.pixelColor(spot(view, 0, 0.9, 0.5)), BRIGHTEST)


def test_tiles_of_one_scale_share_their_colours_and_others_do_not(view: TileView) -> None:
    few, many = np.full((2, 2), 1.0), np.array([[0.0, 9.0]])
    seen = painted(view, tiles([heat(few, scale="a"), heat(many, scale="a"), heat(few)]))
    shared, alone = (seen.pixelColor(spot(view, number, 0.5, 0.5)) for number in (0, 2))
    assert not is_near(shared, DARKEST)
    assert is_near(alone, DARKEST)


def test_numbers_stand_in_their_cells(view: TileView) -> None:
    shown = tiles([cells([[8.0, np.nan, 8.0]], blank=[2], is_coloured=False)])
    seen = painted(view, shown)

    def ink(column: int) -> int:
        """How many points of a cell's inside differ from its corner."""
        area = view.layout_of_tiles.placed[0].area
        left = view.corner.x() + area.x + column * area.width / 3
        top = view.corner.y() + area.y
        inside = [
            seen.pixelColor(int(left + x), int(top + y))
            for x in range(6, int(area.width / 3) - 6)
            for y in range(6, int(area.height) - 6)
        ]
        return sum(not is_near(colour, inside[0]) for colour in inside)

    assert ink(0) > 20
    assert ink(1) == ink(2) == 0


def test_what_the_step_is_about_is_lit(view: TileView) -> None:
    seen = painted(view, tiles([cells([1.0, 2.0, 3.0], lit=[1])]))
    area = view.layout_of_tiles.placed[0].area
    edge = 2.5 / area.width
    assert is_near(seen.pixelColor(spot(view, 0, 1 / 3 + edge, 0.5)), role_colour("current"))
    assert not is_near(seen.pixelColor(spot(view, 0, edge, 0.5)), role_colour("current"))


def test_marks_lie_on_a_tile_in_its_own_values(view: TileView) -> None:
    box = BoxesMark(np.array([[2, 1, 4, 3]], np.float32), "kept")
    seen = painted(view, tiles([on(image(np.zeros((4, 8))), box)]))
    on_the_line = seen.pixelColor(spot(view, 0, 3 / 8, 1 / 4))
    assert is_near(on_the_line, role_colour("kept"))
    assert is_near(seen.pixelColor(spot(view, 0, 0.9, 0.9)), QColor("black"))


def test_classes_have_their_colours(view: TileView) -> None:
    seen = painted(view, tiles([mask(np.array([[0, 1]]), ("road", "sky"))]))
    for part, name in ((0.25, "road"), (0.75, "sky")):
        assert is_near(seen.pixelColor(spot(view, 0, part, 0.5)), QColor(class_rgb(name)))


def test_an_arrow_leads_from_tile_to_tile(view: TileView) -> None:
    black = np.zeros((4, 4))
    row = [image(black, name="from"), image(black, name="to")]
    without = painted(view, tiles(row))
    seen = painted(view, tiles(row, arrows=[TileArrow("from", "to", "prediction")]))
    one, other = (view.layout_of_tiles.placed[number].area for number in (0, 1))
    between = (view.corner + QPointF((one.right + other.x) / 2, one.y + one.height / 2)).toPoint()
    assert is_near(seen.pixelColor(between), plot_role_colour("prediction"))
    assert not is_near(without.pixelColor(between), plot_role_colour("prediction"))


def test_another_size_of_the_window_lays_out_anew(view: TileView) -> None:
    view.show()
    view.set_tiles(tiles([image(np.zeros((8, 8)), "picture")]))
    before = view.layout_of_tiles.unit
    view.resize(900, 600)
    assert view.layout_of_tiles.unit > before


def wheel(view: TileView, at: QPointF, notches: int) -> None:
    view.wheelEvent(
        QWheelEvent(
            at,
            at,
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
    )


def test_the_wheel_enlarges_about_the_pointer_and_back(view: TileView) -> None:
    view.show()
    view.set_tiles(tiles([image(np.zeros((40, 80)))]))
    fitted = view.layout_of_tiles
    at = QPointF(spot(view, 0, 0.75, 0.5))
    wheel(view, at, 6)
    assert view.layout_of_tiles.unit > 2 * fitted.unit
    under = spot(view, 0, 0.75, 0.5)
    assert (under - at.toPoint()).manhattanLength() <= 24
    wheel(view, at, -20)
    assert view.layout_of_tiles.unit == pytest.approx(fitted.unit)


def test_captions_are_told_to_a_screen_reader(view: TileView) -> None:
    view.set_tiles(tiles([image(np.zeros((2, 2)), "before"), image(np.zeros((2, 2)), "after")]))
    assert view.accessibleDescription() == "before, after"
