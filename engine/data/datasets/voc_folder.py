"""Pascal VOC: an XML file of boxes for each picture, and class masks for some."""

from __future__ import annotations

from pathlib import Path

from engine.api.datasets import DatasetCard, DataTask
from engine.data.datasets.box_pictures import BoxPictures, annotations_of
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.splits import choose_part, listed_parts, parts_of
from engine.data.datasets.voc_masks import has_voc_masks, open_voc_masks
from engine.data.formats import voc

_CARD = DatasetCard(
    key="voc",
    title="Pascal VOC",
    summary="Pictures with an XML file of boxes each, and class masks for some.",
    tasks=("detection", "segmentation"),
    layout="XML files beside the pictures, or Annotations/ with JPEGImages/; ImageSets/; for "
    "segmentation SegmentationClass/",
    order=25,
)


@DATASETS.register(_CARD)
class VocFolder(DatasetSource):
    """Parts by ImageSets/Main or by folder; else a tenth of the pictures is held out by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there are XML files of VOC, or its masks."""
        return path.is_dir() and (has_voc_masks(path) or voc.detect(path))

    @staticmethod
    def has(path: Path, task: DataTask) -> bool:
        """Whether there are boxes, or masks."""
        return has_voc_masks(path) if task == "segmentation" else voc.detect(path)

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        if request.task == "segmentation":
            return open_voc_masks(request, _CARD)
        folder = request.path
        assert folder is not None
        found = annotations_of(folder, "voc")
        files = [picture.file for picture in found.pictures]
        lists = folder / "ImageSets" / "Main"
        parts = listed_parts(lists, [file.stem for file in files]) or parts_of(files, folder)
        split, chosen = choose_part(parts, request, len(files))
        pictures = [found.pictures[index] for index in chosen]
        dataset = BoxPictures(pictures, found.classes, request, split, _CARD)
        return dataset.with_findings(found.findings)
