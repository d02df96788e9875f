"""Pictures one after the other as a film: GIF by Pillow, MP4 by PyAV."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import ConfigError
from engine.core.files import atomic_write

Frames = NDArray[np.uint8]

_GIF_TICK_MS = 10  # times in a GIF are whole hundredths of a second
_SIDE_RANGE_PX = (16, 2048)


def save_animation(frames: Frames, target: Path, frames_per_second: int, side_px: int) -> Path:
    """Write frames (F, H, W, 3) as `.gif` or `.mp4`; returns the path.

    Small pictures are enlarged by whole numbers, without blur, until the shorter side has about
    `side_px` pixels. A GIF runs forever.

    Raises:
        ConfigError: another ending, no frames, or a value out of range.
        StorageError: the file cannot be written.
    """
    low, high = _SIDE_RANGE_PX
    if not len(frames) or not 1 <= frames_per_second <= 60 or not low <= side_px <= high:
        raise ConfigError(
            f"{len(frames)} frames at {frames_per_second} a second, {side_px} px: a film needs a "
            f"frame, 1 to 60 a second and {low} to {high} px"
        )
    writers = {".gif": _write_gif, ".mp4": _write_mp4}
    write = writers.get(target.suffix.lower())
    if write is None:
        raise ConfigError(f"{target.name}: films are written as .gif or .mp4; choose one of them")
    factor = max(1, round(side_px / min(frames.shape[1:3])))
    large = frames.repeat(factor, axis=1).repeat(factor, axis=2)
    with atomic_write(target) as stream:
        write(stream, large, frames_per_second)
    return target


def _write_gif(stream: IO[bytes], frames: Frames, frames_per_second: int) -> None:
    # Rounding each time to hundredths would run 60 frames a second too fast or too slow: the
    # rounded moments are exact in the long run.
    moments = np.round(np.arange(len(frames) + 1) * (1000 / frames_per_second) / _GIF_TICK_MS)
    durations = [int(d) for d in np.maximum(1, np.diff(moments)) * _GIF_TICK_MS]
    pictures = [Image.fromarray(frame) for frame in frames]
    pictures[0].save(
        stream,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=durations,
        loop=0,
    )


def _write_mp4(stream: IO[bytes], frames: Frames, frames_per_second: int) -> None:
    import av

    # The common kind of MP4 halves colours: sides have to be even.
    height, width = (side - side % 2 for side in frames.shape[1:3])
    with av.open(stream, "w", format="mp4") as container:
        film = container.add_stream("libx264", rate=frames_per_second)
        film.width, film.height = width, height
        film.pix_fmt = "yuv420p"
        film.options = {"crf": "16", "preset": "medium"}
        for frame in frames:
            cut = np.ascontiguousarray(frame[:height, :width])
            container.mux(film.encode(av.VideoFrame.from_ndarray(cut, format="rgb24")))
        container.mux(film.encode(None))
