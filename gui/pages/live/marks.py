"""What was found on a frame, as marks on the canvas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.api.live_analysis import (
    NOT_FOLLOWED,
    CountingLine,
    FrameAnalysis,
    LineCounts,
    TrackedDetections,
    ZoneCounts,
)
from engine.api.segmentation import SegmentationResult
from engine.api.traces import ArrowsMark, BoxesMark, MaskMark, PictureMark, PolygonsMark

ARROW_SHARE = 0.06
"""Length of the arrow towards the side `in`, as a share of the frame's shorter side."""


def box_marks(tracked: TrackedDetections) -> list[PictureMark]:
    """Return the boxes with class, id where there is one, and score."""
    found = tracked.detections
    if not len(found):
        return []
    captions = tuple(
        f"{label} {score:.2f}" if each == NOT_FOLLOWED else f"{label} #{each} {score:.2f}"
        for label, each, score in zip(
            found.labels, tracked.ids.tolist(), found.scores.tolist(), strict=True
        )
    )
    return [BoxesMark(found.boxes_xyxy, "prediction", captions, found.labels)]


def trail_marks(analysis: FrameAnalysis) -> list[PictureMark]:
    """Return the trail of each object on the frame: there and back, which encloses nothing."""
    trails, labels = [], []
    tracked = analysis.tracked
    for label, each in zip(tracked.detections.labels, tracked.ids.tolist(), strict=True):
        trail = analysis.trails.get(each)
        if trail is not None and len(trail) > 1:
            trails.append(np.concatenate([trail, trail[-2:0:-1]]).astype(np.float32))
            labels.append(label)
    return [PolygonsMark(tuple(trails), "prediction", tuple(labels))] if trails else []


def region_marks(analysis: FrameAnalysis) -> list[PictureMark]:
    """Return zones and counting lines with their counts."""
    size = np.array([analysis.width, analysis.height], np.float32)
    zones = tuple(np.array(zone.points, np.float32) * size for zone in analysis.config.zones)
    marks: list[PictureMark] = []
    captions, corners, names = [], [], []
    if zones:
        labels = tuple(zone.name for zone in analysis.config.zones)
        marks.append(PolygonsMark(zones, "neutral", labels))
    for zone, counts in zip(zones, analysis.zones, strict=True):
        corners.append(zone[zone[:, 1].argmin()])
        captions.append(zone_text(counts))
        names.append(counts.name)
    for line, crossed in zip(analysis.config.lines, analysis.lines, strict=True):
        marks += _line_marks(line, size)
        corners.append(np.array(line.start, np.float32) * size)
        captions.append(line_text(crossed))
        names.append(crossed.name)
    if corners:
        places = np.array(corners, np.float32)
        anchors = np.concatenate([places, places + 1], axis=1)
        marks.append(BoxesMark(anchors, "neutral", tuple(captions), tuple(names)))
    return marks


def segmentation_marks(
    found: SegmentationResult | None, shown: tuple[str, ...] | None = None
) -> list[PictureMark]:
    """Return the class of every pixel; those that are not shown have no name and no colour."""
    if found is None:
        return []
    names = tuple(name if shown is None or name in shown else "" for name in found.classes)
    return [MaskMark(found.labels, names, found.extent_xyxy)]


def zone_text(counts: ZoneCounts) -> str:
    """Say who is in a zone, and who has been."""
    return f"{counts.name}: {tally(counts.inside)} inside, {tally(counts.visitors)} so far"


def line_text(counts: LineCounts) -> str:
    """Say who has crossed a line."""
    return f"{counts.name}: {tally(counts.crossed_in)} in, {tally(counts.crossed_out)} out"


def tally(numbers: Mapping[str, int]) -> str:
    """Return a count, by class where there are several."""
    if len(numbers) < 2:
        return str(sum(numbers.values()))
    return ", ".join(f"{number} {label}" for label, number in sorted(numbers.items()))


def _line_marks(line: CountingLine, size: np.ndarray) -> list[PictureMark]:
    start, end = (np.array(point, np.float32) * size for point in (line.start, line.end))
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
    inwards = np.array([along[1], -along[0]], np.float32)
    middle = (start + end) / 2
    tip = middle + inwards * float(size.min()) * ARROW_SHARE
    stroke = np.array([start, middle, end, middle], np.float32)
    return [
        PolygonsMark((stroke,), "neutral", (line.name,)),
        ArrowsMark(middle[None], tip[None].astype(np.float32), "neutral"),
    ]
