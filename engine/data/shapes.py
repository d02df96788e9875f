"""Drawn scenes of simple shapes with exact boxes and masks, endless and seeded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.data.scene_textures import (
    Canvas,
    Random,
    contrasting_colour,
    draw_background,
    draw_clutter,
    draw_surface,
    light_falloff,
    photograph,
    shade,
)

SHAPE_CLASSES = ("circle", "square", "triangle", "star", "cross", "ring")

LEAST_VISIBLE_FRACTION = 0.3
"""An object of which less would be seen, of its whole area, is not in the scene at all."""

SMALLEST_RADIUS, SCALE_RANGE = 0.035, 8.0
"""Radii are log-uniform from this part of the shorter side to eight times as much."""

_SIDES_PX = (32, 4096)
_LEAST_BOX_PX = 4
_TRIES = 25
_SUPERSAMPLING = 4

Outline = list[NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and all that is known about it. N objects, the one in front first.

    Attributes:
        pixels: RGB uint8 (H, W, 3).
        boxes_xyxy: (N, 4) float32 around the visible pixels, from the left and top edge of the
            first one to the right and bottom edge of the last one.
        class_indices: (N,) int64, into SHAPE_CLASSES.
        visible_fractions: (N,) float32, visible pixels over those of the whole shape.
        instance_mask: (H, W) int32, 0 on the background, n + 1 where object n is seen.
        semantic_mask: (H, W) uint8, 0 on the background, else the class index + 1.
    """

    pixels: NDArray[np.uint8]
    boxes_xyxy: NDArray[np.float32]
    class_indices: NDArray[np.int64]
    visible_fractions: NDArray[np.float32]
    instance_mask: NDArray[np.int32]
    semantic_mask: NDArray[np.uint8]

    @property
    def labels(self) -> tuple[str, ...]:
        """Class name of each object."""
        return tuple(SHAPE_CLASSES[index] for index in self.class_indices.tolist())


def draw_scene(
    seed: int,
    side_px: int = 256,
    *,
    height_px: int | None = None,
    object_counts: tuple[int, int] = (1, 12),
) -> Scene:
    """Draw the scene of a seed: always the same one for the same arguments.

    Class, size, place, turn, colour and surface of an object are drawn independently, so that
    nothing but its outline tells its class. Objects cover each other and are cut by the border.

    Args:
        seed: 0 or more.
        side_px: width, and height too unless `height_px` is given.
        object_counts: fewest and most objects; a full scene may have fewer than drawn for it.

    Raises:
        ConfigError: a side, the seed or the counts are out of range.
    """
    height, width = (side_px if height_px is None else height_px), side_px
    _check(seed, width, height, object_counts)
    random = np.random.default_rng(seed)
    count = int(random.integers(object_counts[0], object_counts[1] + 1))
    instance_mask = np.zeros((height, width), np.int32)
    placed: list[_Placed] = []
    for class_index in random.integers(len(SHAPE_CLASSES), size=count).tolist():
        found = _place(random, class_index, instance_mask, len(placed) + 1)
        if found is not None:
            placed.append(found)
    canvas = draw_clutter(random, draw_background(random, height, width))
    light = _Light.of(random)
    for item in reversed(placed):
        _paint(random, canvas, item, light)
    return _finish(photograph(random, canvas), placed, instance_mask)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """An object at its place.

    Attributes:
        coverage: part of each pixel that the whole shape covers, (h, w) float32 in [0, 1].
        left: column of the picture under the first column of `coverage`; may be negative.
    """

    class_index: int
    coverage: NDArray[np.float32]
    left: int
    top: int
    radius: float
    visible_fraction: float


@dataclass(frozen=True, slots=True)
class _Light:
    """Where the light of a scene comes from, and how deep its shadows are."""

    angle: float
    strength: float
    shadow: float

    @staticmethod
    def of(random: Random) -> _Light:
        has_shadow = random.random() < 0.7
        return _Light(
            angle=random.uniform(0, 2 * np.pi),
            strength=random.uniform(0.0, 0.5),
            shadow=random.uniform(0.2, 0.5) if has_shadow else 0.0,
        )


def _check(seed: int, width: int, height: int, object_counts: tuple[int, int]) -> None:
    low, high = _SIDES_PX
    if not (low <= width <= high and low <= height <= high):
        raise ConfigError(f"scene {width} x {height}: sides must lie in [{low}, {high}] px")
    if seed < 0:
        raise ConfigError(f"seed = {seed}: must be 0 or more")
    if not 1 <= object_counts[0] <= object_counts[1] <= 100:
        raise ConfigError(f"object_counts = {object_counts}: must rise within [1, 100]")


def _place(
    random: Random, class_index: int, instance_mask: NDArray[np.int32], number: int
) -> _Placed | None:
    """Put an object behind those already there and mark its visible pixels in the mask.

    From front to back, so that no later object can hide it further.
    """
    height, width = instance_mask.shape
    smallest = SMALLEST_RADIUS * min(height, width)
    for _ in range(_TRIES):
        radius = smallest * SCALE_RANGE ** random.random()
        centre = random.uniform(0, width), random.uniform(0, height)
        outline = _outline(random, class_index)
        coverage, left, top = _cover(outline, radius, centre, random.uniform(0, 2 * np.pi))
        whole = coverage >= 0.5
        inside, there = _overlap(coverage.shape, left, top, instance_mask.shape)
        free = whole[inside] & (instance_mask[there] == 0)
        fraction = float(free.sum() / max(1, whole.sum()))
        is_tiny = min(free.any(0).sum(), free.any(1).sum()) < _LEAST_BOX_PX
        if fraction >= LEAST_VISIBLE_FRACTION and not is_tiny:
            instance_mask[there][free] = number
            return _Placed(class_index, coverage, left, top, radius, fraction)
    return None


