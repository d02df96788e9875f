"""Marks from plain lists."""

import numpy as np
import pytest

from engine.api.traces import BoxesMark
from engine.cli.trace import mark_as_data
from engine.traces.marks import (
    bars,
    cells,
    column,
    gallery,
    heat,
    heats,
    histogram,
    image,
    on,
    table,
    text,
    tiles,
)


def test_grey_values_become_a_picture() -> None:
    pixels = image([[0.0, 0.5, 2.0]]).pixels
    assert pixels.dtype == np.uint8
    assert pixels[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]


def test_a_list_of_numbers_is_a_row_of_cells_and_its_places_are_columns() -> None:
    made = cells([1, 2, 3], "values", lit=[0, 2], row_names=["a"])
    assert made.values.shape == (1, 3)
    assert made.lit == ((0, 0), (0, 2))
    assert column([1, 2, 3], lit=[2]).lit == ((2, 0),)
    assert cells(np.eye(2), lit=[(1, 1)]).lit == ((1, 1),)


def test_a_table_writes_its_numbers() -> None:
    made = table(("n", "weights"), [(1, 234567), (np.int64(2), 0.126), ("x", True)])
    assert made.rows == (("1", "234,567"), ("2", "0.13"), ("x", "yes"))


def test_bars_take_plain_lists() -> None:
    made = bars("Title", range(1, 3), [1, 2], before=[0, 1], roles=["kept", "removed"])
    assert made.names == ("1", "2")
    assert made.before is not None
    assert made.before.tolist() == [0, 1]
    assert made.roles == ("kept", "removed")


def test_bars_take_names_and_values_in_one_mapping() -> None:
    made = bars("Title", {"real": 0.25, "fake": 1}, current=1)
    assert (made.names, made.values.tolist(), made.current) == (("real", "fake"), [0.25, 1.0], 1)


def test_a_noun_numbers_bars_and_pictures() -> None:
    assert bars("Title", "axis", [4, 5]).names == ("axis 1", "axis 2")
    assert bars("Title", "", [4, 5]).names == ("1", "2")
    assert [tile.caption for tile in heats(np.zeros((2, 1, 1)), "map")] == ["map 1", "map 2"]
    assert [tile.caption for tile in heats(np.zeros((2, 1, 1)), ["map"])] == ["map", ""]


def test_a_histogram_counts_every_value_once() -> None:
    made = histogram([[0.1, 0.1], [0.9, 0.4]], "values", "x", "n", bins=2, limits=(0.0, 1.0))
    assert made.x.tolist() == [0.25, 0.75]
    assert made.y.tolist() == [3, 1]
    assert histogram([1, 2], "", "", "", bins=2, as_percent=True).y.sum() == pytest.approx(100)


def test_tiles_are_given_in_reading_order() -> None:
    inner = tiles([heat([[1.0]], "b")], [heat([[1.0]], "c")])
    shown = tiles([heat([[1.0]], "a"), inner], [], [text("d")])
    assert [tile.caption for tile in shown] == ["a", "b", "c", ""]
    assert len(shown.rows) == 2


def test_tiles_are_told_as_data_with_their_kinds() -> None:
    box = BoxesMark(np.array([[0, 0, 1, 1]], np.float32), "kept")
    data = mark_as_data(tiles([on(heat([[1.0, 2.0]], "map"), box), gallery(heats([[[3.0]]]))]))
    assert data["kind"] == "tiles"
    first, inner = data["rows"][0]
    assert (first["kind"], first["caption"], first["values"]) == ("heat", "map", [[1.0, 2.0]])
    assert first["marks"][0]["kind"] == "boxes"
    assert (inner["kind"], inner["wraps"]) == ("tiles", True)
