"""Where tiles lie, at every size of the window: what a person sees of them."""

import itertools

import numpy as np
import pytest

from engine.api.traces import CellsTile, Tiles
from engine.traces.marks import cells, column, gallery, heat, heats, image, text, tiles
from gui.widgets.tiles.layout import Box, Layout, Metrics, lay_out

METRICS = Metrics(lambda words: 7.0 * len(words), 16.0)
WINDOW = (940.0, 330.0)  # what is left for tiles in a window of 1280 x 720
SIZES = [WINDOW, (1600.0, 700.0), (520.0, 500.0), (300.0, 180.0)]

maps = [np.zeros((16, 16))] * 18
photo = np.zeros((90, 120, 3), np.uint8)
SHOWN = {
    "one picture": tiles([image(photo, "picture")]),
    "maps": gallery(heats(maps, [f"map {number}" for number in range(18)])),
    "rows": tiles(heats(maps[:5], ["-1.0", "a caption longer than its map"]), heats(maps[:5])),
    "a picture beside maps": tiles(
        [
            tiles([image(photo, "picture", size=2)], heats(maps[:2], ["mean", "part above 0"])),
            tiles(*[heats(maps[:4], ["map 1", "map 2", "map 3", "map 4"])] * 3),
        ]
    ),
    "a matrix": tiles(
        [cells(range(6), "a", lit=[1, 2])],
        [
            cells(np.eye(4, 6), "X", row_names=["row 1", "row 2", "row 3", "row 4"]),
            text("="),
            column(range(4), "X a"),
        ],
    ),
    "a strip and a sliver": tiles([heat(np.zeros((1, 40)), "strip"), heat(np.zeros((900, 7)))]),
    "long numbers": tiles([cells(np.full((3, 12), -98.75), column_names=["a"] * 12)]),
}


def boxes(layout: Layout) -> list[Box]:
    """Everything that is seen, without what has no area."""
    found = [box for placed in layout.placed for box in placed[1:]]
    return [box for box in found if box.width > 0 and box.height > 0]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_nothing_lies_on_anything_else(shown: Tiles, size: tuple[float, float]) -> None:
    layout = lay_out(shown, *size, METRICS)
    assert len(layout.placed) == len(list(shown))
    for one, other in itertools.combinations(boxes(layout), 2):
        is_apart = (
            one.right <= other.x + 1e-6
            or other.right <= one.x + 1e-6
            or one.bottom <= other.y + 1e-6
            or other.bottom <= one.y + 1e-6
        )
        assert is_apart, (one, other)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_all_of_it_lies_inside_of_what_can_be_scrolled_to(
    shown: Tiles, size: tuple[float, float]
) -> None:
    layout = lay_out(shown, *size, METRICS)
    for box in boxes(layout):
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= layout.width + 1e-6
        assert box.bottom <= layout.height + 1e-6


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_in_an_ordinary_window_nothing_has_to_be_scrolled(shown: Tiles) -> None:
    layout = lay_out(shown, *WINDOW, METRICS)
    assert layout.width <= WINDOW[0]
    assert layout.height <= WINDOW[1]


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_larger_window_shows_more(shown: Tiles) -> None:
    small, large = (lay_out(shown, *size, METRICS) for size in (WINDOW, (1880.0, 660.0)))
    assert large.unit > small.unit or large.unit >= 400


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_caption_has_room_for_all_its_text(size: tuple[float, float]) -> None:
    for shown in SHOWN.values():
        for placed in lay_out(shown, *size, METRICS).placed:
            if placed.tile.caption:
                assert placed.caption.width >= METRICS.text_width(placed.tile.caption)
                assert placed.caption.bottom <= placed.area.y


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["a matrix", "long numbers"])
def test_a_number_fits_into_its_cell_in_a_size_that_can_be_read(
    name: str, size: tuple[float, float]
) -> None:
    for placed in lay_out(SHOWN[name], *size, METRICS).placed:
        if isinstance(placed.tile, CellsTile):
            rows, columns = placed.tile.values.shape
            down, across = placed.area.height / rows, placed.area.width / columns
            assert down >= 15
            longest = max(len(f"{value:g}") for value in placed.tile.values.ravel())
            assert across >= 7.0 * longest * min(0.58 * down, 17) / 16


def test_pictures_keep_their_proportions() -> None:
    for placed in lay_out(SHOWN["a picture beside maps"], *WINDOW, METRICS).placed:
        wanted = 4 / 3 if placed.tile.caption == "picture" else 1
        assert placed.area.width / placed.area.height == pytest.approx(wanted)


def test_columns_of_grids_below_each_other_line_up() -> None:
    upper, lower, *_ = lay_out(SHOWN["a matrix"], *WINDOW, METRICS).placed
    assert (upper.area.x, upper.area.width) == (lower.area.x, lower.area.width)
    assert lower.names.width >= METRICS.text_width("row 1")
    assert lower.names.right <= lower.area.x


def test_rows_of_equally_many_stand_in_columns() -> None:
    placed = lay_out(SHOWN["rows"], *WINDOW, METRICS).placed
    assert [one.area.x for one in placed[:5]] == [one.area.x for one in placed[5:]]


def test_a_gallery_breaks_its_lines_where_that_makes_its_tiles_largest() -> None:
    def lines(width: float, height: float) -> int:
        layout = lay_out(SHOWN["maps"], width, height, METRICS)
        return len({placed.area.y for placed in layout.placed})

    assert lines(2000, 120) == 1
    assert lines(900, 330) in (2, 3)
    assert lines(120, 2000) >= 9


def test_a_sign_stands_at_half_the_height_of_its_neighbours() -> None:
    _, matrix, sign, _ = lay_out(SHOWN["a matrix"], *WINDOW, METRICS).placed
    middles = [box.y + box.height / 2 for box in (matrix.area, sign.area)]
    assert middles[0] == pytest.approx(middles[1], abs=1)


def test_nothing_to_show_needs_no_room() -> None:
    layout = lay_out(tiles(), *WINDOW, METRICS)
    assert (layout.placed, layout.width, layout.height) == ((), 0.0, 0.0)
