"""Random changes to samples that keep their meaning; seeded, so that any sample can be repeated.

Picture, mask and boxes move together, through one resampling by OpenCV. Every operation is the one
of torchvision.transforms.v2, which is the oracle of the tests, but does not compute here: it
resamples anew at every step, which blurs, and is made for batches: a picture of 64 px takes 76 us
to move and 250 to colour where OpenCV takes 10 and 20, and 40 ms where another program has one of
two cores, as its threads wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.api.augmentation import AUGMENTATION_PRESETS, Augment, AugmentationConfig
from engine.data.datasets.samples import (
    BoxSample,
    MaskSample,
    PairSample,
    Pixels,
    Sample,
    boxes_around,
    clipped_boxes,
)
from engine.data.elastic_deformation import (
    Border,
    Interpolation,
    displacement_field,
    pixel_grid,
    sample,
)

_GREY = 114
_POINTS_A_SIDE = 9
_INVERSION_STEPS = 6
_LEAST_BLUR_PX = 0.05
_OPENCV_BORDER = {"mirror": cv2.BORDER_REFLECT_101, "constant": cv2.BORDER_CONSTANT}
_OPENCV_HOW = {"bilinear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}


class Augmentation(Protocol):
    """Changes a sample; everything random comes from the generator."""

    def __call__(self, sample: Sample, random: Generator) -> Sample:
        """Return a changed sample of the same type and size."""


def augmentation(choice: Augment | AugmentationConfig) -> Augmentation | None:
    """Return the augmentation of a preset's name or of a config; None where it changes nothing."""
    config = AUGMENTATION_PRESETS[choice] if isinstance(choice, str) else choice
    return None if config == AUGMENTATION_PRESETS["none"] else RandomChange(config)


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Where everything in a picture goes.

    Attributes:
        matrix: (2, 3), from the centre of a pixel (x, y) to its new place.
        size: height and width of the moved picture.
        bending: (2, H, W), see displacement_field, in the moved picture; None for none.
    """

    matrix: NDArray[np.float64]
    size: tuple[int, int]
    bending: NDArray[np.float32] | None = None

    def pixels(
        self, values: Pixels, how: Interpolation, border: Border, fill: int = 0
    ) -> NDArray[np.uint8]:
        """Move values (H, W) or (H, W, C)."""
        if self.bending is None:
            moved = cv2.warpAffine(
                values,
                self.matrix,
                self.size[::-1],
                flags=_OPENCV_HOW[how],
                borderMode=_OPENCV_BORDER[border],
                borderValue=(fill,) * 3,
            )
            return np.asarray(moved, np.uint8).reshape(*self.size, *values.shape[2:])
        rows, columns = pixel_grid(self.size) + self.bending
        back = cv2.invertAffineTransform(self.matrix).astype(np.float32)
        sources = np.stack(
            [
                back[1, 0] * columns + back[1, 1] * rows + back[1, 2],
                back[0, 0] * columns + back[0, 1] * rows + back[0, 2],
            ]
        )
        return sample(values, sources, how, border, fill)

    def layers(self, masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Move masks (N, H, W), which are False outside."""
        if not len(masks):
            return masks
        # OpenCV takes up to four channels at once.
        stacks = [masks[start : start + 4] for start in range(0, len(masks), 4)]
        moved = [
            self.pixels(
                np.ascontiguousarray(stack.transpose(1, 2, 0)).astype(np.uint8),
                "nearest",
                "constant",
            )
            for stack in stacks
        ]
        return np.ascontiguousarray(np.concatenate(moved, axis=2).transpose(2, 0, 1) > 0)

    def points(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move places (..., 2), x and y in pixels, with pixel centres at halves."""
        # Edges of pixels lie half a pixel before their centres, which the matrix maps.
        moved = (places - 0.5) @ self.matrix[:, :2].T + self.matrix[:, 2]
        if self.bending is None:
            return np.asarray(moved + 0.5)
        # The bending says where a value comes from; where it goes solves p + bending(p) = moved.
        flat = moved.reshape(-1, 1, 2).astype(np.float32)
        bending = self.bending[::-1].transpose(1, 2, 0)  # (H, W, 2), x and y
        solved = flat
        for _ in range(_INVERSION_STEPS):
            solved = flat - sample(bending, solved[..., ::-1].transpose(2, 0, 1))
        return np.asarray(solved.reshape(moved.shape) + 0.5)


class RandomChange:
    """Moves a sample, then changes its colours."""

    def __init__(self, config: AugmentationConfig) -> None:
        self._config = config

    def __call__(self, sample: Sample, random: Generator) -> Sample:
        """Return a changed sample of the same type, and size unless a window is cut out."""
        movement = self._movement(sample.pixels.shape[:2], random)
        # Boxes know nothing of what a mirrored border would show, so there the border is grey.
        border: Border = "constant" if isinstance(sample, BoxSample) else "mirror"
        pixels = sample.pixels
        if movement is not None:
            pixels = movement.pixels(pixels, "bilinear", border, _GREY)
        pixels = _recoloured(pixels, self._config, random)
        if movement is None:
            return sample._replace(pixels=pixels)
        if isinstance(sample, MaskSample):
            return MaskSample(pixels, movement.pixels(sample.mask, "nearest", border))
        if isinstance(sample, BoxSample):
            return _moved_boxes(sample, pixels, movement, self._config.least_visible)
        if isinstance(sample, PairSample):
            return PairSample(pixels, movement.pixels(sample.target_pixels, "bilinear", border))
        return sample._replace(pixels=pixels)

    def _movement(self, size: tuple[int, ...], random: Generator) -> Movement | None:
        config, bending = self._config, None
        matrix = _random_matrix(config, size, random)
        height, width = size
        seen = (config.crop_height_px or height, config.crop_width_px or width)
        if seen != (height, width):
            matrix = _cut(matrix, (height, width), seen, random)
        if config.elastic_alpha:
            bending = displacement_field(
                seen, config.elastic_alpha, config.elastic_sigma_px, random
            )
        if bending is None and seen == size and np.array_equal(matrix, np.eye(3)[:2]):
            return None
        return Movement(matrix, seen, bending)


def _random_matrix(
    config: AugmentationConfig, size: tuple[int, ...], random: Generator
) -> NDArray[np.float64]:
    """Draw flip, crop, scale, rotation, shear and shift as one map of pixel centres, (2, 3)."""
    height, width = size
    turn, shear_x, shear_y, shift_x, shift_y = random.uniform(-1, 1, 5)
    scale = random.uniform(config.smallest_scale, config.largest_scale)
    part = random.uniform(config.crop, 1.0)
    crop_x, crop_y = random.uniform(-1, 1, 2)
    is_flipped = random.random(2) < 0.5
    angle = np.deg2rad(config.rotation_degrees) * turn
    slant_x, slant_y = np.tan(np.deg2rad(config.shear_degrees) * np.array([shear_x, shear_y]))
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    linear = rotation @ np.array([[1.0, slant_x], [slant_y, 1.0]]) * (scale / part)
    if config.horizontal_flip and is_flipped[0]:
        linear = linear @ np.diag([-1.0, 1.0])
    if config.vertical_flip and is_flipped[1]:
        linear = linear @ np.diag([1.0, -1.0])
    # About the middle of the pixels' centres, which a flip then maps onto themselves.
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    window = (1 - part) / (2 * part) * np.array([crop_x * width, crop_y * height])
    shift = config.shift * np.array([shift_x * width, shift_y * height])
    return np.column_stack([linear, centre - linear @ centre + shift + window])


def _cut(
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    seen: tuple[int, int],
    random: Generator,
) -> NDArray[np.float64]:
    """Move a window, height x width, to a random place of the scaled picture, into the origin.

    Where the picture is smaller than the window, it lies at a random place of it.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    whole, window = np.array(size[::-1]), np.array(seen[::-1])
    room = whole * scale - window
    middle = matrix[:, :2] @ ((whole - 1) / 2) + matrix[:, 2]
    centre = middle + random.uniform(-0.5, 0.5, 2) * np.abs(room)
    moved = matrix.copy()
    # By whole pixels: what is only cut out is not blurred.
    moved[:, 2] += np.rint((window - 1) / 2 - centre)
    return moved


def _recoloured(pixels: Pixels, config: AugmentationConfig, random: Generator) -> Pixels:
    """Change colours, blur, and add noise, in this order."""
    brightness, contrast, saturation, hue = random.uniform(-1, 1, 4)
    blur, noise = random.random(2)
    result = pixels
    if config.brightness or config.contrast or config.saturation or config.hue:
        result = change_colours(
            pixels,
            1 + config.brightness * brightness,
            1 + config.contrast * contrast,
            1 + config.saturation * saturation,
            config.hue * hue,
        )
    if config.blur_px * blur > _LEAST_BLUR_PX:
        blurred = cv2.GaussianBlur(result, (0, 0), config.blur_px * blur)
        result = np.asarray(blurred, np.uint8).reshape(pixels.shape)
    if config.noise:
        grain = random.standard_normal(result.shape, np.float32) * (255 * config.noise * noise)
        result = np.clip(np.rint(result + grain), 0, 255).astype(np.uint8)
    return result


def change_colours(
    pixels: Pixels, brightness: float, contrast: float, saturation: float, hue: float
) -> Pixels:
    """Change the colours of a picture (H, W, 1 or 3): one linear map, then hue.

    Args:
        brightness: times the values.
        contrast: times their distance from the picture's mean grey.
        saturation: times the distance from their own grey; of colour pictures.
        hue: in [-0.5, 0.5], a turn of the hue of HSV in circles; of colour pictures.
    """
    middle = float(_grey(pixels).mean()) * brightness
    offset = middle * (1 - contrast)
    if pixels.shape[2] == 1:
        levels = np.clip(np.arange(256) * (brightness * contrast) + offset, 0, 255)
        return np.asarray(np.rint(levels).astype(np.uint8)[pixels], np.uint8)
    grey = np.tile(_LUMINANCE, (3, 1))
    matrix = (grey + saturation * (np.eye(3) - grey)) * (brightness * contrast)
    changed = cv2.transform(pixels, np.column_stack([matrix, np.full(3, offset)]))
    return _turned_hue(np.asarray(changed, np.uint8), hue) if hue else np.asarray(changed, np.uint8)


_LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def _turned_hue(pixels: Pixels, hue: float) -> Pixels:
    """Turn the hue of a colour picture; in floats, as bytes hold no more than 180 hues."""
    values = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    values[..., 0] = (values[..., 0] + 360 * hue) % 360
    turned = cv2.cvtColor(values, cv2.COLOR_HSV2RGB)
    return np.clip(np.rint(turned * 255), 0, 255).astype(np.uint8)


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.shape[2] == 1:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _moved_boxes(
    sample: BoxSample, pixels: Pixels, movement: Movement, least_visible: float
) -> BoxSample:
    """Boxes around what they held, cut at the border; those that lose too much go."""
    outlines = movement.points(_outlines(sample.boxes_xyxy))  # (N, P, 2)
    whole = np.concatenate([outlines.min(axis=1), outlines.max(axis=1)], axis=-1)
    masks = sample.masks
    if masks is not None:
        masks = movement.layers(masks)
    moved = BoxSample(
        pixels, whole.astype(np.float32), sample.class_indices, masks, sample.is_difficult
    )
    kept = clipped_boxes(moved, least_visible)
    if kept.masks is None:
        return kept
    # The box of a turned box is too large; the mask knows better.
    return kept._replace(boxes_xyxy=boxes_around(kept.masks))


def _outlines(boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return points along the four sides of boxes (N, 4): (N, P, 2)."""
    steps = np.linspace(0, 1, _POINTS_A_SIDE)
    ends = np.array([[0.0, 1.0]])
    across = np.stack(np.meshgrid(steps, ends, indexing="ij"), axis=-1).reshape(-1, 2)
    unit = np.concatenate([across, across[:, ::-1]])  # (P, 2) in the unit square
    corner, size = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
    return np.asarray(corner + unit * size, np.float64)
