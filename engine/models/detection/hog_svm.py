"""Histograms of oriented gradients and a linear classifier, all of it here and trained here.

Dalal, Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005,
https://doi.org/10.1109/CVPR.2005.177. A window of 64 x 128 px is described by 15 x 7 blocks of 36
numbers; its score is w . x + b. Since a window one cell further shares all but a column of blocks,
the scores of all windows of a picture are one cross-correlation of the template w with the blocks.

Axes: H x W picture, P x Q blocks of it, U x V blocks of a window, F numbers of a block, K classes,
N windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.api.detection import Detections
from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.oriented_gradients import (
    BlockNormalisation,
    GradientMask,
    HogConfig,
    block_features,
)

CELL_PX, BLOCK_CELLS, DIRECTIONS = 8, 2, 9
FRAME = 0.125
"""Of the height of a window so much lies above and below an object: its surroundings tell, too."""
MOST_LEVELS = 40
UNTRAINED = -10.0
"""Score of every window before anything was learned."""
WIDEST = 1.25
"""An object may be wider than the window holds beside its frame by so much; its arms are cut."""


@dataclass(frozen=True, slots=True)
class HogSvmConfig(Parameters):
    """The window, what is counted in it, and how it is learned."""

    classes: int = parameter(1, low=1, high=255, note="from the data")
    window_width_px: int = parameter(64, low=24, high=256, unit="px", note="a multiple of 8")
    window_height_px: int = parameter(
        128, low=24, high=256, unit="px", note="a multiple of 8; three quarters hold the object"
    )
    mask: GradientMask = parameter("centred", note="the simplest one did best in the paper")
    normalisation: BlockNormalisation = parameter("L2-Hys")
    square_root: bool = parameter(True, note="of the picture first; evens out light and shadow")
    regularisation: float = parameter(
        0.01, low=1e-5, high=10.0, note="C of the support vector machine: larger fits closer"
    )
    negatives_per_picture: int = parameter(
        20, low=1, high=200, note="windows without an object: at random first, then the worst ones"
    )

    @property
    def hog(self) -> HogConfig:
        """What is counted in each cell."""
        return HogConfig(
            mask=self.mask,
            cell_px=CELL_PX,
            directions=DIRECTIONS,
            block_cells=BLOCK_CELLS,
            normalisation=self.normalisation,
            square_root=self.square_root,
        )

    @property
    def blocks(self) -> tuple[int, int]:
        """Rows and columns of blocks of a window: 15 and 7 of 64 x 128 px."""
        return self.window_height_px // CELL_PX - 1, self.window_width_px // CELL_PX - 1


@dataclass(frozen=True, slots=True)
class HogSvmOptions(Parameters):
    """How a picture is searched."""

    scale_factor: float = parameter(
        1.1, low=1.02, high=2.0, note="how much smaller the picture gets from level to level"
    )
    enlarged: float = parameter(
        1.5, low=1.0, high=4.0, note="the first level: 2 finds objects of half the window"
    )
    margin_floor: float = parameter(
        -1.0, low=-3.0, high=3.0, note="windows that score less are left out"
    )


class HogSvmOutput(NamedTuple):
    """What one pass over pictures yields."""

    scores: Tensor  # (B, K, P - U + 1, Q - V + 1), of the windows one cell apart


class Level(NamedTuple):
    """One size of the picture.

    Attributes:
        scale: what the picture's sides were multiplied by, along x and y.
        features: blocks one cell apart, (P, Q, F); the picture has a border of grey edge pixels.
        scores: of the windows, one cell apart, (K, P - U + 1, Q - V + 1).
    """

    scale: tuple[float, float]
    features: NDArray[np.float32]
    scores: NDArray[np.float32]


@MODELS.register(
    ModelCard(
        key="hog-svm",
        title="HOG + linear SVM, trained here",
        task="detection",
        family="HOG",
        paper="https://doi.org/10.1109/CVPR.2005.177",
        summary="Describes a sliding window by the directions of its edges; a linear classifier "
        "learns from a few dozen boxes which windows hold the object. A score of 0.5 is undecided.",
        config_type=HogSvmConfig,
        options_type=HogSvmOptions,
        is_trainable=True,
        objective="window-classifier",
        recipe=TrainConfig(epochs=4, batch_size=1, augment="none", sample_count=4),
        default_score=0.4,  # the best F1 on the held-out pictures of Penn-Fudan is at 0.41
        default_iou=0.3,
        live_options=HogSvmOptions(scale_factor=1.25, enlarged=1.0),
        live_side_px=320,
    )
)
class HogSvm(nn.Module):
    """A template for each class, slid over the blocks of a picture at many sizes.

    Attributes:
        template: w, (K, U, V, F). bias: b, (K,).
        box_shape: mean width and height of the objects as shares of the window, (K, 2).
        categories: names of the classes.
    """

    template: Tensor
    bias: Tensor
    box_shape: Tensor

    def __init__(self, config: HogSvmConfig) -> None:
        super().__init__()
        self.config = config
        rows, columns = config.blocks
        numbers = BLOCK_CELLS**2 * DIRECTIONS
        self.register_buffer("template", torch.zeros(config.classes, rows, columns, numbers))
        self.register_buffer("bias", torch.full((config.classes,), UNTRAINED))
        shape = torch.tensor([1 - 2 * FRAME, 1 - 2 * FRAME])
        self.register_buffer("box_shape", shape.repeat(config.classes, 1))
        self.categories: tuple[str, ...] = tuple(f"class {n}" for n in range(config.classes))

    def forward(self, images: Tensor) -> HogSvmOutput:
        """Score the windows of images (B, 3, H, W) in [0, 1] at their own size."""
        border = self._border_px()
        maps = []
        for image in images.permute(0, 2, 3, 1).cpu().numpy():
            pixels = np.rint(image * 255).astype(np.uint8)
            wide = np.pad(pixels, ((border, border), (border, border), (0, 0)), mode="edge")
            maps.append(self.score_map(block_features(wide, self.config.hog)))
        return HogSvmOutput(torch.from_numpy(np.stack(maps)))

    def score_map(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score the windows of blocks (P, Q, F): w . x + b at each, (K, P - U + 1, Q - V + 1).

        Each block is weighed once for each place that it can have in a window: one product of
        matrices. A window's score is the sum of what its blocks have at their places.
        """
        template = self.template.cpu().numpy()
        classes, rows, columns, _ = template.shape
        height, width = features.shape[0] - rows + 1, features.shape[1] - columns + 1
        scores = np.zeros((classes, max(height, 0), max(width, 0)), np.float32)
        if not scores.size:
            return scores
        scores += self.bias.cpu().numpy()[:, None, None]
        weighed = np.einsum("pqf,kuvf->kuvpq", features, template, optimize=True)
        for row in range(rows):
            for column in range(columns):
                shifted = weighed[:, row, column, row : row + height, column : column + width]
                scores += shifted
        return scores

    def levels(
        self, pixels: NDArray[np.uint8], options: HogSvmOptions, context: TaskContext
    ) -> Iterator[Level]:
        """Yield the picture at each size, largest first, until no window fits any more."""
        border = self._border_px()
        for scale in _scales(pixels.shape, options, self.config):
            context.raise_if_cancelled()
            size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            reduced = cv2.resize(pixels, size, interpolation=how)
            # Objects at the edge of the picture: the window sticks out by its frame.
            bordered = cv2.copyMakeBorder(
                reduced, border, border, border, border, cv2.BORDER_REPLICATE
            )
            features = block_features(np.asarray(bordered, np.uint8), self.config.hog)
            true_scale = (size[0] / pixels.shape[1], size[1] / pixels.shape[0])
            yield Level(true_scale, features, self.score_map(features))

    @torch.inference_mode()
    def detect(
        self, pixels: NDArray[np.uint8], options: HogSvmOptions, context: TaskContext
    ) -> Detections:
        """Find every window whose score reaches the floor, as the box of the object inside.

        Raises:
            TaskCancelled: between two sizes of the picture.
        """
        boxes: list[NDArray[np.float64]] = [np.zeros((0, 4))]
        margins: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
        classes = [np.zeros(0, np.int64)]
        for level in self.levels(pixels, options, context):
            index, row, column = np.nonzero(level.scores >= options.margin_floor)
            boxes.append(self.boxes_at(level.scale, index, row, column))
            margins.append(level.scores[index, row, column])
            classes.append(index)
        margin = np.concatenate(margins)
        limit = np.array([pixels.shape[1], pixels.shape[0]] * 2)
        found = np.clip(np.concatenate(boxes), 0, limit).astype(np.float32)
        order = np.argsort(-margin, kind="stable")
        order = order[np.all(found[order, 2:] > found[order, :2], axis=1)]
        scores: NDArray[np.float32] = (1 / (1 + np.exp(-margin))).astype(np.float32)
        return Detections(
            found[order], scores[order], np.concatenate(classes)[order], self.categories
        )

    def boxes_at(
        self,
        scale: tuple[float, float],
        class_indices: NDArray[np.int64],
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Return the objects' boxes in windows at places of a score map, (N, 4) in the picture."""
        config, border = self.config, self._border_px()
        centres = np.stack(
            (
                columns * CELL_PX - border + config.window_width_px / 2,
                rows * CELL_PX - border + config.window_height_px / 2,
            ),
            axis=1,
        )
        sides = np.array([config.window_width_px, config.window_height_px])
        halves = self.box_shape.cpu().numpy()[class_indices].astype(np.float64) * sides / 2
        boxes = np.concatenate((centres - halves, centres + halves), axis=1)
        found: NDArray[np.float64] = boxes / np.tile(scale, 2)
        return found

    def describe(
        self, pixels: NDArray[np.uint8], windows: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Describe windows (N, 4), x1 y1 x2 y2, brought to the size of the template: (N, U V F)."""
        size = (self.config.window_width_px, self.config.window_height_px)
        rows = [np.zeros((0, self.template[0].numel()), np.float32)]
        for window in windows:
            part = _cut_out(pixels, window, size)
            rows.append(block_features(part, self.config.hog).reshape(1, -1))
        return np.concatenate(rows)

    def window_around(self, boxes: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the windows in which objects stand with their frame around, (N, 4)."""
        wide = boxes.astype(np.float64)
        centres = (wide[:, :2] + wide[:, 2:]) / 2
        sides = wide[:, 2:] - wide[:, :2]
        aspect = self.config.window_width_px / self.config.window_height_px
        # As high as the object needs, or wide, whichever is more; never cut off.
        heights = np.maximum(sides[:, 1], sides[:, 0] / aspect / WIDEST) / (1 - 2 * FRAME)
        halves = np.stack((heights * aspect, heights), axis=1) / 2
        return np.concatenate((centres - halves, centres + halves), axis=1)

    def _border_px(self) -> int:
        """Pixels around each level: the frame of a window, in whole cells."""
        return round(FRAME * self.config.window_height_px / CELL_PX) * CELL_PX


def _scales(
    shape: tuple[int, ...], options: HogSvmOptions, config: HogSvmConfig
) -> Iterator[float]:
    scale = options.enlarged
    border = 2 * round(FRAME * config.window_height_px / CELL_PX) * CELL_PX
    for _ in range(MOST_LEVELS):
        height, width = shape[0] * scale + border, shape[1] * scale + border
        if height < config.window_height_px or width < config.window_width_px:
            return
        yield scale
        scale /= options.scale_factor


def _cut_out(
    pixels: NDArray[np.uint8], window: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Cut a window out, the edge of the picture repeated beyond it, and bring it to a size."""
    left, top, right, bottom = np.rint(window).astype(int).tolist()
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    rows = np.clip(np.arange(top, bottom), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(left, right), 0, pixels.shape[1] - 1)
    part = np.ascontiguousarray(pixels[rows[:, None], columns])
    how = cv2.INTER_AREA if right - left > size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, size, interpolation=how), np.uint8)
