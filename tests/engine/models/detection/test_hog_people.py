"""The people detector on drawn and on real pedestrians."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.ops import box_iou, nms

from engine.api.errors import TaskCancelled
from engine.api.parameters import NoParameters
from engine.api.tasks import Progress, TaskContext
from engine.core.registry import MODELS
from engine.models.detection import hog_people
from engine.models.detection.hog_people import HogPeople, HogPeopleOptions

CONTEXT = TaskContext(lambda _: None)
CARD = MODELS.card("hog-people")
# Outline of a standing figure 96 units tall without its head, around the middle of its top.
RIGHT_SIDE = (-8, 17, 8, 17, 13, 20, 15, 50, 10, 50, 9, 55, 11, 95, 3, 95, 1, 60)
LEFT_SIDE = (-1, 60, -3, 95, -11, 95, -9, 55, -10, 50, -15, 50, -13, 20)
FIGURE = (*RIGHT_SIDE, *LEFT_SIDE)


def drawn_people() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Two grey figures, 200 px tall, before a plain wall, and the boxes around them."""
    pixels = np.full((360, 480, 3), 190, np.uint8)
    boxes = []
    unit = 200 / 96
    for x, y, shade in ((120, 60, 60), (340, 100, 40)):
        grey = (shade, shade, shade)
        cv2.circle(pixels, (x, round(y + 8 * unit)), round(8 * unit), grey, -1, cv2.LINE_AA)
        outline = np.array(FIGURE).reshape(-1, 2) * unit + [x, y]
        cv2.fillPoly(pixels, [outline.round().astype(np.int32)], grey, cv2.LINE_AA)
        boxes.append([x - 15 * unit, y, x + 15 * unit, y + 200])
    return cv2.GaussianBlur(pixels, (0, 0), 1.2), np.array(boxes, np.float32)


def people(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Boxes that survive the model's own thresholds, best first."""
    found = HogPeople(NoParameters()).detect(pixels, HogPeopleOptions(), CONTEXT)
    strong = found.scores >= CARD.default_score
    boxes, scores = torch.tensor(found.boxes_xyxy[strong]), torch.tensor(found.scores[strong])
    kept: NDArray[np.float32] = boxes[nms(boxes, scores, CARD.default_iou)].numpy()
    return kept


def matches(found: NDArray[np.float32], truth: NDArray[np.float32]) -> int:
    """How many true boxes are found at IoU >= 0.5, each box counting once."""
    overlaps = box_iou(torch.tensor(found), torch.tensor(truth)).numpy()
    count = 0
    for row in overlaps:
        best = int(row.argmax())
        if row[best] >= 0.5:
            count += 1
            overlaps[:, best] = 0.0
    return count


def test_drawn_figures_are_found_where_they_stand() -> None:
    pixels, truth = drawn_people()
    found = people(pixels)
    assert len(found) == 2
    assert matches(found, truth) == 2


def test_an_empty_wall_has_nobody() -> None:
    assert len(people(np.full((360, 480, 3), 190, np.uint8))) == 0


def test_scores_are_the_logistic_function_of_the_margins() -> None:
    pixels, _ = drawn_people()
    descriptor = cv2.HOGDescriptor()
    descriptor.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector()))
    _, margins = descriptor.detectMultiScale(
        pixels, -0.5, winStride=(8, 8), padding=(16, 16), scale=1.05, groupThreshold=0
    )
    found = HogPeople(NoParameters()).detect(pixels, HogPeopleOptions(), CONTEXT)
    expected = np.sort(torch.sigmoid(torch.tensor(np.array(margins).ravel())).numpy())[::-1]
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("stride", "padding", "scale", "side"),
    [
        (8, 16, 1.2, 240),
        (6, 13, 1.4, 240),
        (12, 5, 1.3, 300),
        (4, 32, 1.5, 180),
        (8, 0, 1.4, 480),
    ],
)
def test_strips_find_exactly_the_windows_of_a_single_call_of_opencv(
    stride: int, padding: int, scale: float, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hog_people, "STRIP_HEIGHT", 60)
    monkeypatch.setattr(hog_people, "STRIP_PIXELS", 1)
    pixels = np.ascontiguousarray(drawn_people()[0][:, :side])
    descriptor = cv2.HOGDescriptor()
    descriptor.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector()))
    expected, margins = descriptor.detectMultiScale(
        pixels,
        hitThreshold=-1.5,
        winStride=(stride, stride),
        padding=(padding, padding),
        scale=scale,
        groupThreshold=0,
    )
    options = HogPeopleOptions(stride, padding, scale, -1.5)
    windows, found = HogPeople(NoParameters())._search(pixels, options, CONTEXT)
    assert len(found) > 0
    by_opencv = sorted(zip(map(tuple, np.array(expected).tolist()), margins.ravel(), strict=True))
    by_strips = sorted(zip(map(tuple, windows.tolist()), found, strict=True))
    assert [window for window, _ in by_strips] == [window for window, _ in by_opencv]
    np.testing.assert_allclose([m for _, m in by_strips], [m for _, m in by_opencv], atol=1e-6)


def test_a_cancel_is_noticed_after_a_few_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    original = HogPeople._search_strip

    def search(self: HogPeople, strip: Any, *arguments: Any) -> Any:
        searched.append(strip.top)
        context.cancel()
        return original(self, strip, *arguments)

    monkeypatch.setattr(HogPeople, "_search_strip", search)
    monkeypatch.setattr(hog_people, "STRIP_HEIGHT", 60)
    monkeypatch.setattr(hog_people, "STRIP_PIXELS", 1)
    context = TaskContext(lambda _: None)
    with pytest.raises(TaskCancelled):
        HogPeople(NoParameters()).detect(drawn_people()[0], HogPeopleOptions(), context)
    assert len(searched) <= cv2.getNumThreads() + 2


def test_the_search_says_how_far_it_is() -> None:
    told: list[Progress] = []
    context = TaskContext(told.append, 0.0)
    HogPeople(NoParameters()).detect(drawn_people()[0], HogPeopleOptions(), context)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert 0 == fractions[0] < fractions[-1] < 1
    assert {progress.stage for progress in told} == {"Looking for objects"}


@pytest.mark.parametrize("shape", [(1, 1), (10, 300), (300, 30), (127, 63), (20, 20)])
def test_pictures_smaller_than_the_window_are_no_trouble(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    options = HogPeopleOptions(margin_floor=-2.0)
    boxes = HogPeople(NoParameters()).detect(pixels, options, CONTEXT).boxes_xyxy
    assert (boxes >= 0).all()
    assert (boxes[:, 2:] <= [shape[1], shape[0]]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_real_pedestrians_are_found(data_folder: Path) -> None:
    """On every sixth picture recall was 0.44 and precision 0.47 when this was written."""
    found_count = truth_count = hits = 0
    for path in sorted((data_folder / "pennfudan" / "images").glob("*.jpg"))[::6]:
        pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(str(path.parents[1] / "masks" / f"{path.stem}.png"), -1)
        truth = []
        for instance in range(1, mask.max() + 1):
            x, y, width, height = cv2.boundingRect((mask == instance).astype(np.uint8))
            truth.append([x, y, x + width, y + height])
        found = people(pixels)
        truth_count += len(truth)
        found_count += len(found)
        hits += matches(found, np.array(truth, np.float32)) if len(found) else 0
    assert truth_count > 40
    assert hits / truth_count > 0.36
    assert hits / found_count > 0.39
