"""Scores boxes on pictures whose objects are known: those of a detector, or made elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections, SuppressionConfig
from engine.api.detection_scores import DetectionScores, ScoreDetections
from engine.api.tasks import TaskContext
from engine.core.devices import memory_guard, thread_share
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import BoxSample
from engine.data.formats import coco
from engine.data.formats.coco_results import read_results
from engine.data.formats.report import some
from engine.data.formats.text_files import first_files
from engine.inference.detection import CURE
from engine.inference.detectors import checked_options, detector_card, open_detector
from engine.layers.non_maximum_suppression import suppress
from engine.metrics.average_precision import (
    all_point_average_precision,
    eleven_point_average_precision,
    precision_recall,
)
from engine.metrics.box_matching import MatchedBoxes, TrueBoxes, match_boxes
from engine.metrics.coco_numbers import coco_numbers
from engine.metrics.detection_errors import detection_errors

Pictures = list[tuple[Detections, TrueBoxes]]


class _Found(NamedTuple):
    """What was found on every picture, and by what."""

    pictures: Pictures
    model: str
    weights: str
    milliseconds: float | None
    how: str
    notes: tuple[str, ...]


def score_detections(request: ScoreDetections, context: TaskContext) -> DetectionScores:
    """Find or read the boxes of every picture, and score them.

    Raises:
        ConfigError: no such model, no detector, or options of another model.
        DatasetError: the data has no boxes, or the file of detections cannot be read.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device, or out of memory.
        TaskCancelled: between two pictures.
    """
    context.report(None, "opening the data")
    options = OpenOptions(
        format=request.format,
        may_download=request.may_download,
        preparation=Preparation(in_channels=3, keeps_targets=True, cache_bytes=0),
    )
    dataset = open_dataset(request.data, request.split, "detection", options)
    chosen = _chosen(len(dataset), request.limit)
    finder = _made_elsewhere if request.detections is not None else _by_detector
    found = finder(request, dataset, chosen, context)
    context.report(None, "scoring")
    files = tuple(str(dataset.file_of(index) or "") for index in chosen)
    return _scores(request, found, dataset, files)


def _chosen(count: int, limit: int | None) -> list[int]:
    if limit is None or limit >= count:
        return list(range(count))
    indices: list[int] = np.linspace(0, count - 1, max(1, limit)).round().astype(int).tolist()
    return indices


def _samples(
    dataset: Dataset, chosen: Sequence[int], context: TaskContext
) -> Iterator[tuple[int, BoxSample]]:
    for done, index in enumerate(chosen):
        context.raise_if_cancelled()
        context.report(done / len(chosen), f"{done} of {len(chosen)} pictures")
        sample = dataset[index]
        assert isinstance(sample, BoxSample)
        yield index, sample


def _by_detector(
    request: ScoreDetections, dataset: Dataset, chosen: Sequence[int], context: TaskContext
) -> _Found:
    card = detector_card(request.model_key)
    options = checked_options(card, request.options)
    suited = SuppressionConfig(request.score_floor, card.default_iou)
    pictures: Pictures = []
    times_ms: list[float] = []
    with memory_guard(request.device, CURE), thread_share():
        opened = open_detector(card.key, request.weights, request.device)
        names = _Names(opened.detector.categories, dataset.facts.classes)
        for done, (_, sample) in enumerate(_samples(dataset, chosen, context)):
            words = f"{done} of {len(chosen)} pictures: "
            part = context.part(done / len(chosen), (done + 1) / len(chosen), words)
            begun_s = time.perf_counter()
            raw = opened.detector.detect(sample.pixels, options, part)
            times_ms.append((time.perf_counter() - begun_s) * 1000)
            pictures.append((names.known(suppress(raw, suited).detections), _true(sample)))
    how = f"boxes from a score of {request.score_floor:g} on, duplicates above an IoU of "
    return _Found(
        pictures,
        card.key,
        opened.weights,
        float(np.median(times_ms)),
        f"{how}{card.default_iou:g} removed",
        names.notes(),
    )


def _made_elsewhere(
    request: ScoreDetections, dataset: Dataset, chosen: Sequence[int], context: TaskContext
) -> _Found:
    assert request.detections is not None
    given = read_results(request.detections, _coco_file(Path(request.data)))
    by_name = {key: each for name, each in given.items() for key in _keys(name)}
    labels = sorted({label for each in given.values() for label in each.labels})
    names = _Names(tuple(labels), dataset.facts.classes)
    pictures: Pictures = []
    met = 0
    for index, sample in _samples(dataset, chosen, context):
        file = dataset.file_of(index)
        keys = [str(index)] if file is None else [str(file), file.name, file.stem, _id_of(file)]
        found = next((by_name[key] for key in keys if key in by_name), None)
        met += found is not None
        kept = names.known(found or Detections.of([], [], ()))
        best = np.flatnonzero(kept.scores >= request.score_floor)
        pictures.append((kept.take(best), _true(sample)))
    notes = names.notes()
    if met == 0 and given:
        there = some(Path(str(dataset.file_of(index) or index)).name for index in chosen[:3])
        notes += (
            f"no picture of {request.detections.name} ({some(given)}) is one of the data "
            f"({there}): names must match",
        )
    how = f"the boxes of {request.detections.name} from a score of {request.score_floor:g} on"
    return _Found(pictures, "", request.detections.name, None, how, notes)


def _coco_file(data: Path) -> Path | None:
    """Return the one COCO file of the data, which says what ids mean; None for none or several."""
    files = [file for file in first_files(data, ".json") if coco.detect(file)]
    return files[0] if len(files) == 1 else None


def _keys(name: str) -> tuple[str, ...]:
    return name, Path(name).name, Path(name).stem


def _id_of(file: Path) -> str:
    """Return the id that COCO's own pictures have as their name: 139 of 000000000139.jpg."""
    return file.stem.lstrip("0")


