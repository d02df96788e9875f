"""The trace of non-maximum suppression against torchvision.ops.nms, which answers boxes only."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
import torchvision

from engine.api.detection import Detections, SuppressionConfig
from engine.api.measurements import Measurement
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace
from engine.traces.building import build_trace

BOXES, REPEATS = 1000, 15
TRACE_LIMIT_MS, STEP_LIMIT_MS = 50.0, 5.0


def measure() -> list[Measurement]:
    """Trace 1,000 boxes in crowds, and build each of the steps."""
    detections = _crowds(np.random.default_rng(0))
    config = SuppressionConfig(score_threshold=0.0, class_aware=False)
    boxes = torch.from_numpy(detections.boxes_xyxy.copy())
    scores = torch.from_numpy(detections.scores.copy())
    expected = torchvision.ops.nms(boxes, scores, config.iou_threshold)
    steps = _trace(detections, config)
    is_same = steps.result["kept"] == expected.tolist()
    traced_ms = _median_ms(lambda: _trace(detections, config))
    reference_ms = _median_ms(lambda: torchvision.ops.nms(boxes, scores, config.iou_threshold))
    soft = _trace(detections, SuppressionConfig(score_threshold=0.05, method="soft-gaussian"))
    slowest_ms = max(_slowest_ms(steps), _slowest_ms(soft))
    return [
        Measurement(
            f"non_maximum_suppression: {BOXES:,} boxes traced",
            traced_ms,
            reference_ms,
            "ms",
            f"<= {TRACE_LIMIT_MS:g} ms, the boxes kept equal to torchvision's",
            is_same and traced_ms <= TRACE_LIMIT_MS,
        ),
        Measurement(
            f"non_maximum_suppression: slowest step of {BOXES:,} boxes, greedy or soft",
            slowest_ms,
            None,
            "ms",
            f"<= {STEP_LIMIT_MS:g} ms",
            slowest_ms <= STEP_LIMIT_MS,
        ),
    ]


def _trace(detections: Detections, config: SuppressionConfig) -> Trace:
    request = BuildTrace("nms", config, detections=detections)
    return build_trace(request, TaskContext(lambda _: None))


def _crowds(random: np.random.Generator) -> Detections:
    """Boxes around 60 objects, as a detector answers them."""
    objects = random.uniform(0, 900, (60, 2))
    centres = objects[random.integers(0, len(objects), BOXES)] + random.normal(0, 12, (BOXES, 2))
    sides = random.uniform(40, 120, (BOXES, 2))
    corners = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
    labels = tuple(random.choice(["car", "dog", "person"], BOXES).tolist())
    return Detections.of(corners, random.random(BOXES), labels)


def _median_ms(call: Callable[[], object]) -> float:
    return statistics.median(_once_ms(call) for _ in range(REPEATS))


def _slowest_ms(steps: Trace) -> float:
    """The slowest of all steps, each the best of three: what the machine adds is not ours."""
    indices = range(len(steps))
    return max(min(_once_ms(partial(steps.__getitem__, i)) for _ in range(3)) for i in indices)


def _once_ms(call: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start_s)
