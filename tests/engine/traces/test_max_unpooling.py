"""Pooling and unpooling against torch's MaxPool2d and MaxUnpool2d."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, CellsTile, ImageTile, Step, TableMark, Tile, Tiles, Trace
from engine.traces.building import build_trace
from engine.traces.max_unpooling.pooling import MaxUnpoolingConfig, Pooled, pool, unpool


def built(config: MaxUnpoolingConfig, pixels: np.ndarray | None = None) -> Trace:
    request = BuildTrace("max-unpooling", config, pixels)
    return build_trace(request, TaskContext(lambda _: None))


def tiles_of(step: Step) -> list[Tile]:
    return [tile for mark in step.marks if isinstance(mark, Tiles) for tile in mark]


@pytest.mark.parametrize("side", [4, 5, 6, 7])
def test_the_maps_are_those_of_torch(side: int) -> None:
    result = built(MaxUnpoolingConfig(side=side, seed=3)).result
    values = torch.tensor(result["map"], dtype=torch.float32)[None, None]
    pooled, indices = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)(values)
    unpooled = nn.MaxUnpool2d(2)(pooled, indices, output_size=(side, side))
    assert result["pooled"] == pooled[0, 0].int().tolist()
    assert result["indices"] == indices[0, 0].tolist()
    assert result["unpooled"] == unpooled[0, 0].int().tolist()


def test_values_of_the_decoders_own_go_to_the_same_places() -> None:
    values = np.random.default_rng(0).random((9, 14)).astype(np.float32)
    _, indices = pool(values)
    own = np.random.default_rng(1).random(indices.shape).astype(np.float32)
    expected = nn.MaxUnpool2d(2)(
        torch.from_numpy(own)[None, None],
        torch.from_numpy(indices)[None, None],
        output_size=(9, 14),
    )
    np.testing.assert_array_equal(unpool(own, indices, (9, 14)), expected[0, 0].numpy())


def test_all_numbers_differ_so_that_every_maximum_is_one_place() -> None:
    shown = Pooled(
        BuildTrace("max-unpooling", MaxUnpoolingConfig(side=7, seed=9)), TaskContext(print)
    )
    assert len(np.unique(shown.values)) == 49
    for place in shown.places:
        assert shown.values[shown.maximum(place)] == shown.pooled[place]
        assert max(shown.window(place)) == shown.pooled[place]


def test_the_words_of_a_window_are_its_numbers() -> None:
    trace = built(MaxUnpoolingConfig())
    best, index = trace.result["pooled"][0][1], trace.result["indices"][0][1]
    step = trace[3]
    assert step.title == f"Window 2: the largest is {best}"
    row, column = divmod(index, 6)
    assert f"row {row + 1}, column {column + 1}" in step.text
    left, right = step.formula.removeprefix("i=(r-1)\\,S+c=").replace(r"\cdot", "*").split("=")
    assert eval(left) == int(right) == index + 1


def test_the_table_lists_every_window_with_its_index() -> None:
    trace = built(MaxUnpoolingConfig(side=5))
    table = next(mark for mark in trace[5].marks if isinstance(mark, TableMark))
    indices = np.array(trace.result["indices"]).ravel()
    assert [int(row[2]) - 1 for row in table.rows] == indices.tolist()
    places = [(int(row[3]) - 1, int(row[4]) - 1) for row in table.rows]
    assert places == [divmod(i, 5) for i in indices]


def test_the_smaller_map_fills_as_windows_are_looked_at() -> None:
    trace = built(MaxUnpoolingConfig())
    known = []
    for step in list(trace)[1:5]:
        pooled = next(tile for tile in tiles_of(step) if tile.caption == "pooled")
        assert isinstance(pooled, CellsTile)
        known.append(int(np.isfinite(pooled.values).sum()))
    assert known == [0, 1, 2, 9]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_picture_is_halved_and_enlarged_to_its_size(times: int) -> None:
    trace = built(MaxUnpoolingConfig(times=times), np.full((50, 80, 3), 90, np.uint8))
    step = next(step for step in trace if step.title.startswith("On a picture"))
    assert "your picture" in step.text
    images = [tile for tile in tiles_of(step) if isinstance(tile, ImageTile)]
    pictures = {tile.caption: tile.pixels.shape[:2] for tile in images}
    assert pictures["edges"] == pictures["unpooled"] == pictures["repeated"] == (60, 96)
    assert pictures["pooled"] == (-(-60 // 2**times), 96 // 2**times)