def _true(sample: BoxSample) -> TrueBoxes:
    return TrueBoxes(sample.boxes_xyxy, sample.class_indices, sample.is_difficult)


class _Names:
    """Classes of a detector as those of the data, by name."""

    def __init__(self, categories: tuple[str, ...], classes: tuple[str, ...]) -> None:
        self._categories, self._classes = categories, classes
        places = {name.casefold(): index for index, name in enumerate(classes)}
        self._of_category = {name: places.get(name.casefold(), -1) for name in categories}

    def known(self, found: Detections) -> Detections:
        """Return the boxes of classes that the data has."""
        indices = np.array([self._of_category.get(name, -1) for name in found.labels], np.int64)
        kept = found.take(np.flatnonzero(indices >= 0))
        return replace(kept, class_indices=indices[indices >= 0], categories=self._classes)

    def notes(self) -> tuple[str, ...]:
        """Say which classes of the data can never be found."""
        there = {name.casefold() for name in self._categories}
        absent = [name for name in self._classes if name.casefold() not in there]
        if not absent:
            return ()
        return (
            f"no box is called {some(absent)}, as the data has it; the boxes are called "
            f"{some(self._categories)}",
        )


def _scores(
    request: ScoreDetections, found: _Found, dataset: Dataset, files: tuple[str, ...]
) -> DetectionScores:
    classes, pictures = dataset.facts.classes, found.pictures
    matched = match_boxes(pictures, request.iou_threshold)
    of_any = match_boxes(pictures, request.iou_threshold, is_class_aware=False)
    errors = detection_errors(pictures, matched)
    coco_s = coco_numbers(pictures, len(classes))
    numbers = {**coco_s.numbers, **_voc_numbers(matched, len(classes))}
    return DetectionScores(
        model=found.model,
        weights=found.weights,
        data=request.data,
        split=dataset.facts.split,
        classes=classes,
        files=files,
        numbers={name: value for name, value in numbers.items() if not np.isnan(value)},
        per_class=_by_name(classes, coco_s.per_class),
        per_class_50=_by_name(classes, coco_s.per_class_50),
        iou_threshold=request.iou_threshold,
        boxes_xyxy=_ranked_boxes([each for each, _ in pictures]),
        scores=matched.scores,
        class_indices=matched.class_indices,
        pictures=matched.pictures,
        is_true=matched.is_true,
        is_ignored=matched.is_ignored,
        kinds=errors.kinds,
        objects=errors.nearest,
        any_objects=of_any.objects,
        true_boxes_xyxy=np.concatenate(
            [np.zeros((0, 4), np.float32), *(true.boxes_xyxy for _, true in pictures)]
        ),
        true_classes=matched.true_classes,
        true_pictures=matched.true_pictures,
        is_difficult=matched.is_difficult,
        milliseconds=found.milliseconds,
        protocol=_protocol(request, found, dataset),
        notes=found.notes,
    )


def _ranked_boxes(found: Sequence[Detections]) -> NDArray[np.float32]:
    """Boxes of all pictures in the order of the match: best first, ties by picture."""
    boxes, scores = [np.zeros((0, 4), np.float32)], [np.zeros(0, np.float32)]
    for each in found:
        order = np.argsort(-each.scores, kind="stable")
        boxes.append(each.boxes_xyxy[order])
        scores.append(each.scores[order])
    return np.concatenate(boxes)[np.argsort(-np.concatenate(scores), kind="stable")]


def _voc_numbers(matched: MatchedBoxes, classes: int) -> dict[str, float]:
    """Means over the classes that occur, of the two ways of PASCAL VOC."""
    old, new = [], []
    for index in range(classes):
        positives = matched.positives(index)
        if positives:
            curve = precision_recall(matched.is_true[matched.ranked(index)], positives)
            old.append(eleven_point_average_precision(curve))
            new.append(all_point_average_precision(curve))
    at = f"ap{round(100 * matched.iou_threshold)}"
    return {f"{at}_voc07": float(np.mean(old)), f"{at}_voc10": float(np.mean(new))} if old else {}


def _by_name(classes: Sequence[str], values: NDArray[np.float64]) -> dict[str, float | None]:
    return {n: None if np.isnan(v) else float(v) for n, v in zip(classes, values, strict=True)}


def _protocol(request: ScoreDetections, found: _Found, dataset: Dataset) -> str:
    count = len(found.pictures)
    part = "" if count == len(dataset) else f", {count} pictures of {len(dataset)}"
    return (
        f"{found.how}; at most 100 a picture and class; AP is the mean over IoU 0.50 to 0.95 and "
        "101 recalls (COCO), AP50 and AP75 at one IoU, voc07 over 11 recalls, voc10 over all, at "
        f"IoU {request.iou_threshold:g}; {dataset.facts.split} split{part}"
    )
