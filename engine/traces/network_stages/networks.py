"""Segmenters for the topics: shipped weights, or a small network that learns from drawn scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.api.tasks import TaskContext
from engine.traces.segmentation_pictures import scene_classes
from engine.traces.small_models import Learned, SmallTraining, Source, learned

if TYPE_CHECKING:
    from engine.data.datasets.dataset import Dataset

SOURCE_NOTE = "shipped: trained on CamVid; small: learns here from drawn scenes"

_SIDE_PX, _SCENES, _BATCH, _UPDATES = 32, 64, 8, 80
_LEARNING_RATE = 5e-3


def segmenter(
    key: str,
    names: Sequence[str],
    small_config: Any,
    wanted: Source,
    seed: int,
    context: TaskContext,
) -> Learned:
    """Return a network with the first of the shipped weights that is here, else a small one.

    It answers with `logits` (B, K, H, W) to images (B, C, H, W) in [0, 1].

    Args:
        key: of the model.
        names: of weights, best first.
        small_config: of the small network; its classes are those of the drawn scenes.
        wanted: "small" passes over shipped weights.
        seed: of the small network's first weights and batches.
        context: told about progress; cancels between batches.
    """
    small = SmallTraining(
        # Background fills most of a scene; unweighted it would soon be all that is answered.
        replace(small_config, class_weights="median-frequency"),
        _scenes,
        "drawn scenes",
        _UPDATES,
        _BATCH,
        _LEARNING_RATE,
    )
    found = learned(key, tuple(names), wanted, small, seed, context)
    numbered = tuple(f"class {index}" for index in range(found.model.config.classes))
    return replace(found, classes=found.classes or numbered)


@cache
def _scenes() -> Dataset:
    """Return drawn scenes with the class of each pixel."""
    from engine.data.datasets.samples import MaskSample
    from engine.data.shapes import draw_scene
    from engine.training.in_memory import Samples

    scenes = [draw_scene(number, _SIDE_PX) for number in range(_SCENES)]
    samples = [MaskSample(scene.pixels, scene.semantic_mask) for scene in scenes]
    return Samples("drawn scenes", "segmentation", samples, scene_classes())
