"""The topics on single ideas of segmentation, against torch, torchmetrics and SciPy."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional
from torchmetrics.functional.classification import multiclass_jaccard_index

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace
from engine.core.registry import TRACES
from engine.traces.building import build_trace
from tests.engine.traces.trace_checks import check_steps

PENN_FUDAN = Path(__file__).parents[4] / "shared" / "data" / "pennfudan"


def built(topic: str, **settings: object) -> Trace:
    config = TRACES.card(topic).config_type(**settings)
    return build_trace(BuildTrace(topic, config), TaskContext(lambda _: None))


@pytest.mark.parametrize("side", [3, 4, 6])
def test_a_fully_connected_layer_and_torch_s_convolution_of_its_weights_agree(side: int) -> None:
    result = built("fully-connected-as-convolution", side=side, seed=side).result
    weights, large = (
        torch.tensor(result[name], dtype=torch.float64) for name in ("weights", "large")
    )
    found = functional.conv2d(large[None], weights.reshape(3, 2, 2, 2))[0]
    assert found.tolist() == result["answers"]
    layer = nn.Linear(8, 3, bias=False, dtype=torch.float64)
    layer.weight = nn.Parameter(weights)
    assert (
        layer(torch.tensor(result["small"], dtype=torch.float64).flatten()).tolist()
        == result["answer"]
    )
    assert [one[0][0] for one in result["answers"]] == result["answer"]


@pytest.mark.parametrize(("side", "sharpness"), [(3, 0.0), (4, 1.5), (6, 5.0)])
def test_losses_mean_and_gradient_are_those_of_torch(side: int, sharpness: float) -> None:
    result = built("pixel-cross-entropy", side=side, sharpness=sharpness, seed=side).result
    scores = torch.tensor(result["scores"], dtype=torch.float64, requires_grad=True)
    truth = torch.tensor(result["truth"]).long()[None]
    losses = functional.cross_entropy(scores[None], truth, ignore_index=255, reduction="none")
    np.testing.assert_allclose(result["losses"], losses[0].detach(), atol=1e-12)
    mean = functional.cross_entropy(scores[None], truth, ignore_index=255)
    assert result["mean"] == pytest.approx(mean.item())
    mean.backward()
    np.testing.assert_allclose(result["gradient"], scores.grad, atol=1e-12)
    pixels = torch.bincount(truth[truth < 255], minlength=3)
    alike = functional.cross_entropy(scores[None], truth, 1.0 / pixels.double(), ignore_index=255)
    assert result["weighted"] == pytest.approx(alike.item())


@pytest.mark.parametrize(("right_px", "grown_px"), [(3, 1), (0, 0), (-9, 3), (2, -4)])
def test_iou_and_its_mean_are_those_of_torchmetrics(right_px: int, grown_px: int) -> None:
    result = built("mask-iou", right_px=right_px, grown_px=grown_px).result
    confusion = torch.tensor(result["confusion"])
    size = len(confusion)
    pairs = torch.repeat_interleave(torch.arange(size**2), confusion.flatten())
    truth, answer = pairs // size, pairs % size
    scores = multiclass_jaccard_index(answer, truth, size, average=None)
    occurring = (confusion.sum(0) + confusion.sum(1)) > 0
    assert list(result["iou"].values()) == pytest.approx(scores[occurring].tolist())
    assert result["miou"] == pytest.approx(scores[occurring].mean().item())
    assert result["pixel_accuracy"] == pytest.approx((truth == answer).double().mean().item())


def test_an_equal_mask_has_an_miou_of_1() -> None:
    assert built("mask-iou", right_px=0, grown_px=0).result["miou"] == 1


@pytest.mark.parametrize("side", [3, 4, 5, 6])
def test_down_and_up_are_torch_s_strided_and_transposed_convolution(side: int) -> None:
    trace = built("strided-convolution-2d", side=side, seed=side)
    values, kernel, down = (torch.tensor(trace.result[name]) for name in ("map", "kernel", "down"))
    found = functional.conv2d(values[None, None], kernel[None, None], stride=2, padding=1)
    assert found[0, 0].tolist() == down.tolist()
    up = functional.conv_transpose2d(
        down[None, None], kernel[None, None], stride=2, padding=1, output_padding=(side + 1) % 2
    )
    assert up[0, 0].tolist() == trace.result["up"]
    assert f"output padding {(side + 1) % 2}" in trace[-1].text


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_regions_are_counted_as_scipy_counts_them(seed: int) -> None:
    trace = built("semantic-and-instance", seed=seed, people=False)
    check_steps(trace)
    classes, objects = (
        next(tile for mark in trace[4].marks[:1] for tile in mark if tile.caption == caption)  # type: ignore[union-attr]
        for caption in ("classes", "objects")
    )
    counted = sum(ndimage.label(classes.class_indices == one, np.ones((3, 3)))[1] for one in (1, 2))
    assert trace.result["regions"] == counted
    areas = np.bincount(objects.class_indices.ravel())[1:]
    assert [one["pixels"] for one in trace.result["objects"]] == areas[areas > 0].tolist()


def test_without_photographs_a_scene_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISION_WORKBENCH_DATA", os.fspath(tmp_path))
    assert "drawn scene" in built("semantic-and-instance").result["words"]


@pytest.mark.skipif(not PENN_FUDAN.is_dir(), reason="Penn-Fudan is not on this machine")
def test_people_who_touch_are_one_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_WORKBENCH_DATA", os.fspath(PENN_FUDAN.parent))
    trace = built("semantic-and-instance")
    check_steps(trace)
    assert "Penn-Fudan" in trace.result["words"]
    assert trace.result["regions"] < len(trace.result["objects"])


def test_the_course_s_order_is_that_of_the_list() -> None:
    cards = sorted(TRACES, key=lambda card: (card.order, card.title))
    keys = [card.key for card in cards if card.area == "segment"]
    assert keys[:3] == ["fully-connected-as-convolution", "pixel-cross-entropy", "mask-iou"]
    assert keys.index("max-unpooling") < keys.index("strided-convolution-2d")
    assert keys.index("strided-convolution-2d") < keys.index("transposed-convolution-1d")
    assert keys[-1] == "semantic-and-instance"
