"""The detector of oriented gradients at work on a picture, from the pixels to the boxes.

Dalal, Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005,
https://doi.org/10.1109/CVPR.2005.177

Axes: R x S cells of a picture, P x Q blocks, U x V blocks of a window, N directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, PolygonsMark, Step, TraceCard
from engine.core.registry import MODELS, TRACES
from engine.layers.non_maximum_suppression import suppress
from engine.layers.oriented_gradients import (
    GradientMask,
    HogConfig,
    cell_histograms,
    gradients,
    normalised_blocks,
)
from engine.traces.marks import bars, cells, gallery, heat, image, on, table
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import at_place, count

WEIGHTS = "hog-svm-pennfudan"
_LARGEST_PX, _SMALLEST_PX = 256, 64
_SHOWN_LEVELS = 8
_STAR_PX = 12


@dataclass(frozen=True, slots=True)
class HogTraceConfig(Parameters):
    """Which cell is followed, by which mask, and what is kept."""

    across: float = parameter(0.5, low=0.0, high=1.0, note="cell that is followed: 0 left, 1 right")
    down: float = parameter(0.5, low=0.0, high=1.0, note="cell that is followed: 0 top, 1 bottom")
    mask: GradientMask = parameter("centred", note="that the first steps show; the detector's own")
    score: float = parameter(0.4, low=0.05, high=0.95, note="boxes that score less are dropped")
    iou: float = parameter(0.3, low=0.05, high=0.95, note="boxes that overlap more are duplicates")


@TRACES.register(
    TraceCard(
        key="hog-svm",
        title="HOG and a linear classifier",
        summary="Directions of edges in small cells, and a template that knows how a person has "
        "them.",
        needs="picture",
        config_type=HogTraceConfig,
        order=5,
    )
)
class HogSvmSteps(Topic):
    """Every stage on the person's own picture, reduced to 256 px, by the weights that ship."""

    is_quick = False

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        assert request.pixels is not None  # the card asks for it
        self.config: HogTraceConfig = request.config
        self.pixels, self.scale = _reduced(request.pixels)
        context.report(None, "loading the template")
        self.model = _shipped()
        self.hog = HogConfig(mask=self.config.mask, square_root=self.model.config.square_root)
        self.found = gradients(self.pixels, self.hog)
        self.histograms = cell_histograms(self.found, self.hog)
        self.blocks = normalised_blocks(self.histograms, self.hog)
        rows, columns, _ = self.histograms.shape
        self.cell = (
            min(int(self.config.down * rows), rows - 1),
            min(int(self.config.across * columns), columns - 1),
        )
        self._search(context)

    def _search(self, context: TaskContext) -> None:
        from engine.models.detection.hog_svm import HogSvmOptions

        options = HogSvmOptions(enlarged=2.0)  # the picture was reduced
        self.levels = list(self.model.levels(self.pixels, options, context))
        self.best = max(
            range(len(self.levels)), key=lambda at: self.levels[at].scores.max(initial=-99)
        )
        scores = self.levels[self.best].scores[0]
        self.place = np.unravel_index(int(scores.argmax()), scores.shape)
        self.raw = self.model.detect(self.pixels, options, context)
        self.suppressed = suppress(
            self.raw, SuppressionConfig(self.config.score, self.config.iou)
        ).detections
        self.result = {
            "boxes": (self.suppressed.boxes_xyxy / self.scale).round(2),
            "scores": self.suppressed.scores,
            "raw": len(self.raw),
        }

    # The description

    @step
    def gradient(self) -> Step:
        row, column = (8 * at + 4 for at in self.cell)
        across, down = (float(part[row, column]) for part in self.found)
        length = float(self.found.magnitude[row, column])
        angle = float(self.found.direction_degrees[row, column])
        return explain(
            "Differences to the right and downwards",
            f"At the pixel {at_place(row, column)} the values rise by {across:.1f} to the right "
            f"and by {down:.1f} downwards: a gradient of length {length:.1f} at {angle:.0f} "
            "degrees. Opposite directions are one: dark on light is as good as light on dark.",
            image(self.pixels, "the picture"),
            heat(self.found.magnitude, "length of the gradient"),
            formula=r"|g|=\sqrt{g_x^2+g_y^2},\quad \theta=\arctan(g_y/g_x)\ \mathrm{mod}\ 180",
        )

    @step
    def cell_histogram(self) -> Step:
        row, column = self.cell
        window = (slice(8 * row, 8 * row + 8), slice(8 * column, 8 * column + 8))
        histogram = self.histograms[row, column]
        strongest = int(histogram.argmax())
        begin, end = 20 * strongest, 20 * strongest + 20
        return explain(
            "One cell: 64 pixels vote",
            f"In the cell {at_place(row, column)}, each of the 8 x 8 pixels votes for its "
            "direction with its length; the sums are divided by 64. Most votes, "
            f"{histogram[strongest]:.2f}, lie between {begin} and {end} degrees.",
            image(self.pixels[window], "the cell"),
            cells(self.found.magnitude[window].round(1), "lengths"),
            bars(
                "Votes by direction, degrees",
                [f"{20 * at} to {20 * at + 20}" for at in range(9)],
                histogram,
                current=strongest,
            ),
        )

    @step
    def stars(self) -> Step:
        rows, columns, directions = self.histograms.shape
        return explain(
            "All cells as stars",
            f"{rows} x {columns} cells of {directions} numbers each stand for the picture. A ray "
            "lies along the edge, across the gradient, and is as bright as its votes: what is "
            "left is where edges are and how they run, without colour and almost without light.",
            image(self.pixels, "the picture"),
            image(stars(self.histograms), "its cells"),
        )

    @step
    def normalisation(self) -> Step:
        row, column = self.cell
        names, versions, lengths = [], [], []
        for above in (1, 0):
            for left in (1, 0):
                p, q = row - above, column - left
                if 0 <= p < self.blocks.shape[0] and 0 <= q < self.blocks.shape[1]:
                    inside = self.histograms[p : p + 2, q : q + 2]
                    names.append(f"block {at_place(p, q)}")
                    versions.append(self.blocks[p, q, above, left])
                    lengths.append(float(np.sqrt((inside.astype(np.float64) ** 2).sum())))
        rows = [
            (name, f"{length:.2f}", *(f"{value:.2f}" for value in version))
            for name, length, version in zip(names, lengths, versions, strict=True)
        ]
        return explain(
            "The same cell, divided by each block",
            f"The cell belongs to {count(len(names), 'block')} of 2 x 2 cells. In each it is "
            "divided by the length of the block's 36 numbers, cut at 0.2, and divided again, so "
            "that a shadow over the block changes nothing. All versions are kept.",
            gallery(
                [
                    cells(v[None].round(2), n, limits=(0, 0.5))
                    for n, v in zip(names, versions, strict=True)
                ]
            ),
            table(["block", "length", *(f"{20 * at}°" for at in range(9))], rows),
            formula=r"v\leftarrow\dfrac{v}{\sqrt{\|v\|^2+\epsilon^2}},\quad "
            r"v\leftarrow\min(v,\,0.2)",
        )

    @step
    def descriptor(self) -> Step:
        rows, columns = self.model.config.blocks
        numbers = rows * columns * 36
        return explain(
            f"A window is {numbers:,} numbers",
            f"A window of 64 x 128 pixels has 8 x 16 cells, {columns} x {rows} blocks one cell "
            "apart, and 36 numbers a block. Two windows that lie a cell apart share all but a "
            "column of blocks: nothing is computed twice.",
            on(
                image(stars(self.histograms), "cells of the picture"),
                PolygonsMark((_window_outline(self.histograms.shape[:2]),), "current"),
            ),
            formula=rf"{rows}\cdot {columns}\cdot 36={numbers}",
        )

    # The classifier

    @step
    def template(self) -> Step:
        weights = self.model.template[0].numpy()
        positive, negative = (_as_cells(np.maximum(sign * weights, 0)) for sign in (1, -1))
        share = 100 * float((weights > 0).mean())
        return explain(
            "What the classifier has learned",
            f"A linear support vector machine has found a weight for each number, {share:.0f} % "
            "of them above 0. Edges that speak for a person are at the left: head, shoulders, "
            "legs; those that speak against one are at the right.",
            image(stars(positive), "for a person"),
            image(stars(negative), "against one"),
            formula=r"s=w\cdot x+b",
        )

    @step
    def one_score(self) -> Step:
        level = self.levels[self.best]
        row, column = (int(at) for at in self.place)
        weights = self.model.template[0].numpy()
        part = level.features[row : row + len(weights), column : column + weights.shape[1]]
        by_block = (weights * part).sum(axis=2)
        bias, score = float(self.model.bias[0]), float(level.scores[0, row, column])
        box = self.model.boxes_at(level.scale, *(np.array([at]) for at in (0, row, column)))
        total = score - bias
        return explain(
            "The best window, block by block",
            f"Of all windows of all sizes this one scores most. Its blocks add up to {total:.2f}, "
            f"and the bias is {bias:.2f}: the score is {total + bias:.2f}. "
            + ("Above 0 it is taken for a person." if score > 0 else "Below 0 it is none."),
            on(image(self.pixels, "the picture"), _boxes(box, "current")),
            heat(by_block, "what each block adds"),
            formula=rf"w\cdot x+b={total:.2f}{bias:+.2f}={round(total, 2) + round(bias, 2):.2f}",
        )

    @step
    def score_maps(self) -> Step:
        chosen = np.unique(np.linspace(0, len(self.levels) - 1, _SHOWN_LEVELS).round().astype(int))
        windows = sum(level.scores.size for level in self.levels)
        maps = [
            heat(
                self.levels[at].scores[0],
                f"x {self.levels[at].scale[0]:.2f}",
                limits=(-3.0, 1.0),
            )
            for at in chosen.tolist()
            if self.levels[at].scores.size
        ]
        return explain(
            "A map of scores for each size",
            f"The window keeps its size and the picture changes: {count(len(self.levels), 'size')} "
            f"and {windows:,} windows in all. Each map is one cross-correlation of the template "
            "with the blocks. Large people light up in the small pictures.",
            gallery(maps),
        )

    @step
    def raw_boxes(self) -> Step:
        is_kept = self.raw.scores >= self.config.score
        passed = int(is_kept.sum())
        return explain(
            "Every window that passes",
            f"{count(len(self.raw), 'window')} score above the floor, {passed:,} of them "
            f"{self.config.score:g} or more. A person is found many times: at neighbouring places "
            "and at sizes that differ a little.",
            on(
                image(self.pixels, "the picture"),
                _boxes(self.raw.boxes_xyxy[is_kept], "candidate"),
            ),
            bars(
                "Windows by score",
                [f"{at / 10:.1f}" for at in range(10)],
                np.histogram(self.raw.scores, 10, (0, 1))[0],
            ),
        )

    @step
    def kept_boxes(self) -> Step:
        left = len(self.suppressed)
        verb = "is" if left == 1 else "are"
        passed = int((self.raw.scores >= self.config.score).sum())
        return explain(
            "What non-maximum suppression leaves",
            f"The best box removes all that overlap it by more than {self.config.iou:g}, then the "
            f"next best, and so on. Of {count(passed, 'box')} {left:,} {verb} left.",
            on(image(self.pixels, "the picture"), _boxes(self.suppressed.boxes_xyxy, "kept")),
            table(
                ["box", "score", "width x height, px"],
                [
                    (at + 1, float(score), f"{box[2] - box[0]:.0f} x {box[3] - box[1]:.0f}")
                    for at, (box, score) in enumerate(
                        zip(self.suppressed.boxes_xyxy, self.suppressed.scores, strict=True)
                    )
                ],
            ),
        )


