"""From codes to pictures: one by one, as sheets, along axes, and between keyframes."""

from __future__ import annotations

import time
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.latent import DecodedPictures, DecodeLatents, Floats, Pixels
from engine.api.latent_pictures import Blend, Interpolate, LatentPath
from engine.api.latent_space import DrawManifold, TraverseLatents
from engine.api.tasks import TaskContext
from engine.inference.latent_models import Loaded, open_latents

_BATCH = 512
_LARGEST_COUNT = 64
_LARGEST_REACH = 100.0
_PARALLEL = 1e-4  # radians


def decode_latents(request: DecodeLatents, context: TaskContext) -> DecodedPictures:
    """Make pictures of codes."""
    loaded = open_latents(request.source)
    return _decoded(loaded, request.latents, request.class_indices, request.columns, context)


def draw_manifold(request: DrawManifold, context: TaskContext) -> DecodedPictures:
    """Decode a grid over two directions; rows go down along the second.

    Raises:
        ConfigError: more than 64 pictures a side, or the directions are not two.
    """
    _check_grid(request.count, request.reach)
    loaded = open_latents(request.source)
    directions = np.asarray(request.directions, np.float32)
    if directions.shape[0] != 2:
        raise ConfigError(f"{len(directions)} directions: a manifold is spanned by two")
    steps = places(request.count, request.reach, request.is_inverse_cdf)
    down, right = np.meshgrid(steps, steps, indexing="ij")
    plane = np.stack([right.ravel(), down.ravel()], axis=1).astype(np.float32)
    latents = np.asarray(request.base, np.float32) + plane @ directions
    classes = _repeated(request.class_index, len(latents))
    return _decoded(loaded, latents, classes, request.count, context)


def traverse_latents(request: TraverseLatents, context: TaskContext) -> DecodedPictures:
    """Decode one row a direction, from one end to the other."""
    _check_grid(request.count, request.reach)
    loaded = open_latents(request.source)
    steps = np.linspace(-request.reach, request.reach, request.count, dtype=np.float32)
    directions = np.asarray(request.directions, np.float32)
    walks = steps[None, :, None] * directions[:, None, :]
    latents = (np.asarray(request.base, np.float32) + walks).reshape(-1, directions.shape[1])
    classes = _repeated(request.class_index, len(latents))
    return _decoded(loaded, latents, classes, request.count, context)


def interpolate(request: Interpolate, context: TaskContext) -> LatentPath:
    """Walk from keyframe to keyframe; the last one is reached, or the first again.

    Raises:
        ConfigError: fewer than two keyframes, or a number of frames outside [1, 600].
    """
    keyframes = np.asarray(request.keyframes, np.float32)
    if len(keyframes) < 2:
        raise ConfigError(f"{len(keyframes)} keyframes: a walk needs two or more")
    if not 1 <= request.frames <= 600:
        raise ConfigError(f"frames = {request.frames}: choose 1 to 600 between two keyframes")
    loaded = open_latents(request.source)
    ends = np.concatenate([keyframes, keyframes[:1]]) if request.is_closed else keyframes
    latents = walk(ends, request.frames, request.blend)
    classes = _repeated(request.class_index, len(latents))
    pixels = _decoded(loaded, latents, classes, None, context).pixels
    return LatentPath(latents, pixels, np.linalg.norm(latents, axis=1).astype(np.float32))


def places(count: int, reach: float, is_inverse_cdf: bool) -> NDArray[np.float32]:
    """Return `count` places on an axis, smallest first.

    Evenly over +-`reach`, or so that equal shares of the unit Gaussian lie between neighbours
    (Kingma and Welling 2014, appendix A), times `reach` / 3.
    """
    if not is_inverse_cdf:
        return np.linspace(-reach, reach, count, dtype=np.float32)
    shares = (np.arange(count) + 0.5) / count
    gaussian = NormalDist()
    return np.array([gaussian.inv_cdf(share) * reach / 3 for share in shares], np.float32)


def walk(keyframes: Floats, frames: int, blend: Blend) -> Floats:
    """Return codes (F, Z) from each keyframe (K, Z) to the next, and the last one itself."""
    shares = np.asarray(np.arange(frames) / frames, np.float32)
    parts = [_between(one, two, shares, blend) for one, two in pairwise(keyframes)]
    return np.concatenate([*parts, keyframes[-1:]]).astype(np.float32)


def _between(one: Floats, two: Floats, shares: Floats, blend: Blend) -> Floats:
    t = shares[:, None]
    straight = (1 - t) * one + t * two
    if blend == "lerp":
        return np.asarray(straight, np.float32)
    lengths = np.linalg.norm(one), np.linalg.norm(two)
    if min(lengths) == 0:
        return np.asarray(straight, np.float32)
    cosine = float(np.clip(one @ two / (lengths[0] * lengths[1]), -1, 1))
    angle = np.arccos(cosine)
    # In one line, or opposite: there is no arc, or none to prefer.
    if angle < _PARALLEL or np.pi - angle < _PARALLEL:
        return np.asarray(straight, np.float32)
    arc = np.sin((1 - t) * angle) * one / lengths[0] + np.sin(t * angle) * two / lengths[1]
    length = (1 - t) * lengths[0] + t * lengths[1]
    return np.asarray(length * arc / np.sin(angle), np.float32)


def as_sheet(pixels: Pixels, columns: int) -> Pixels:
    """Lay pictures (N, H, W, 3) out without gaps, so many a row; black where there is none."""
    count, height, width = pixels.shape[:3]
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width, 3), np.uint8)
    sheet[:count] = pixels
    cells = sheet.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(cells).reshape(rows * height, columns * width, 3)


def _decoded(
    loaded: Loaded,
    latents: Floats,
    classes: NDArray[Any] | None,
    columns: int | None,
    context: TaskContext,
) -> DecodedPictures:
    loaded.check_codes(latents)
    parts, seconds = [], 0.0
    for start in range(0, max(1, len(latents)), _BATCH):
        context.raise_if_cancelled()
        part = slice(start, start + _BATCH)
        begun_s = time.perf_counter()
        told = None if classes is None else classes[part]
        parts.append(loaded.decode(latents[part], told))
        seconds += time.perf_counter() - begun_s
    pixels = np.concatenate(parts)
    if columns is not None:
        pixels = as_sheet(pixels, columns)[None]
    return DecodedPictures(np.asarray(latents, np.float32), pixels, seconds * 1000)


def _repeated(class_index: int | None, count: int) -> NDArray[np.int64] | None:
    return None if class_index is None else np.full(count, class_index, np.int64)


def _check_grid(count: int, reach: float) -> None:
    if not 1 <= count <= _LARGEST_COUNT or not 0 < reach <= _LARGEST_REACH:
        raise ConfigError(
            f"count = {count}, reach = {reach:g}: choose 1 to {_LARGEST_COUNT} pictures a side, "
            f"and a reach up to {_LARGEST_REACH:g}"
        )
