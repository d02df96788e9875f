"""Detectors and segmenters by the fastest sound runtime; what runs on a living picture."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.api.runtimes import RuntimeReport
from engine.api.tasks import TaskContext
from engine.core.detector import Detector, NetworkDetector
from engine.core.loaded_models import LoadedModel
from engine.inference.runtimes.choosing import Part, Trying, fastest, fastest_parts
from engine.inference.runtimes.dense_parts import inputs_of_parts
from engine.inference.runtimes.runtime import Runner, signature
from engine.inference.segmenters import Segmenter
from engine.layers.exchanged_parts import with_parts

_KEPT_SIZES = 2


def fast_segmenter(
    segmenter: Segmenter, images: Tensor, context: TaskContext, trying: Trying | None = None
) -> tuple[Segmenter, RuntimeReport]:
    """Return the segmenter as it runs fastest here, and how that was found.

    The one given stays as it is. Call it within `thread_share`; pictures of another size than the
    example are answered too, by torch.

    Args:
        images: an example (1, 3, H, W) in [0, 1] of the size that is to come.

    Raises:
        TaskCancelled: between two steps.
    """

    def run(network: nn.Module) -> None:
        with torch.no_grad():
            replace(segmenter, network=network).probabilities(images)

    (inputs,) = inputs_of_parts(segmenter.network, run).values()
    runner = fastest(segmenter.network, inputs, segmenter.device, context, segmenter.name, trying)
    return replace(segmenter, network=runner), runner.report


class KeptRunners:
    """What was found for a model and the last few sizes of its inputs.

    Options and thresholds change while a picture runs: the same size is not tried again.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, list[Runner]] = {}

    def get(self, parts: list[Part], find: Callable[[], list[Runner]]) -> list[Runner]:
        """Return runners for inputs of these sizes and so many threads; found where they lack."""
        sizes = [str(signature(part.inputs)) for part in parts]
        key = f"{torch.get_num_threads()} {sizes}"
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            found = find()  # takes seconds; others may look for theirs meanwhile
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = found
            while len(self._kept) > _KEPT_SIZES:
                self._kept.pop(next(iter(self._kept)))
        return found


def fast_detector(
    detector: Detector,
    pixels: NDArray[np.uint8],
    options: Any,
    context: TaskContext,
    loaded: LoadedModel | None = None,
    trying: Trying | None = None,
) -> tuple[Detector, RuntimeReport | None]:
    """Return the detector as it runs fastest here, and how that was found.

    The one given stays as it is, and is the answer, without a report, where no network of torch
    does its work. Call it within `thread_share`.

    Args:
        pixels: an example, RGB uint8 (H, W, 3), of the size that is to come.
        options: of the detector, as they are to come.
        loaded: what it was made of, where what is found is to be kept with it.

    Raises:
        PictureError: the detector cannot take the picture.
        TaskCancelled: between two steps.
    """
    if not isinstance(detector, NetworkDetector):
        return detector, None

    def run(network: nn.Module) -> None:
        detector.with_network(network).detect(pixels, options, context)

    network = detector.network
    inputs = inputs_of_parts(network, run)
    parts = [Part(network.get_submodule(path), given) for path, given in inputs.items()]
    device = next(network.parameters()).device
    model = loaded.card.key if loaded else ""

    def find() -> list[Runner]:
        return fastest_parts(parts, device, context, model, trying)

    runners = loaded.once(KeptRunners).get(parts, find) if loaded else find()
    fast = with_parts(network, dict(zip(inputs, runners, strict=True)))
    return detector.with_network(fast), runners[0].report