def stars(histograms: NDArray[np.float32], side_px: int = _STAR_PX) -> NDArray[np.uint8]:
    """Draw cells (R, S, N) as stars: a ray along the edge, as bright as its votes, (h, w, 3).

    An edge lies across the gradient: votes for 0 degrees are a ray upwards.
    """
    import cv2  # not before the topic is built

    rows, columns, directions = histograms.shape
    rays = np.zeros((directions, side_px, side_px), np.float32)
    middle, reach = (side_px - 1) / 2, side_px / 2 - 1
    for index, ray in enumerate(rays):
        angle = np.pi * ((index + 0.5) / directions + 0.5)
        offset = reach * np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple(np.rint(16 * (middle + sign * offset)).astype(int)) for sign in (-1, 1)]
        cv2.line(ray, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    bright = float(np.quantile(histograms, 0.995)) or 1.0
    values = np.clip(histograms / bright, 0, 1)
    drawn = np.zeros((rows, columns, side_px, side_px), np.float32)
    for index in range(directions):
        np.maximum(drawn, values[:, :, index, None, None] * rays[index], out=drawn)
    grey = drawn.transpose(0, 2, 1, 3).reshape(rows * side_px, columns * side_px)
    pixels = np.rint(255 * grey).astype(np.uint8)
    return np.repeat(pixels[:, :, None], 3, axis=2)


def _as_cells(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum what blocks (U, V, 36) say of each cell: (U + 1, V + 1, 9)."""
    rows, columns, _ = weights.shape
    sums = np.zeros((rows + 1, columns + 1, 9), np.float32)
    parts = weights.reshape(rows, columns, 2, 2, 9)
    for down in (0, 1):
        for right in (0, 1):
            sums[down : down + rows, right : right + columns] += parts[:, :, down, right]
    return sums


def _window_outline(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Outline of a window in the middle of the stars, or as much as there is."""
    rows, columns = min(16, shape[0]), min(8, shape[1])
    top, left = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    corners = [(left, top), (left + columns, top), (left + columns, top + rows), (left, top + rows)]
    return _STAR_PX * np.array(corners, np.float32)


def _boxes(boxes: NDArray[Any], role: Any) -> BoxesMark:
    return BoxesMark(np.asarray(boxes, np.float32).reshape(-1, 4), role)


def _reduced(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Bring the longer side to what is shown; the edge is repeated until a window fits."""
    import cv2  # not before the topic is built

    height, width = pixels.shape[:2]
    scale = min(1.0, _LARGEST_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size != (width, height):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    rest = [(0, max(0, _SMALLEST_PX - side)) for side in pixels.shape[:2]]
    return np.pad(pixels, (*rest, (0, 0)), mode="edge"), scale


def _shipped() -> Any:
    """Return the detector with the weights that ship."""
    import torch

    from engine.api.errors import WeightsError
    from engine.core.shipped_weights import shipped_file
    from engine.core.trained_models import load_trained

    path = shipped_file(WEIGHTS)
    if path is None:
        raise WeightsError(
            f"{WEIGHTS}: these weights are not in this installation; install it anew"
        )
    return load_trained(MODELS.card("hog-svm"), path, torch.device("cpu")).model
