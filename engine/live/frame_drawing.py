"""A frame with everything on it that is known about it, for recordings and snapshots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.api.annotations import Point
from engine.api.class_colours import Rgb, class_rgb
from engine.api.live_analysis import (
    NOT_FOLLOWED,
    CountingLine,
    FrameAnalysis,
    LineCounts,
    TrackedDetections,
    Zone,
    ZoneCounts,
)
from engine.api.segmentation import SegmentationResult
from engine.inference.annotated_picture import (
    caption_font,
    draw_boxes,
    line_width,
    tinted,
    write_caption,
)
from engine.inference.saved_segmentations import overlay

Pixels = NDArray[np.uint8]

_ZONE_ALPHA = 48  # of 255
_SEGMENTATION_OPACITY = 0.5
_LINE_RGB: Rgb = (255, 255, 255)
_EDGE_RGB: Rgb = (0, 0, 0)


def draw_frame(
    pixels: Pixels, analysis: FrameAnalysis, segmentation: SegmentationResult | None = None
) -> Pixels:
    """Draw classes, masks, zones, trails, boxes with ids, lines and counts, in this order.

    Args:
        pixels: the frame that was analysed, RGB uint8 (H, W, 3), with what is private hidden.
        segmentation: of the same frame.

    Returns:
        A new picture of the same size.
    """
    if segmentation is not None:
        shown = analysis.config.shown_classes
        hidden = () if shown is None else set(segmentation.classes) - set(shown)
        pixels = overlay(pixels, segmentation, _SEGMENTATION_OPACITY, tuple(hidden))
    found = analysis.tracked.detections
    image = Image.fromarray(tinted(pixels, found))
    size = (analysis.width, analysis.height)
    for zone, zone_counts in zip(analysis.config.zones, analysis.zones, strict=True):
        _draw_zone(image, zone, zone_counts, size)
    _draw_trails(image, analysis)
    draw_boxes(image, found, captions_of(analysis.tracked))
    for line, line_counts in zip(analysis.config.lines, analysis.lines, strict=True):
        _draw_line(image, line, line_counts, size)
    return np.array(image)


def captions_of(tracked: TrackedDetections) -> list[str]:
    """Return what is written at each box: class, id where there is one, score."""
    found = tracked.detections
    return [
        f"{label} {score:.2f}" if each == NOT_FOLLOWED else f"{label} #{each} {score:.2f}"
        for label, each, score in zip(found.labels, tracked.ids, found.scores, strict=True)
    ]


def zone_text(counts: ZoneCounts) -> str:
    """Say who is in a zone, and who has been."""
    return f"{counts.name}: inside {_tally(counts.inside)}; so far {_tally(counts.visitors)}"


def line_text(counts: LineCounts) -> str:
    """Say who has crossed a line."""
    return f"{counts.name}: in {_tally(counts.crossed_in)}; out {_tally(counts.crossed_out)}"


def _tally(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {label}" for label, number in sorted(numbers.items())) or "0"


def _draw_zone(image: Image.Image, zone: Zone, counts: ZoneCounts, size: tuple[int, int]) -> None:
    colour = class_rgb(zone.name)
    corners = [_in_pixels(point, size) for point in zone.points]
    draw = ImageDraw.Draw(image, "RGBA")
    draw.polygon(corners, fill=(*colour, _ZONE_ALPHA))
    width = line_width(size)
    for rgb, thickness in ((_EDGE_RGB, 3 * width), (colour, width)):  # seen on any picture
        draw.line([*corners, corners[0]], fill=rgb, width=thickness, joint="curve")
    top = min(corners, key=lambda corner: corner[1])
    write_caption(draw, zone_text(counts), top, colour, caption_font(size))


def _draw_trails(image: Image.Image, analysis: FrameAnalysis) -> None:
    """Draw the trail of each object that is on the frame, up to its box."""
    draw = ImageDraw.Draw(image)
    tracked = analysis.tracked
    for label, identifier in zip(tracked.detections.labels, tracked.ids.tolist(), strict=True):
        trail = analysis.trails.get(identifier)
        if trail is not None and len(trail) > 1:
            places = [(float(x), float(y)) for x, y in trail]
            width = line_width((analysis.width, analysis.height))
            draw.line(places, fill=class_rgb(label), width=width, joint="curve")


def _draw_line(
    image: Image.Image, line: CountingLine, counts: LineCounts, size: tuple[int, int]
) -> None:
    """Draw a line, with an arrow from its middle to the side `in`."""
    start, end = np.array(_in_pixels(line.start, size)), np.array(_in_pixels(line.end, size))
    along = (end - start) / np.hypot(*(end - start))
    inwards = np.array([along[1], -along[0]])
    middle, reach = (start + end) / 2, min(size) / 20
    tip = middle + inwards * reach
    head = [tip - inwards * reach / 2 + along * side * reach / 3 for side in (-1, 1)]
    strokes = [(start, end), (middle, tip), (head[0], tip), (tip, head[1])]
    draw = ImageDraw.Draw(image)
    width = line_width(size)
    for colour, stroke in ((_EDGE_RGB, 3 * width), (_LINE_RGB, width)):
        for first, last in strokes:
            draw.line([tuple(first.tolist()), tuple(last.tolist())], fill=colour, width=stroke)
    corner = (float(start[0]), float(start[1]))
    write_caption(draw, line_text(counts), corner, _LINE_RGB, caption_font(size))


def _in_pixels(point: Point, size: tuple[int, int]) -> Point:
    return point[0] * size[0], point[1] * size[1]
