"""Windows with an object against windows without: a linear support vector machine, fit in rounds.

Dalal, Triggs, CVPR 2005, section 4: windows without an object are drawn at random first; then the
detector of the round before is run over all pictures, and the windows that it is wrong about are
added. An epoch is a round; the classifier is fit when all pictures of the epoch have been seen.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.api.detection import Detections
from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.core.boxes import pairwise_iou
from engine.data.datasets.samples import BoxBatch
from engine.models.detection.hog_svm import HogSvm, HogSvmOptions
from engine.training.box_scores import PROTOCOL, box_numbers, drawn_boxes, kept_boxes, true_boxes
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
    Setup,
    Update,
)

NEGATIVE_IOU = 0.3
"""A window that overlaps an object by more is neither with nor without one."""
DUPLICATE_IOU = 0.3
MARGIN = 1.0
_NONE = -1  # class of a window without an object
_INTERCEPT_SCALING = 10.0  # liblinear regularises the bias, too; so it hardly does
_SEARCH = HogSvmOptions(scale_factor=1.2, enlarged=1.0, margin_floor=-MARGIN)

_CARD = ObjectiveCard(
    key="window-classifier",
    title="Windows with and without an object",
    task="detection",
    metric="ap50",
    is_higher_better=True,
    protocol=f"{PROTOCOL}; duplicates above an IoU of {DUPLICATE_IOU:g} removed",
)


class Examples(NamedTuple):
    """Windows that are learned from."""

    features: NDArray[np.float32]  # (E, U V F)
    classes: NDArray[np.int64]  # (E,), -1 for none


@OBJECTIVES.register(_CARD)
class WindowClassifier(Objective[BoxBatch]):
    """For models that describe windows and score them by a template, as HogSvm does."""

    card = _CARD

    def __init__(self, model: nn.Module, setup: Setup) -> None:
        if setup.total(torch.ones(1)).item() > 1:
            raise ConfigError("a support vector machine is fit by one process; train it in one")
        super().__init__(model, setup)
        assert isinstance(model, HogSvm)
        self._detector = model
        self._examples = Examples(
            np.zeros((0, model.template[0].numel()), np.float32), np.zeros(0, np.int64)
        )
        self._shapes: list[list[float]] = []  # class, width and height of objects in their windows
        self._round = self._batch = 0

    def optimisers(self) -> dict[str, Optimizer]:
        """Return none: the classifier is fit to all examples at once."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return the examples gathered so far."""
        return {
            "features": torch.from_numpy(self._examples.features),
            "classes": torch.from_numpy(self._examples.classes),
            "shapes": self._shapes,
            "round": self._round,
            "batch": self._batch,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with examples that were gathered."""
        self._examples = Examples(state["features"].numpy(), state["classes"].numpy())
        self._shapes = [list(shape) for shape in state["shapes"]]
        self._round, self._batch = int(state["round"]), int(state["batch"])

    def train_step(self, batch: BoxBatch, update: Update[BoxBatch]) -> Losses:
        """Gather the windows of a batch; at the end of a round, fit the classifier to all."""
        new = [self._gathered(*picture) for picture in _pictures(batch)]
        loss = self._hinge(new)
        self._examples = _joined([self._examples, *new])
        self._batch += 1
        facts, config = self.setup.facts, self.setup.config
        if self._batch == facts.count // min(config.batch_size, facts.count):
            self._fit()
            self._round, self._batch = self._round + 1, 0
        return {"loss": torch.tensor(loss)}

    def evaluate(self, model: nn.Module, batches: Iterable[BoxBatch]) -> EvaluationScores:
        """Search every picture; `loss` is the hinge loss of windows with objects and at random."""
        assert isinstance(model, HogSvm)
        pictures, windows, images = [], [], 0
        for batch in batches:
            for picture, true in zip(_pictures(batch), true_boxes(batch), strict=True):
                pictures.append((self._found(model, picture[0]), true))
                windows.append(self._with_objects(*picture, is_mirrored=False))
                windows.append(self._at_random(*picture))
                images += 1
        numbers, fields = box_numbers(pictures, self.setup.facts.classes)
        loss = self._hinge(windows)
        return EvaluationScores({"loss": loss, **numbers}, images, {"loss": loss, **fields})

    def samples(self, model: nn.Module, batch: BoxBatch) -> NDArray[np.uint8]:
        """Draw what is found."""
        assert isinstance(model, HogSvm)
        pixels = batch.pixels.cpu().numpy()
        found = [self._found(model, picture) for picture in pixels]
        return drawn_boxes(pixels, found, self.setup.facts.classes)

    def _found(self, model: HogSvm, pixels: NDArray[np.uint8]) -> Detections:
        quiet = TaskContext(lambda _: None)
        return kept_boxes(model.detect(_rgb(pixels), HogSvmOptions(), quiet), DUPLICATE_IOU)

    # Examples

    def _gathered(
        self, pixels: NDArray[np.uint8], boxes: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> Examples:
        if self._round == 0:
            return _joined(
                [
                    self._with_objects(pixels, boxes, classes, is_mirrored=True),
                    self._at_random(pixels, boxes, classes),
                ]
            )
        return self._hard(pixels, boxes, classes)

    def _with_objects(
        self,
        pixels: NDArray[np.uint8],
        boxes: NDArray[np.float32],
        classes: NDArray[np.int64],
        is_mirrored: bool,
    ) -> Examples:
        """Windows around the objects; mirrored ones are as good, and twice as many."""
        windows = self._detector.window_around(boxes)
        rows = [self._detector.describe(_rgb(pixels), windows)]
        if is_mirrored:
            sides = (windows[:, 2:] - windows[:, :2]).tolist()
            shares = (boxes[:, 2:] - boxes[:, :2]) / np.array(sides).reshape(-1, 2)
            for index, (width, height) in zip(classes.tolist(), shares.tolist(), strict=True):
                self._shapes.append([float(index), width, height])
            flipped = windows[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [pixels.shape[1], 0] * 2
            rows.append(self._detector.describe(_rgb(pixels[:, ::-1]), flipped))
        return Examples(np.concatenate(rows), np.tile(classes, len(rows)))

    def _at_random(
        self, pixels: NDArray[np.uint8], boxes: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> Examples:
        """Windows of any size and place that overlap no object."""
        config = self._detector.config
        random = np.random.default_rng([self.setup.config.seed, self._batch, len(boxes)])
        height, width = pixels.shape[:2]
        aspect = config.window_width_px / config.window_height_px
        largest = max(min(height, width / aspect), 16.0)
        count = 4 * config.negatives_per_picture  # some will overlap
        heights = largest * random.uniform(0.25, 1, count) ** 2
        sides = np.stack((heights * aspect, heights), axis=1)
        corners = random.uniform(0, 1, (count, 2)) * np.maximum(
            np.array([width, height]) - sides, 0
        )
        windows = np.concatenate((corners, corners + sides), axis=1)
        windows = windows[_is_free(windows, boxes)][: config.negatives_per_picture]
        features = self._detector.describe(_rgb(pixels), windows)
        return Examples(features, np.full(len(windows), _NONE, np.int64))

    def _hard(
        self, pixels: NDArray[np.uint8], boxes: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> Examples:
        """Windows without an object that the classifier takes for one, or nearly so."""
        model, limit = self._detector, self._detector.config.negatives_per_picture
        rows, columns = model.config.blocks
        found: list[tuple[float, NDArray[np.float32]]] = []
        for level in model.levels(_rgb(pixels), _SEARCH, TaskContext(lambda _: None)):
            places = np.nonzero(level.scores > -MARGIN)
            scores = level.scores[places]
            is_wrong = _is_free(model.boxes_at(level.scale, *places), boxes)
            best = np.flatnonzero(is_wrong)[np.argsort(-scores[is_wrong], kind="stable")][:limit]
            for index in best.tolist():
                row, column = places[1][index], places[2][index]
                part = level.features[row : row + rows, column : column + columns]
                found.append((float(scores[index]), part.reshape(-1)))
        found.sort(key=lambda each: -each[0])
        features = [each[1][None] for each in found[:limit]]
        empty = np.zeros((0, self._examples.features.shape[1]), np.float32)
        return Examples(np.concatenate([empty, *features]), np.full(len(features), _NONE, np.int64))

    # The classifier

    def _hinge(self, examples: list[Examples]) -> float:
        """Mean over windows and classes of max(0, 1 - y (w . x + b)); 0 without windows."""
        if not sum(len(each.classes) for each in examples):
            return 0.0
        joined = _joined(examples)
        sides = np.where(joined.classes[:, None] == np.arange(self._detector.config.classes), 1, -1)
        margins = sides * self._margins(joined.features)
        return float(np.maximum(0, 1 - margins).mean())

    def _margins(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score windows, (E, K)."""
        template = self._detector.template.flatten(1).cpu().numpy()
        scores: NDArray[np.float32] = features @ template.T + self._detector.bias.cpu().numpy()
        return scores

    def _fit(self) -> None:
        """Fit each class against all other windows; forget windows that no class is near to."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC

        model, (features, classes) = self._detector, self._examples
        for index in range(model.config.classes):
            is_object = classes == index
            if not is_object.any() or is_object.all():
                continue  # nothing to tell apart
            machine = LinearSVC(
                C=model.config.regularisation,
                loss="hinge",
                intercept_scaling=_INTERCEPT_SCALING,
                random_state=self.setup.config.seed,
                max_iter=4000,
            )
            with warnings.catch_warnings():
                # Few windows and a large C: what it has after so many passes is good enough.
                warnings.simplefilter("ignore", ConvergenceWarning)
                machine.fit(features, is_object)
            weights = torch.from_numpy(machine.coef_[0].astype(np.float32))
            model.template[index] = weights.reshape(model.template[index].shape)
            model.bias[index] = float(machine.intercept_[0])
            shapes = [shape[1:] for shape in self._shapes if shape[0] == index]
            model.box_shape[index] = torch.tensor(np.mean(shapes, axis=0), dtype=torch.float32)
        is_near = (classes != _NONE) | (self._margins(features) > -1.25 * MARGIN).any(axis=1)
        self._examples = Examples(features[is_near], classes[is_near])


def _pictures(
    batch: BoxBatch,
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]]:
    """Yield pixels, boxes and classes of each picture, without what is difficult."""
    rows = zip(batch.pixels, batch.boxes_xyxy, batch.class_indices, batch.is_difficult, strict=True)
    for pixels, boxes, classes, difficult in rows:
        kept = slice(None) if difficult is None else ~difficult
        yield pixels.cpu().numpy(), _array(boxes[kept]), _array(classes[kept])


def _array(tensor: Tensor) -> NDArray[Any]:
    array: NDArray[Any] = tensor.cpu().numpy()
    return array


def _rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


def _is_free(windows: NDArray[np.float64], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    if not len(boxes):
        return np.ones(len(windows), bool)
    overlaps = pairwise_iou(windows.astype(np.float32), boxes)
    is_free: NDArray[np.bool_] = overlaps.max(axis=1) < NEGATIVE_IOU
    return is_free


def _joined(parts: list[Examples]) -> Examples:
    features, classes = zip(*parts, strict=True)
    return Examples(np.concatenate(features), np.concatenate(classes))
