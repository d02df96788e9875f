"""The project's own scenes: drawn when asked for, endless, each by its seed."""

from __future__ import annotations

import numpy as np

from engine.api.datasets import DatasetCard, DatasetFacts, DataTask
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.samples import BoxSample, MaskSample, Sample
from engine.data.shapes import SHAPE_CLASSES, draw_scene

_CARD = DatasetCard(
    key="shapes",
    title="Shapes",
    summary="Scenes of textured objects that hide each other, drawn with exact boxes and masks.",
    tasks=("segmentation", "detection"),
    credit="drawn by this project",
    is_endless=True,
)
_SIDE_PX = 64
_SMALLEST_PX = 32  # smaller ones are drawn at this size, and reduced like any picture
_HELD_OUT = 300
# Seeds of the splits never meet, whatever the number of scenes asked for.
_FIRST_SEED = {"validation": 0, "test": 1_000_000, "train": 1_000_000_000}


@DATASETS.register(_CARD)
class Shapes(DatasetSource):
    """As many scenes to train as wished, 300 to validate, 300 to test."""

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        split = choose_split(request.split, ("train", "validation", "test"), request.name)
        side_px = max(_SMALLEST_PX, request.image_size or _SIDE_PX)
        count = request.samples if split == "train" else _HELD_OUT
        return ShapeScenes(request.name, request.task, split, count, side_px)


class ShapeScenes(Dataset):
    """Square scenes of one split; those to train on are drawn anew for each epoch."""

    def __init__(self, name: str, task: DataTask, split: str, count: int, side_px: int) -> None:
        is_segmentation = task == "segmentation"
        self._first_seed = _FIRST_SEED[split]
        self.facts = DatasetFacts(
            name=name,
            key=_CARD.key,
            task=task,
            split=split,
            classes=("background", *SHAPE_CLASSES) if is_segmentation else SHAPE_CLASSES,
            channels=3,
            size=(side_px, side_px),
            count=count,
            credit=_CARD.credit,
            is_renewed=split == "train",
        )

    def in_epoch(self, epoch: int, index: int) -> Sample:
        """Return a scene; epoch 0 has the first scenes, epoch 1 those after them."""
        return self[index + epoch * self.facts.count if self.facts.is_renewed else index]

    def __getitem__(self, index: int) -> Sample:
        assert self.facts.size is not None
        scene = draw_scene(self._first_seed + index, self.facts.size[0])
        if self.facts.task == "segmentation":
            return MaskSample(scene.pixels, scene.semantic_mask)
        numbers = np.arange(1, len(scene.class_indices) + 1).reshape(-1, 1, 1)
        masks = scene.instance_mask == numbers  # (N, H, W)
        return BoxSample(scene.pixels, scene.boxes_xyxy, scene.class_indices, masks)
