"""Running pictures: where they come from, what is made of each, and how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter, validate

ADDRESS_SCHEMES = ("http", "https", "rtsp", "rtsps")

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".ogv", ".ts"}
    | {".mjpeg", ".mjpg"}
)
"""What is offered in a file dialogue; the content decides."""

Pacing = Literal["time", "every-frame"]
"""True to time, frames left out when late; or each frame once, as fast as it is worked on."""

_SECRET = re.compile("pass|pwd|pw$|token|key|secret|auth|sig|user|login", re.IGNORECASE)
"""Names of parameters in an address whose values are nobody else's business."""

SourceState = Literal["opening", "running", "paused", "lost", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class CameraSource(Parameters):
    """A camera; one that is pulled out is waited for.

    Attributes:
        name: as `ListCameras` gave it; found again by it where the numbers have changed.
        backend: OpenCV's name of the system's interface, `V4L2` say; tried first if given.
    """

    index: int = parameter(0, low=0, high=1000, note="number of the camera")
    name: str = ""
    backend: str = ""
    width_px: int | None = parameter(None, low=16, high=8192, unit="px", note="asked for")
    height_px: int | None = parameter(None, low=16, high=8192, unit="px", note="asked for")

    @property
    def title(self) -> str:
        """What people read."""
        return self.name or f"Camera {self.index}"


@dataclass(frozen=True, slots=True)
class VideoFileSource:
    """A film on the disk; it can be sought in, stepped, played at any speed and in a circle."""

    path: Path

    @property
    def title(self) -> str:
        """What people read."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class PictureFolderSource(Parameters):
    """The pictures of a folder one after the other, in natural order of their names."""

    folder: Path
    frames_per_second: float = parameter(2.0, low=0.05, high=60.0, note="pictures a second")

    @property
    def title(self) -> str:
        """What people read."""
        return self.folder.name or str(self.folder)


@dataclass(frozen=True, slots=True)
class NetworkSource:
    """A stream or film at an RTSP or HTTP address; one that breaks off is called up again.

    Attributes:
        address: may hold a name and password, which `title` leaves out.
        patience_s: silence for longer counts as lost.
    """

    address: str
    patience_s: float = parameter(1.5, low=0.1, high=60.0, unit="s", note="longest silence")

    def __post_init__(self) -> None:
        validate(self)
        try:
            parts = urlsplit(self.address)
            is_address = parts.scheme.lower() in ADDRESS_SCHEMES and bool(parts.hostname)
            _ = parts.port  # a password with a slash in it reads as a port that is no number
        except ValueError:
            is_address = False
        if not is_address:
            raise ConfigError(
                f"{self.title!r} is no address of a stream; write http://HOST/PATH or "
                "rtsp://HOST/PATH"
            )

    @property
    def title(self) -> str:
        """What people read: the address without name and password."""
        scheme, separator, rest = self.address.partition("://")
        place, slash, path = rest.partition("/")
        return scheme + separator + place.rpartition("@")[2] + slash + path

    @property
    def address_without_secrets(self) -> str:
        """The address as it may be stored: `title` without parameters that look like a password."""
        address, mark, query = self.title.partition("?")
        kept = [part for part in query.split("&") if not _SECRET.search(part.partition("=")[0])]
        return address + mark + "&".join(kept) if any(kept) else address


@dataclass(frozen=True, slots=True)
class MovingSceneSource(Parameters):
    """A drawn scene in which shapes, walking people and a face move; the same for a seed."""

    seed: int = parameter(0, low=0, high=2**31 - 1, note="another scene for each")
    width_px: int = parameter(640, low=64, high=4096, unit="px", note="of the picture")
    height_px: int = parameter(480, low=64, high=4096, unit="px", note="of the picture")
    object_count: int = parameter(6, low=1, high=50, note="how many things move")
    frames_per_second: float = parameter(30.0, low=1.0, high=240.0, note="frames a second")
    title: ClassVar[str] = "Moving scene"


LiveSource = (
    CameraSource | VideoFileSource | PictureFolderSource | NetworkSource | MovingSceneSource
)


@dataclass(frozen=True, slots=True)
class ListCameras:
    """Ask which cameras there are, without opening one; answers `tuple[CameraSource, ...]`."""

    caption: ClassVar[str] = "Looking for cameras"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source.

    Attributes:
        pixels: RGB uint8 (H, W, 3), upright, read-only; the size may change from one to the next.
        number: how many were read before it in this run, those left out too.
        time_s: its place in the film; of a camera or stream, since the first frame of the run.
        captured_s: when it arrived, by the clock of the run.
        number_in_film: how many pictures of the film come before it, by the film's average rate;
            None of a camera or stream.
    """

    pixels: NDArray[np.uint8]
    number: int
    time_s: float
    captured_s: float
    number_in_film: int | None = None

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class LiveResult:
    """A frame and what was found on it.

    Attributes:
        answer: of the step that was at work; None where no model is chosen or it failed.
        milliseconds: the step alone.
        finished_s: when it was done, by the clock of the run.
    """

    frame: Frame
    answer: Any
    milliseconds: float
    finished_s: float


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A change of what the source does.

    Attributes:
        message: one line for a banner; empty while all is well.
        size: width and height in pixels, with `running`.
        duration_s: length of a film; None where there is no end or none is known.
        attempt: with `lost`, how many times it has failed in a row.
        retry_in_s: with `lost`, the pause before the next attempt.
    """

    state: SourceState
    message: str = ""
    size: tuple[int, int] | None = None
    duration_s: float | None = None
    attempt: int = 0
    retry_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A change of the model at work; until `ready` the one before it goes on.

    Attributes:
        state: `failed` while it loads leaves the one before it at work; `stopped` means that it
            failed on a frame, and frames pass without an answer until another is chosen.
    """

    state: Literal["loading", "ready", "failed", "stopped"]
    message: str = ""


LiveEvent = SourceEvent | ModelEvent


@dataclass(frozen=True, slots=True)
class Latency:
    """How old frames are, in milliseconds: half of them at most p50, 95 in 100 at most p95."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class LiveStatistics:
    """How a run goes. `read` is `processed` + `dropped` + those on their way.

    Attributes:
        read: frames that the source gave.
        processed: those that were worked on.
        dropped: those left out, because they were late or a newer one came first.
        displayed: those shown.
        losses: how many times the source was lost.
        source_fps: frames a second that the source gives; likewise the other two.
        latency: from arrival to the answer; None where there was none lately.
        display_latency: from arrival to the screen; None where nothing is shown.
    """

    read: int
    processed: int
    dropped: int
    displayed: int
    losses: int
    source_fps: float
    inference_fps: float
    display_fps: float
    latency: Latency | None
    display_latency: Latency | None


@dataclass(frozen=True, slots=True, eq=False)
class LastMinute:
    """Curves over the last minute, one value a second, all of one length N; NaN where none is.

    Attributes:
        ages_s: how long ago each second began, the oldest first, (N,).
        source_fps: frames of that second, (N,); likewise the other two.
        latency_ms: median from arrival to the answer, (N,).
    """

    ages_s: NDArray[np.float64]
    source_fps: NDArray[np.float64]
    inference_fps: NDArray[np.float64]
    display_fps: NDArray[np.float64]
    latency_ms: NDArray[np.float64]
