"""Bins against torch's adaptive pooling, and the windows of the paper against plain pooling."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, TableMark, Trace
from engine.traces.building import build_trace
from engine.traces.spatial_pyramid_pooling.bins import (
    PaperWindow,
    SpatialPyramidConfig,
    bin_edges,
    feature_maps,
    pooled,
    pyramid_vector,
    shuffled,
)


def built(pixels: np.ndarray | None = None, **values: str) -> Trace:
    config = SpatialPyramidConfig(**values)  # type: ignore[arg-type]
    return build_trace(
        BuildTrace("spatial-pyramid-pooling", config, pixels), TaskContext(lambda _: None)
    )


@pytest.mark.parametrize("size", [(13, 13), (10, 7), (18, 24), (3, 31)])
@pytest.mark.parametrize("bins", [1, 2, 3, 4, 6])
def test_bins_are_those_of_torchs_adaptive_pooling(size: tuple[int, int], bins: int) -> None:
    maps = np.random.default_rng(0).random((4, *size))
    features = torch.from_numpy(maps)[None]
    largest = functional.adaptive_max_pool2d(features, bins)[0].numpy()
    mean = functional.adaptive_avg_pool2d(features, bins)[0].numpy()
    np.testing.assert_array_equal(pooled(maps, bins, "max"), largest)
    np.testing.assert_allclose(pooled(maps, bins, "mean"), mean, atol=1e-12)


def test_every_place_is_in_a_bin() -> None:
    for size in range(1, 30):
        for bins in range(1, 7):
            covered = np.zeros(size, int)
            for start, end in bin_edges(size, bins):
                assert end > start
                covered[start:end] += 1
            assert covered.min() >= 1


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_the_windows_of_the_paper_are_the_bins_where_it_used_them(bins: int) -> None:
    maps = np.random.default_rng(0).random((4, 13, 13))
    window, stride, covered = PaperWindow.of(13, bins)
    by_windows = functional.max_pool2d(torch.from_numpy(maps)[None], window, stride)[0].numpy()
    assert covered == 13
    np.testing.assert_array_equal(by_windows, pooled(maps, bins, "max"))


def test_the_windows_of_the_paper_miss_columns_where_sides_do_not_divide() -> None:
    assert PaperWindow.of(10, 6) == (2, 1, 7)
    step = next(step for step in built() if step.title == "The windows of the paper")
    assert "the last 3 are never looked at" in step.text
    table = next(mark for mark in step.marks if isinstance(mark, TableMark))
    assert [row[4] for row in table.rows] == ["0", "0", "0", "0", "3"]


@pytest.mark.parametrize("levels", ["1, 2, 4", "1, 2, 3, 6", "1, 3", "2, 5"])
def test_the_vector_has_one_length_whatever_the_size(levels: str) -> None:
    numbers = [int(word) for word in levels.split(",")]
    lengths = set()
    for size in ((90, 200), (120, 40), (33, 33)):
        pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
        result = built(pixels, levels=levels).result
        assert result["map_size"] != result["crop_map_size"]
        lengths |= {len(result["vector"]), len(result["crop_vector"])}
    assert lengths == {4 * sum(number**2 for number in numbers)}


def test_the_vector_is_the_levels_one_after_the_other() -> None:
    maps = np.random.default_rng(0).random((4, 11, 17))
    parts = [nn.AdaptiveMaxPool2d(side)(torch.from_numpy(maps)[None]).flatten() for side in (1, 3)]
    np.testing.assert_array_equal(pyramid_vector(maps, (1, 3), "max"), torch.cat(parts).numpy())


@pytest.mark.parametrize("pooling", ["max", "mean"])
@pytest.mark.parametrize("size", [(18, 24), (11, 17)])
def test_what_is_mixed_inside_the_bins_leaves_the_vector_alone(
    pooling: str, size: tuple[int, int]
) -> None:
    maps = np.random.default_rng(0).random((4, *size))
    mixed = shuffled(maps, (1, 2, 4))
    assert (mixed != maps).mean() > 0.5
    before, after = (pyramid_vector(one, (1, 2, 4), pooling) for one in (maps, mixed))  # type: ignore[arg-type]
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_feature_maps_tell_upright_edges_from_level_ones() -> None:
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:, 32:] = 255
    brightness, across, down, colour = feature_maps(upright)
    assert across.max() == 0.5
    assert not down.any()
    assert not colour.any()
    assert brightness[:, -1].min() == 1
