"""Segmenters for the topics: shipped weights, or a small network that learns from drawn scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from engine.core.shipped_weights import shipped_file
from engine.traces.small_models import Source, fresh

if TYPE_CHECKING:
    from torch import Tensor

SOURCE_NOTE = "shipped: trained on CamVid; small: learns here from drawn shapes"

_SIDE_PX, _SCENES, _BATCH, _STEPS = 32, 64, 8, 80
_LEARNING_RATE = 5e-3


@dataclass(frozen=True, slots=True)
class Segmenter:
    """A network in evaluation mode on the CPU.

    Attributes:
        network: answers with `logits` (B, K, H, W) to images (B, C, H, W) in [0, 1].
        origin: which weights these are, as the end of a sentence.
        classes: K names.
    """

    network: Any
    origin: str
    classes: tuple[str, ...]

    @property
    def is_grey(self) -> bool:
        """Whether it takes one channel."""
        return int(self.network.config.in_channels) == 1


def segmenter(
    key: str,
    names: Sequence[str],
    small_config: Any,
    wanted: Source,
    seed: int,
    context: TaskContext,
) -> Segmenter:
    """Return a network with the first of the shipped weights that is here, else a small one.

    Args:
        key: of the model.
        names: of weights, best first.
        small_config: of the small network; its classes are those of the drawn scenes.
        wanted: "small" passes over shipped weights.
        seed: of the small network's first weights and batches.
        context: told about progress; cancels between batches.
    """
    import torch

    from engine.core.trained_models import load_trained

    context.raise_if_cancelled()
    if wanted == "shipped":
        for name in names:
            path = shipped_file(name)
            if path is not None:
                trained = load_trained(MODELS.card(key), path, torch.device("cpu"))
                found: Any = trained.model
                numbered = tuple(f"class {index}" for index in range(found.config.classes))
                return Segmenter(found, f"the shipped weights {name}", trained.classes or numbered)
    origin = (
        f"a small network that learned for this trace: {_STEPS} steps of {_BATCH} drawn scenes, "
        f"seed {seed}"
    )
    if wanted == "shipped":
        origin += f" (the weights {names[0]} are not in this installation)"
    return Segmenter(trained_here(key, small_config, seed, context), origin, small_classes())


def small_classes() -> tuple[str, ...]:
    """Return the names of what the drawn scenes show."""
    from engine.data.shapes import SHAPE_CLASSES

    return ("background", *SHAPE_CLASSES)


def trained_here(key: str, config: Any, seed: int, context: TaskContext) -> Any:
    """Train a fresh network by Adam on drawn scenes; returns it in evaluation mode."""
    import torch

    from engine.losses.class_weights import class_weights, count_classes
    from engine.losses.pixel_cross_entropy import pixel_cross_entropy

    network = fresh(key, config, seed)
    generator = torch.Generator().manual_seed(seed)
    images, masks = _scenes()
    # Background fills most of a scene; unweighted it would soon be all that is answered.
    weights = class_weights("median-frequency", count_classes(masks, len(small_classes())))
    optimiser = torch.optim.Adam(network.parameters(), _LEARNING_RATE)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # batches so small keep several threads waiting for each other
    try:
        for step in range(_STEPS):
            context.raise_if_cancelled()
            context.report(step / _STEPS, "training a small network")
            batch = torch.randint(len(images), (_BATCH,), generator=generator)
            optimiser.zero_grad()
            loss = pixel_cross_entropy(network(images[batch]).logits, masks[batch], weights)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    finally:
        torch.set_num_threads(threads)
    return network.eval()


@cache
def _scenes() -> tuple[Tensor, Tensor]:
    """Return images (N, 3, S, S) in [0, 1] and masks (N, S, S)."""
    import numpy as np
    import torch

    from engine.data.shapes import draw_scene

    scenes = [draw_scene(number, _SIDE_PX) for number in range(_SCENES)]
    images = torch.from_numpy(np.stack([scene.pixels for scene in scenes]))
    masks = torch.from_numpy(np.stack([scene.semantic_mask for scene in scenes]))
    return images.permute(0, 3, 1, 2).float() / 255, masks.long()
