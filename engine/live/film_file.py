"""An MP4 that plays at every moment while it grows.

It grows as fragments of a second, each playable as soon as it is written, and becomes an
ordinary MP4 when it is finished: `hybrid_fragmented` in
https://ffmpeg.org/ffmpeg-formats.html, MOV/MPEG-4/ISOMBFF muxers.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.live.partial_file import PartialFile
from engine.live.video_encoders import choose_encoder

Pixels = NDArray[np.uint8]

_FLAGS = "hybrid_fragmented+frag_keyframe+empty_moov+default_base_moof"
_THREADS = 2  # the processor has a network to run as well
_BT601, _LIMITED = 6, 1  # how RGB becomes YUV here; players take large films for BT.709 else


class FilmFile:
    """Encodes frames into a partial file.

    Attributes:
        width: of the film in pixels; even, as halved colours need it.
        encoder: FFmpeg's name of what writes it.
    """

    def __init__(self, file: PartialFile, width: int, height: int, rate: int) -> None:
        """Begin a film for frames of this size.

        Raises:
            ConfigError: frames too small for a film.
            StorageError: no encoder works here.
            OSError: the file cannot be written to.
        """
        self.width, self.height = width - width % 2, height - height % 2
        if not (self.width and self.height):
            raise ConfigError(f"frames of {width} x {height} px: a film needs at least 2 x 2")
        encoder = choose_encoder(self.width, self.height, rate)
        self.encoder = encoder.name
        self._format = encoder.pixel_format
        self._source_size = (width, height)
        self._rate = rate
        self._file = file
        self._container = av.open(file, "w", format="mp4", container_options={"movflags": _FLAGS})
        stream = self._container.add_stream(encoder.name, rate=rate)
        assert isinstance(stream, VideoStream)
        self._stream = stream
        stream.width, stream.height = self.width, self.height
        stream.pix_fmt = encoder.pixel_format
        stream.options = dict(encoder.options)
        context = stream.codec_context
        context.gop_size, context.thread_count = rate, _THREADS
        context.colorspace, context.color_range = _BT601, _LIMITED

    def framed(self, pixels: Pixels) -> av.VideoFrame:
        """Return a frame as the encoder takes it, with black borders where its size is another."""
        fitting = _fitted(pixels, self._source_size)[: self.height, : self.width]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(fitting), format="rgb24")
        frame = frame.reformat(format=self._format)
        frame.colorspace, frame.color_range = _BT601, _LIMITED
        frame.time_base = Fraction(1, self._rate)
        return frame

    def write(self, frame: av.VideoFrame, tick: int) -> None:
        """Encode a frame for one tick of the rate.

        Raises:
            OSError, av.FFmpegError: it cannot be written.
        """
        frame.pts = tick
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> Path:
        """End the film; answers its path, which is the first one where the final is refused.

        Raises:
            OSError, av.FFmpegError: the end cannot be written.
        """
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._file.finish()

    def rescue(self) -> tuple[Path | None, int]:
        """Give up a film that cannot be written on, but for what plays.

        Returns:
            The path and the number of frames; None where there is no whole fragment.
        """
        if self._file.failure is None:
            self._file.failure = OSError("the film is given up")
        with suppress(OSError, av.FFmpegError):
            self._container.close()
        self._file.cut(whole_length(self._file.path))
        frames = _frames_in(self._file.path)
        if not frames:
            self._file.discard()
            return None, 0
        return self._file.finish(), frames


def whole_length(path: Path) -> int:
    """Return how many bytes of a fragmented MP4 are whole fragments."""
    whole = place = 0
    size = path.stat().st_size
    with path.open("rb") as stream:
        while place + 8 <= size:
            stream.seek(place)
            length, kind = struct.unpack(">I4s", stream.read(8))
            if length == 1:
                length = int.from_bytes(stream.read(8), "big")
            place += length
            if length < 8 or place > size:
                break
            if kind != b"moof":  # without its data it says what is not there
                whole = place
    return whole


def _frames_in(path: Path) -> int:
    try:
        with av.open(path) as container:
            return sum(packet.size > 0 for packet in container.demux(video=0))
    except (av.FFmpegError, IndexError):
        return 0


def _fitted(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale a frame into another size, in the middle, as large as goes."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    scale = min(size[0] / width, size[1] / height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(pixels, (across, down), interpolation=how)
    framed = np.zeros((size[1], size[0], 3), np.uint8)
    top, left = (size[1] - down) // 2, (size[0] - across) // 2
    framed[top : top + down, left : left + across] = scaled
    return framed