def _outline(random: Random, class_index: int) -> Outline:
    """Closed polygons within the unit circle, (V, 2) each; a second one is a hole."""
    name = SHAPE_CLASSES[class_index]
    if name == "circle":
        return [_regular(64)]
    if name == "ring":
        return [_regular(64), _regular(64) * random.uniform(0.45, 0.7)]
    if name == "square":
        return [_regular(4)]
    if name == "triangle":
        return [_regular(3)]
    if name == "star":
        spikes = _regular(10)
        spikes[1::2] *= random.uniform(0.38, 0.5)
        return [spikes]
    arm = random.uniform(0.26, 0.38)
    corner = [(arm, arm), (arm, 1), (-arm, 1)]
    turns = [np.array([(np.cos(a), -np.sin(a)), (np.sin(a), np.cos(a))]) for a in _QUARTERS]
    points = np.concatenate([np.array(corner) @ turn.T for turn in turns])
    return [points / np.hypot(arm, 1)]


_QUARTERS = np.arange(4) * np.pi / 2


def _regular(corners: int) -> NDArray[np.float64]:
    angles = np.arange(corners) * (2 * np.pi / corners)
    return np.stack((np.cos(angles), np.sin(angles)), axis=1)


def _cover(
    outline: Outline, radius: float, centre: tuple[float, float], angle: float
) -> tuple[NDArray[np.float32], int, int]:
    """Rasterise: returns the coverage (h, w) and the column and row of its first pixel."""
    left, top = int(np.floor(centre[0] - radius)) - 1, int(np.floor(centre[1] - radius)) - 1
    side = int(np.ceil(2 * radius)) + 4
    rotation = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    offset = np.array((centre[0] - left, centre[1] - top))
    # In sixteenths of a subpixel; its centre, not its corner, has whole coordinates.
    corners = [
        np.rint(((p @ rotation.T * radius + offset) * _SUPERSAMPLING - 0.5) * 16).astype(np.int32)
        for p in outline
    ]
    fine = np.zeros((side * _SUPERSAMPLING,) * 2, np.uint8)
    cv2.fillPoly(fine, corners, 255, cv2.LINE_8, 4)
    coarse = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return coarse.astype(np.float32) / np.float32(255), left, top


Window = tuple[slice, slice]


def _overlap(
    patch: tuple[int, ...], left: int, top: int, picture: tuple[int, ...]
) -> tuple[Window, Window]:
    """Where a patch and the picture overlap, in the patch and in the picture."""
    y1, x1 = max(0, -top), max(0, -left)
    y2 = max(y1, min(patch[0], picture[0] - top))
    x2 = max(x1, min(patch[1], picture[1] - left))
    inside = (slice(y1, y2), slice(x1, x2))
    there = (slice(max(0, y1 + top), max(0, y2 + top)), slice(max(0, x1 + left), max(0, x2 + left)))
    return inside, there


def _paint(random: Random, canvas: Canvas, item: _Placed, light: _Light) -> None:
    if light.shadow:
        _paint_shadow(canvas, item, light)
    inside, there = _overlap(item.coverage.shape, item.left, item.top, canvas.shape)
    behind = canvas[there].mean(axis=(0, 1), dtype=np.float32)
    colour = contrasting_colour(random, behind)
    height, width = item.coverage.shape
    surface = draw_surface(random, height, width, colour, behind)
    surface = surface * light_falloff(height, width, light.angle, light.strength)
    if random.random() < 0.3:
        is_whole = (item.coverage >= 0.5).astype(np.uint8)
        depth_px = cv2.distanceTransform(is_whole, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        rim_px = max(1.0, item.radius * random.uniform(0.08, 0.16))
        core = np.clip(depth_px - np.float32(rim_px), 0, 1)[..., None]
        surface = surface * core + shade(colour, random.choice([0.35, 1.7])) * (1 - core)
    opacity = item.coverage[inside][..., None]
    canvas[there] += (surface[inside] - canvas[there]) * opacity


def _paint_shadow(canvas: Canvas, item: _Placed, light: _Light) -> None:
    blur_px = max(0.8, 0.1 * item.radius)
    margin = int(np.ceil(3 * blur_px))
    padded = cv2.copyMakeBorder(item.coverage, *(margin,) * 4, cv2.BORDER_CONSTANT, value=0)
    soft = cv2.GaussianBlur(padded, (0, 0), blur_px)
    shift = 0.15 * item.radius + 1
    left = item.left - margin - round(np.cos(light.angle) * shift)
    top = item.top - margin - round(np.sin(light.angle) * shift)
    inside, there = _overlap(soft.shape, left, top, canvas.shape)
    canvas[there] *= (1 - soft[inside] * np.float32(light.shadow))[..., None]


def _finish(
    pixels: NDArray[np.uint8], placed: list[_Placed], instance_mask: NDArray[np.int32]
) -> Scene:
    boxes = np.zeros((len(placed), 4), np.float32)
    for number, item in enumerate(placed):
        _, (rows, columns) = _overlap(item.coverage.shape, item.left, item.top, pixels.shape)
        ys, xs = np.nonzero(instance_mask[rows, columns] == number + 1)
        boxes[number] = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        boxes[number] += columns.start, rows.start, columns.start, rows.start
    class_indices = np.array([item.class_index for item in placed], np.int64)
    fractions = np.array([item.visible_fraction for item in placed], np.float32)
    class_of_instance = np.concatenate(([0], class_indices + 1)).astype(np.uint8)
    semantic_mask = class_of_instance[instance_mask]
    return Scene(pixels, boxes, class_indices, fractions, instance_mask, semantic_mask)
