"""YOLO: a text file of boxes or polygons for each picture."""

from __future__ import annotations

import os
from pathlib import Path

from engine.api.datasets import DatasetCard
from engine.data.datasets.box_pictures import BoxPictures, annotations_of
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.splits import choose_part, parts_of
from engine.data.datasets.yolo_lists import listed_by_table
from engine.data.formats.text_files import first_files
from engine.data.formats.yolo_lines import holds_labels

_CARD = DatasetCard(
    key="yolo",
    title="YOLO",
    summary="Pictures with a text file of boxes or polygons each.",
    tasks=("detection",),
    layout="images/ with labels/ (train and val inside or outside them), data.yaml or classes.txt",
    order=18,
)
_TABLES = (".yaml", ".yml")


@DATASETS.register(_CARD)
class YoloFolder(DatasetSource):
    """Parts by the lists of data.yaml, by folders called train and val, or a tenth by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there are label files, or the path is a data.yaml."""
        if os.path.isfile(path):
            return path.suffix.lower() in _TABLES
        return any(holds_labels(file) for file in first_files(path, ".txt"))

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        path = request.path
        assert path is not None
        found = annotations_of(path, "yolo")
        root = path if os.path.isdir(path) else path.parent
        files = [picture.file for picture in found.pictures]
        parts = listed_by_table(path, files) or parts_of(files, root)
        split, chosen = choose_part(parts, request, len(files))
        pictures = [found.pictures[index] for index in chosen]
        dataset = BoxPictures(pictures, found.classes, request, split, _CARD)
        return dataset.with_findings(found.findings)
