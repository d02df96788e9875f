"""The stages of the detector are those of the detector, on any picture."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from skimage.feature import hog

from engine.api.detection import SuppressionConfig
from engine.api.tasks import TaskContext
from engine.api.traces import CellsTile, HeatTile, ImageTile, Trace
from engine.inference.detectors import open_detector
from engine.layers.non_maximum_suppression import suppress
from engine.models.detection.hog_svm import HogSvmOptions
from engine.traces.hog_svm import HogTraceConfig, stars
from tests.engine.traces.trace_checks import check_steps, tiles_of, traced

PICTURE = skimage.data.astronaut()[::2, ::2]
CONTEXT = TaskContext(lambda _: None)


@pytest.fixture(scope="module")
def trace() -> Trace:
    return traced("hog-svm", HogTraceConfig(score=0.2), pixels=PICTURE)


def test_every_step_can_be_read(trace: Trace) -> None:
    check_steps(trace)


@pytest.mark.parametrize(
    ("shape", "config"),
    [
        ((16, 16), HogTraceConfig()),
        ((40, 200), HogTraceConfig(across=0.0, down=1.0, mask="sobel")),
        ((300, 90), HogTraceConfig(across=1.0, down=0.0, mask="cubic", score=0.05)),
    ],
)
def test_pictures_of_any_shape_have_steps(shape: tuple[int, int], config: HogTraceConfig) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    check_steps(traced("hog-svm", config, pixels=pixels))


def test_the_boxes_are_those_of_the_detector(trace: Trace) -> None:
    detector = open_detector("hog-svm", "hog-svm-pennfudan", "cpu").detector
    raw = detector.detect(PICTURE, HogSvmOptions(enlarged=2.0), CONTEXT)
    kept = suppress(raw, SuppressionConfig(0.2, 0.3)).detections
    np.testing.assert_allclose(trace.result["boxes"], kept.boxes_xyxy, atol=0.01)
    assert trace.result["raw"] == len(raw)


def test_the_same_cell_stands_in_four_blocks_as_scikit_image_has_them(trace: Trace) -> None:
    expected = hog(
        PICTURE,
        9,
        (8, 8),
        (2, 2),
        "L2-Hys",
        channel_axis=2,
        transform_sqrt=True,
        feature_vector=False,
    )
    (step,) = [each for each in trace if each.title.startswith("The same cell")]
    shown = tiles_of(step)
    assert shown is not None
    row, column = 16, 16  # in the middle of 32 x 32 cells
    versions = [
        expected[row - above, column - left, above, left] for above in (1, 0) for left in (1, 0)
    ]
    for tile, version in zip(shown, versions, strict=True):
        assert isinstance(tile, CellsTile)
        np.testing.assert_allclose(tile.values[0], version, atol=0.006)


def test_what_each_block_adds_and_the_bias_make_the_score(trace: Trace) -> None:
    (step,) = [each for each in trace if each.title.startswith("The best window")]
    shown = tiles_of(step)
    assert shown is not None
    _, blocks = shown
    assert isinstance(blocks, HeatTile)
    detector = open_detector("hog-svm", "hog-svm-pennfudan", "cpu").detector
    options = HogSvmOptions(enlarged=2.0)
    best = max(level.scores.max() for level in detector.levels(PICTURE, options, CONTEXT))  # type: ignore[attr-defined]
    bias = float(detector.bias[0])  # type: ignore[attr-defined]
    assert blocks.values.sum() + bias == pytest.approx(float(best), abs=1e-3)


def test_a_star_has_its_ray_along_the_edge() -> None:
    histogram = np.zeros((1, 1, 9), np.float32)
    histogram[0, 0, 4] = 1  # 80 to 100 degrees: the values rise downwards, the edge lies flat
    star = stars(histogram, 15)[..., 0]
    assert star[7].sum() > 5 * star[:, 7].sum() / 2


def test_the_picture_is_shown_beside_its_stars(trace: Trace) -> None:
    (step,) = [each for each in trace if each.title == "All cells as stars"]
    shown = tiles_of(step)
    assert shown is not None
    assert all(isinstance(tile, ImageTile) for tile in shown)
