"""Streams and films at RTSP and HTTP addresses, MJPEG of network cameras among them."""

from __future__ import annotations

from functools import partial

from engine.api.live import NetworkSource
from engine.live.network_trouble import trouble_of
from engine.live.video_file import VideoReader

_OPENING_S = 5.0

# A playlist from the network must not make this program read files of the disk.
_PROTOCOLS = "http,https,httpproxy,tls,tcp,udp,rtp,rtsp,rtsps,crypto,data"


def open_network_stream(source: NetworkSource) -> VideoReader:
    """Call up a stream; one that tells its length is played like a film.

    Raises:
        SourceError: nobody answers, or what comes is no stream.
        SourceRefusedError: it wants a login, or another.
    """
    options = {
        "protocol_whitelist": _PROTOCOLS,
        "analyzeduration": "1000000",  # a second, not five, until the first picture
    }
    if source.address.lower().startswith("rtsp"):
        options["rtsp_transport"] = "tcp"  # whole pictures, and it passes most routers
    limits_s = (_OPENING_S, source.patience_s)
    explain = partial(trouble_of, source)
    return VideoReader(source.address, source.title, limits_s, options, explain)
