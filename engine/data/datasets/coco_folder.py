"""COCO: a JSON file of boxes or polygons for many pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine.api.annotations import PictureAnnotations
from engine.api.datasets import DatasetCard
from engine.api.errors import DatasetError
from engine.data.datasets.box_pictures import BoxPictures, annotations_of
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.splits import SPLIT_NAMES, choose_part, parts_of
from engine.data.formats import coco
from engine.data.formats.report import some
from engine.data.formats.text_files import first_files

_CARD = DatasetCard(
    key="coco",
    title="COCO",
    summary="Pictures with boxes or polygons, listed in JSON files.",
    tasks=("detection",),
    layout="a JSON file of COCO, or a folder with one; one for each part if named train, val, test",
    order=16,
)


@DATASETS.register(_CARD)
class CocoFolder(DatasetSource):
    """With one file, or files that name no parts, a tenth of the pictures is held out by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether the path is a COCO file or a folder with one."""
        return coco.detect(path)

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        path = request.path
        assert path is not None
        files = _files_by_split(path)
        if len(files) > 1:
            return _open_parts(files, request)
        found = annotations_of(next(iter(files.values())), "coco")
        root = path if os.path.isdir(path) else path.parent
        parts = parts_of([picture.file for picture in found.pictures], root)
        split, chosen = choose_part(parts, request, len(found.pictures))
        pictures = [found.pictures[index] for index in chosen]
        dataset = BoxPictures(pictures, found.classes, request, split, _CARD)
        return dataset.with_findings(found.findings)


def _files_by_split(path: Path) -> dict[str, Path]:
    """Return the file of each part; one that names no part is for training.

    Raises:
        DatasetError: there is none, or several for one part.
    """
    files = [file for file in first_files(path, ".json") if coco.detect(file)]
    instances = [file for file in files if file.name.startswith("instances")]
    found: dict[str, list[Path]] = {}
    # COCO has captions and keypoints of the same pictures beside the instances.
    for file in instances or files:
        found.setdefault(_split_of(file, path), []).append(file)
    if not found:
        raise DatasetError(f"{path}: expected {_CARD.layout}")
    for split, several in found.items():
        if len(several) > 1:
            names = some(file.name for file in several)
            raise DatasetError(
                f"{path}: {len(several)} COCO files for {split} ({names}); give one of them"
            )
    return {split: several[0] for split, several in found.items()}


def _split_of(file: Path, root: Path) -> str:
    relative = file.relative_to(root) if root != file else Path(file.name)
    words = re.split(r"[^a-z]+", relative.as_posix().lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "train")


def _open_parts(files: dict[str, Path], request: DatasetRequest) -> Dataset:
    read = {split: annotations_of(file, "coco") for split, file in files.items()}
    order = sorted(read, key=["train", "validation", "test"].index)
    split = choose_split(request.split, (*order, "all"), request.name)
    # The same order of classes in every part, whatever order each file has them in.
    classes = tuple(dict.fromkeys(name for part in order for name in read[part].classes))
    chosen = order if split == "all" else [split]
    pictures: list[PictureAnnotations] = [p for part in chosen for p in read[part].pictures]
    findings = tuple(finding for part in chosen for finding in read[part].findings)
    return BoxPictures(pictures, classes, request, split, _CARD).with_findings(findings)
