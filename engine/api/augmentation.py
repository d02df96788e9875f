"""Random changes to training pictures: how far they may go, presets, and a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.api.datasets import DataTask
from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter

Augment = Literal["none", "gentle", "full"]


@dataclass(frozen=True, slots=True)
class AugmentationConfig(Parameters):
    """How far samples may be changed; with the defaults they stay as they are."""

    horizontal_flip: bool = parameter(False, note="left and right exchanged, half of the time")
    vertical_flip: bool = parameter(False, note="top and bottom exchanged, half of the time")
    crop: float = parameter(1.0, low=0.2, high=1.0, note="smallest part of the sides to zoom into")
    smallest_scale: float = parameter(1.0, low=0.2, high=1.0)
    largest_scale: float = parameter(1.0, low=1.0, high=5.0)
    shift: float = parameter(0.0, low=0.0, high=0.5, note="of the side, either way")
    rotation_degrees: float = parameter(0.0, low=0.0, high=180.0, unit="°", note="either way")
    shear_degrees: float = parameter(0.0, low=0.0, high=45.0, unit="°", note="either way")
    elastic_alpha: float = parameter(
        0.0, low=0.0, high=500.0, note="strength of the elastic deformation; 0 for none"
    )
    elastic_sigma_px: float = parameter(
        4.0, low=1.0, high=50.0, unit="px", note="smoothness of the elastic deformation"
    )
    brightness: float = parameter(0.0, low=0.0, high=0.9, note="darker or lighter by this share")
    contrast: float = parameter(0.0, low=0.0, high=0.9, note="less or more by this share")
    saturation: float = parameter(0.0, low=0.0, high=1.0, note="less or more by this share")
    hue: float = parameter(0.0, low=0.0, high=0.5, note="of the colour circle, either way")
    blur_px: float = parameter(0.0, low=0.0, high=8.0, unit="px", note="largest deviation")
    noise: float = parameter(0.0, low=0.0, high=0.5, note="largest deviation, of the full range")
    crop_height_px: int = parameter(
        0, low=0, high=4096, unit="px", note="cut a window this high out of each sample; 0: all"
    )
    crop_width_px: int = parameter(0, low=0, high=4096, unit="px", note="and this wide; 0: all")
    least_visible: float = parameter(
        0.4, low=0.05, high=1.0, note="boxes that keep less of their area are left out"
    )


AUGMENTATION_PRESETS: Mapping[Augment, AugmentationConfig] = {
    "none": AugmentationConfig(),
    "gentle": AugmentationConfig(
        smallest_scale=0.9, largest_scale=1.1, shift=0.08, rotation_degrees=10.0
    ),
    "full": AugmentationConfig(
        horizontal_flip=True,
        crop=0.8,
        smallest_scale=0.8,
        largest_scale=1.2,
        shift=0.08,
        rotation_degrees=10.0,
        shear_degrees=5.0,
        elastic_alpha=20.0,
        brightness=0.15,
        contrast=0.25,
        saturation=0.25,
        hue=0.02,
        noise=0.02,
    ),
}
"""What the field `augment` of TrainConfig names."""

_COUNTS = (1, 16)


@dataclass(frozen=True, slots=True)
class PreviewAugmentation:
    """Draw samples before and after; answers a `Picture`: a row a sample, the first one unchanged.

    Ground truth is drawn in. Equal seeds give equal pictures, so that a slider shows its own
    effect alone.

    Attributes:
        data: a name or a path.
        count: samples, 1 to 16.
        task: None for the first that the data set offers.
        format: key of a layout; None to recognise it.
        image_size: shorter side in pixels, as in TrainConfig: elastic deformation and blur are
            measured in pixels.
    """

    data: str
    config: AugmentationConfig = field(default_factory=AugmentationConfig)
    count: int = 4
    seed: int = 0
    task: DataTask | None = None
    format: str | None = None
    image_size: int | None = None

    def __post_init__(self) -> None:
        low, high = _COUNTS
        if not low <= self.count <= high:
            raise ConfigError(f"count = {self.count} is outside [{low}, {high}]")

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Augmenting {self.data}"
