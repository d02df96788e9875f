"""What can be chosen of torchvision's detectors at run time, and how their networks are set up so.

The score floor is low and nothing is suppressed, so that the raw boxes come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.api.errors import PictureError
from engine.api.parameters import Parameters, parameter
from engine.layers.exchanged_parts import WHOLE, with_parts

NO_SUPPRESSION = 2.0
"""An IoU that no two boxes exceed."""
Attributes = dict[str, dict[str, Any]]
"""Path of a part of a network, and what is set in it."""


@dataclass(frozen=True, slots=True)
class RawOptions(Parameters):
    """What all of them share."""

    score_floor: float = parameter(
        0.05, low=0.001, high=1.0, note="raw boxes that score less are left out"
    )
    raw_boxes: int = parameter(2000, low=100, high=10000, note="at most so many, the best ones")


@dataclass(frozen=True, slots=True)
class ResizedOptions(RawOptions):
    """Options of the detectors that choose the size of the picture."""

    shorter_side_px: int = parameter(
        800, low=64, high=2000, unit="px", note="the picture is resized to this; smaller is faster"
    )
    longer_side_px: int = parameter(
        1333, low=64, high=4000, unit="px", note="but its longer side stays within this"
    )


@dataclass(frozen=True, slots=True)
class RcnnOptions(ResizedOptions):
    """Options of the two-stage detectors: first proposals, then their classes."""

    proposals: int = parameter(
        1000, low=10, high=2000, note="regions that the first stage hands to the second"
    )

    def attributes(self) -> Attributes:
        """Return what it sets in torchvision's network."""
        first = {"training": self.proposals, "testing": self.proposals}
        return {
            "transform": _sides(self),
            "rpn": {"_pre_nms_top_n": first, "_post_nms_top_n": first},
            "roi_heads": {
                "score_thresh": self.score_floor,
                "nms_thresh": NO_SUPPRESSION,
                "detections_per_img": self.raw_boxes,
            },
        }


@dataclass(frozen=True, slots=True)
class SmallRcnnOptions(RcnnOptions):
    """The same with the defaults of the model for 320 px."""

    shorter_side_px: int = parameter(
        320, low=64, high=2000, unit="px", note="the picture is resized to this; smaller is faster"
    )
    longer_side_px: int = parameter(
        640, low=64, high=4000, unit="px", note="but its longer side stays within this"
    )
    proposals: int = parameter(
        150, low=10, high=2000, note="regions that the first stage hands to the second"
    )


@dataclass(frozen=True, slots=True)
class MaskRcnnOptions(RcnnOptions):
    """The same with fewer raw boxes, as each has a mask."""

    raw_boxes: int = parameter(1000, low=100, high=10000, note="at most so many, the best ones")


@dataclass(frozen=True, slots=True)
class DenseOptions(ResizedOptions):
    """Options of the detectors that classify every place of the picture in one stage."""

    candidates: int = parameter(
        1000, low=10, high=5000, note="best boxes kept at each level of the pyramid"
    )

    def attributes(self) -> Attributes:
        """Return what it sets in torchvision's network."""
        return {"transform": _sides(self), WHOLE: _dense(self)}


@dataclass(frozen=True, slots=True)
class SsdOptions(RawOptions):
    """Options of SSD, which resizes every picture to its own square."""

    score_floor: float = parameter(
        0.01, low=0.001, high=1.0, note="raw boxes that score less are left out"
    )
    candidates: int = parameter(400, low=10, high=5000, note="best boxes kept of each class")

    def attributes(self) -> Attributes:
        """Return what it sets in torchvision's network."""
        return {WHOLE: _dense(self)}


@dataclass(frozen=True, slots=True)
class SsdliteOptions(SsdOptions):
    """The same with SSDlite's default."""

    candidates: int = parameter(300, low=10, high=5000, note="best boxes kept of each class")


Options = RcnnOptions | DenseOptions | SsdOptions


def _sides(options: ResizedOptions) -> dict[str, Any]:
    return {"min_size": (options.shorter_side_px,), "max_size": options.longer_side_px}


def _dense(options: DenseOptions | SsdOptions) -> dict[str, Any]:
    return {
        "topk_candidates": options.candidates,
        "score_thresh": options.score_floor,
        "nms_thresh": NO_SUPPRESSION,
        "detections_per_img": options.raw_boxes,
    }


def set_up(network: nn.Module, options: Options) -> nn.Module:
    """Return a network with the same parameters and other options; others may be running it."""
    attributes = options.attributes()
    inner = {
        path: _with_attributes(network.get_submodule(path), values)
        for path, values in attributes.items()
        if path != WHOLE
    }
    return _with_attributes(with_parts(network, inner), attributes.get(WHOLE, {}))


def _with_attributes(network: nn.Module, values: dict[str, Any]) -> nn.Module:
    changed: nn.Module = with_parts(network, {})
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def require_width(pixels: NDArray[np.uint8], options: Options) -> None:
    """Raise PictureError where nothing is left of the shorter side after resizing."""
    shorter, longer = sorted(pixels.shape[:2])
    if isinstance(options, SsdOptions):
        return
    limit = options.longer_side_px
    if shorter * min(options.shorter_side_px / shorter, limit / longer) < 1:
        raise PictureError(
            f"picture {pixels.shape[1]} x {pixels.shape[0]}: nothing is left of its shorter "
            f"side when the longer becomes {limit} px; crop it"
        )
