"""Networks that are trained here as detectors of pictures of any size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.api.detection import Detections, NetworkOptions
from engine.api.tasks import TaskContext
from engine.core.cancellation import cancelled_by
from engine.core.detector import BoxNetwork, Detector, RawBoxes
from engine.core.loaded_models import LoadedModel

_STRIP = np.zeros((16, 640, 3), np.uint8)
"""So flat that a network which enlarges the shorter side of what it sees has little to do."""


def as_detector(loaded: LoadedModel) -> Detector:
    """Return a loaded model as what finds boxes on pictures."""
    detector = _detector_of(loaded)
    if loaded.device.type != "cpu":
        # The first pass on an accelerator loads its kernels: seconds of loading, not of looking.
        detector.detect(_STRIP, loaded.card.options_type(), TaskContext(lambda _: None))
    return detector


def _detector_of(loaded: LoadedModel) -> Detector:
    if isinstance(loaded.model, Detector):  # it knows by itself what pictures it takes
        return loaded.model
    model, trained = loaded.model, loaded.trained
    assert isinstance(model, BoxNetwork)
    config = loaded.model.config
    side: int | None = getattr(config, "image_size", None)
    return BoxNetworkDetector(
        model=model,
        network=loaded.model,
        categories=trained.classes or tuple(f"class {index}" for index in range(config.classes)),
        channels=int(config.in_channels),
        side=side or trained.side,
        is_square=side is not None,
        device=loaded.device,
    )


@dataclass(frozen=True, slots=True)
class BoxNetworkDetector:
    """A network as a detector: pictures are brought to its size, boxes back to the picture.

    Attributes:
        model: what reads boxes out of an answer.
        network: what answers: the model itself, or one that answers alike.
        channels: 1 for grey or 3 for colour.
        side: shorter side of the pictures that it sees, in pixels; None leaves them as they are.
        is_square: it sees squares alone: the longer side fits, the rest is filled with grey.
    """

    model: BoxNetwork
    network: nn.Module
    categories: tuple[str, ...]
    channels: int
    side: int | None
    is_square: bool
    device: torch.device

    def with_network(self, network: nn.Module) -> Self:
        """Return this detector with another network that answers alike."""
        return replace(self, network=network)

    @torch.inference_mode()
    def detect(
        self, pixels: NDArray[np.uint8], options: NetworkOptions, context: TaskContext
    ) -> Detections:
        """Find raw boxes, best first; a cancel is noticed between two layers."""
        context.raise_if_cancelled()
        seen, scale = self._brought(pixels, options.input_side_px)
        with cancelled_by(context):
            output = self.network(self._as_images(seen))
            (found,) = self.model.propose(output, options)
        return self._on_picture(found, scale, pixels.shape)

    def _brought(
        self, pixels: NDArray[np.uint8], wanted_px: int
    ) -> tuple[NDArray[np.uint8], tuple[float, float]]:
        """Return the picture as the network sees it, and what its x and y were multiplied by."""
        height, width = pixels.shape[:2]
        side = self.side if self.is_square else wanted_px or self.side
        if side is None:
            return pixels, (1.0, 1.0)
        scale = side / (max if self.is_square else min)(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        seen = np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)
        if self.is_square:
            rest = ((0, side - size[1]), (0, side - size[0]), (0, 0))
            seen = np.pad(seen, rest, constant_values=_GREY)
        return seen, (size[0] / width, size[1] / height)

    def _as_images(self, pixels: NDArray[np.uint8]) -> Tensor:
        values = np.divide(pixels, 255, dtype=np.float32)  # a copy: pictures are read-only
        images = torch.from_numpy(values)[None].permute(0, 3, 1, 2)
        if self.channels == 1:
            images = images.mean(dim=1, keepdim=True)
        return images.to(self.device).contiguous(memory_format=torch.channels_last)

    def _on_picture(
        self, found: RawBoxes, scale: tuple[float, float], shape: tuple[int, ...]
    ) -> Detections:
        boxes = found.boxes_xyxy.float().cpu().numpy() / np.array(scale * 2, np.float32)
        boxes = np.clip(boxes, 0, np.array([shape[1], shape[0]] * 2, np.float32))
        is_box = np.all(boxes[:, 2:] > boxes[:, :2], axis=1)  # nothing is left of some in the rest
        masks = None if found.masks is None else found.masks.half().cpu().numpy()[is_box]
        return Detections(
            boxes[is_box].astype(np.float32),
            found.scores.float().cpu().numpy()[is_box],
            found.class_indices.cpu().numpy()[is_box],
            self.categories,
            masks,
        )


_GREY = 114
"""What surrounds a picture that is no square; about the mean of photographs."""
