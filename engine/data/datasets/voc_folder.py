"""Pascal VOC: an XML file of boxes for each picture, and class masks for some."""

from __future__ import annotations

from pathlib import Path

from engine.api.annotations import PictureAnnotations
from engine.api.datasets import DatasetCard, DataTask
from engine.data.datasets.box_pictures import BoxPictures, annotations_of
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.splits import choose_part, parts_of
from engine.data.datasets.voc_masks import has_voc_masks, open_voc_masks
from engine.data.formats import voc
from engine.data.formats.text_files import read_text

_CARD = DatasetCard(
    key="voc",
    title="Pascal VOC",
    summary="Pictures with an XML file of boxes each, and class masks for some.",
    tasks=("detection", "segmentation"),
    layout="XML files beside the pictures, or Annotations/ with JPEGImages/; ImageSets/; for "
    "segmentation SegmentationClass/",
    order=25,
)
_LISTS = {"train": "train", "val": "validation", "test": "test"}


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
        parts = _listed_parts(folder, found.pictures) or parts_of(files, folder)
        split, chosen = choose_part(parts, request, len(files))
        pictures = [found.pictures[index] for index in chosen]
        dataset = BoxPictures(pictures, found.classes, request, split, _CARD)
        return dataset.with_findings(found.findings)


def _listed_parts(
    folder: Path, pictures: tuple[PictureAnnotations, ...]
) -> dict[str, list[int]] | None:
    """Return the parts as ImageSets/Main lists them; None where it lists no two."""
    lists = {split: folder / "ImageSets" / "Main" / f"{name}.txt" for name, split in _LISTS.items()}
    present = {split: file for split, file in lists.items() if file.is_file()}
    if len(present) < 2:
        return None
    parts = {}
    for split, file in present.items():
        stems = {line.split()[0] for line in read_text(file).splitlines() if line.strip()}
        parts[split] = [i for i, picture in enumerate(pictures) if picture.file.stem in stems]
    return parts
