"""Counts what the samples of a split hold, and reports those that do not fit."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetFacts, SplitReport
from engine.api.errors import EngineError
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.samples import BoxSample, ClassSample, MaskSample, Sample
from engine.data.formats.report import Report, counted, some

_UNITS = {"classification": "pictures", "segmentation": "pixels", "detection": "boxes"}
_IMBALANCE = {"pictures": 20, "pixels": 200, "boxes": 50}
_OUTSIDE_PX = 0.5


def unit_of(facts: DatasetFacts) -> str:
    """Return what is counted by class: `pictures`, `pixels` or `boxes`; empty without classes."""
    return _UNITS.get(facts.task, "")


class Fingerprints:
    """Remembers the content of pictures, to find the same one in another split."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._seen: dict[bytes, tuple[str, str]] = {}

    def compare(self, pixels: NDArray[np.uint8], split: str, name: str) -> None:
        """Report a picture that was seen before, pixel by pixel the same."""
        shape = str(pixels.shape).encode()
        digest = hashlib.blake2b(pixels.tobytes(), digest_size=16, key=shape).digest()
        known = self._seen.setdefault(digest, (split, name))
        if known == (split, name):
            return
        where = f"{name} of {split}" if known[0] != split else name
        text = f"{where} is the same picture as {known[1]} of {known[0]}"
        if known[0] != split:
            text += ": scores will be too good; take one of them out"
        self._report.note("duplicate", name, text)


class SampleTally:
    """What was seen of one split so far."""

    def __init__(self, dataset: Dataset, report: Report, fingerprints: Fingerprints) -> None:
        self.dataset = dataset
        self._report = report
        self._fingerprints = fingerprints
        self._counts = np.zeros(len(dataset.facts.classes), np.int64)
        self._sizes: set[tuple[int, int]] = set()
        self._looked_at = self._unreadable = self._objects = self._without_objects = 0

    def look_at(self, index: int) -> None:
        """Read a sample and count what it holds; one that cannot be read is reported."""
        self._looked_at += 1
        file = self.dataset.file_of(index)
        name = f"sample {index}" if file is None else str(file)
        try:
            sample = self.dataset[index]
        except (EngineError, OSError) as error:
            self._unreadable += 1
            self._report.leave_out("unreadable", name, str(error))
            return
        height, width = sample.pixels.shape[:2]
        self._sizes.add((width, height))
        self._fingerprints.compare(sample.pixels, self.dataset.facts.split, name)
        self._count(sample, name)

    def result(self) -> SplitReport:
        """Return what was seen."""
        by_area = sorted(self._sizes, key=lambda size: (size[0] * size[1], size))
        facts = self.dataset.facts
        return SplitReport(
            split=facts.split,
            count=facts.count,
            looked_at=self._looked_at,
            unreadable=self._unreadable,
            class_counts=tuple(self._counts.tolist()),
            smallest=by_area[0] if by_area else None,
            largest=by_area[-1] if by_area else None,
            objects=self._objects,
        )

    def note_balance(self) -> None:
        """Report classes that do not occur or hardly, sizes that differ, pictures without boxes."""
        facts, unit = self.dataset.facts, unit_of(self.dataset.facts)
        seen = f"{facts.split}, {self._looked_at:,} samples looked at"
        absent = [
            name for name, count in zip(facts.classes, self._counts, strict=True) if not count
        ]
        if absent and unit:
            text = f"{len(absent)} of {len(facts.classes)} classes have no {unit} ({seen}): "
            self._report.note("empty class", facts.split, text + some(absent))
        present = np.flatnonzero(self._counts)
        if len(present) > 1 and unit:
            rare, common = present[np.argsort(self._counts[present], kind="stable")[[0, -1]]]
            ratio = self._counts[common] / self._counts[rare]
            if ratio > _IMBALANCE[unit]:
                text = (
                    f"{facts.classes[common]} has {ratio:,.0f} times the {unit} of "
                    f"{facts.classes[rare]} ({seen}); the rare class will be learnt badly"
                )
                self._report.note("class imbalance", facts.split, text)
        if len(self._sizes) > 1:
            text = (
                f"pictures of {len(self._sizes)} sizes ({seen}); set image_size, so that they "
                "make a batch"
            )
            self._report.note("size differs", facts.split, text)
        if self._without_objects:
            text = f"{counted(self._without_objects, 'picture')} without a box ({seen})"
            self._report.note("empty shape", facts.split, text)

    def _count(self, sample: Sample, name: str) -> None:
        if isinstance(sample, ClassSample):
            self._add(np.array([sample.class_index]), name)
        elif isinstance(sample, MaskSample):
            pixels = np.bincount(sample.mask.ravel(), minlength=256)
            self._counts += pixels[: len(self._counts)]
        elif isinstance(sample, BoxSample):
            self._objects += len(sample.boxes_xyxy)
            self._without_objects += not len(sample.boxes_xyxy)
            self._add(sample.class_indices, name)
            self._check_boxes(sample, name)

    def _add(self, class_indices: NDArray[np.int64], name: str) -> None:
        classes = len(self._counts)
        strange = class_indices[(class_indices < 0) | (class_indices >= classes)]
        if len(strange):
            text = f"class index {strange[0]}, but there are {classes} classes"
            self._report.leave_out("unknown class", name, text)
            return
        self._counts += np.bincount(class_indices, minlength=classes)

    def _check_boxes(self, sample: BoxSample, name: str) -> None:
        height, width = sample.pixels.shape[:2]
        for box in sample.boxes_xyxy.tolist():
            x1, y1, x2, y2 = box
            text = "(" + ", ".join(f"{value:.6g}" for value in box) + ")"
            over = max(-x1, -y1, x2 - width, y2 - height)
            if not (x2 > x1 and y2 > y1):
                self._report.note("empty shape", name, f"box {text} has no area")
            elif over > _OUTSIDE_PX:
                text = f"box {text} reaches {over:.6g} px outside {width} x {height}"
                self._report.note("box outside", name, text)
