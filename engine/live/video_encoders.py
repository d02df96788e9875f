"""Which encoder writes a film on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from engine.api.errors import StorageError


@dataclass(frozen=True, slots=True)
class VideoEncoder:
    """One of FFmpeg's encoders.

    Attributes:
        name: FFmpeg's.
        options: its own, for a good picture while something else computes.
        pixel_format: what it takes; colours at half the size in all of them.
    """

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    pixel_format: str = "yuv420p"


# H.264 plays everywhere. First what is under no GPL: OpenH264, which PyAV's wheels leave out, and
# the encoders of operating systems and graphics cards, which use no processor either. x264, which
# the wheels bring, comes after them; MPEG-4 part 2 is always there.
ENCODERS = (
    VideoEncoder("libopenh264", {"rc_mode": "quality"}),
    VideoEncoder("h264_videotoolbox", {"q": "65", "realtime": "1"}),
    VideoEncoder("h264_mf", {"rate_control": "quality", "quality": "75"}, "nv12"),
    VideoEncoder("h264_nvenc", {"preset": "p4", "rc": "vbr", "cq": "21", "zerolatency": "1"}),
    VideoEncoder("h264_qsv", {"global_quality": "21", "preset": "veryfast"}, "nv12"),
    VideoEncoder("h264_amf", {"quality": "speed", "rc": "cqp", "qp_i": "21", "qp_p": "21"}, "nv12"),
    VideoEncoder("libx264", {"preset": "veryfast", "tune": "zerolatency", "crf": "20"}),
    VideoEncoder("mpeg4", {"qmin": "2", "qmax": "5"}),
)


def choose_encoder(width: int, height: int, rate: int) -> VideoEncoder:
    """Return the first encoder that can write a film of this size here.

    Raises:
        StorageError: none can.
    """
    for encoder in ENCODERS:
        if _works(encoder.name, width, height, rate):
            return encoder
    names = ", ".join(encoder.name for encoder in ENCODERS)
    raise StorageError(f"no encoder for {width} x {height} px; none of {names} works here")


@cache
def _works(name: str, width: int, height: int, rate: int) -> bool:
    """Whether an encoder is in the wheel, finds its device, and gives a packet for each frame."""
    encoder = next(each for each in ENCODERS if each.name == name)
    try:
        context = VideoCodecContext.create(name, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, encoder.pixel_format
        context.time_base, context.framerate = Fraction(1, rate), Fraction(rate)
        context.options = dict(encoder.options)
        grey = av.VideoFrame.from_ndarray(np.full((height, width, 3), 128, np.uint8), "rgb24")
        grey = grey.reformat(format=encoder.pixel_format)
        packets = 0
        for number in range(3):
            grey.pts = number
            packets += len(context.encode(grey))
        packets += len(context.encode(None))
    except (av.FFmpegError, ValueError, NotImplementedError):
        return False
    return packets == 3
