"""A run of a running picture: what is chosen while it goes, and what comes of each frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.live import (
    LastMinute,
    LiveEvent,
    LiveResult,
    LiveSource,
    LiveStatistics,
    Pacing,
)
from engine.api.live_analysis import (
    AnalysisConfig,
    FrameAnalysis,
    LogReport,
    RecordingConfig,
    RecordingReport,
)
from engine.api.segmentation import SegmentationResult


@dataclass(frozen=True, slots=True)
class LiveModel:
    """What looks at each frame: a detector or a segmenter.

    Attributes:
        options: of a detector, see ModelCard; None for those of its card for running pictures.
        weights: a name, a run folder or a file; None for the default.
        suppression: thresholds of a detector; None for those of its card.
        shorter_side_px: frames are reduced to it before the model sees them; None leaves them to
            a detector as they are, and brings them to the size of a segmenter's training pictures.
        device: key of a device, or `auto`.
        runtime: `auto` takes the fastest that answers as torch does, once the size of the frames
            is known; `eager` keeps torch.
    """

    model_key: str
    options: Any = None
    weights: str | Path | None = None
    suppression: SuppressionConfig | None = None
    shorter_side_px: int | None = None
    device: str = "auto"
    runtime: Literal["auto", "eager"] = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class LiveAnswer:
    """What was made of one frame.

    Attributes:
        pixels: the frame as it may be shown and recorded, with what is private hidden.
        segmentation: of the frame; None with a detector.
        runtime: what the network ran on; empty where it has no choice.
    """

    pixels: NDArray[np.uint8]
    analysis: FrameAnalysis
    segmentation: SegmentationResult | None = None
    runtime: str = ""


@dataclass(frozen=True, slots=True)
class RecordingEvent:
    """A recording has ended: asked to, or because it could not go on.

    Attributes:
        problem: one line where it ends too early; empty otherwise.
    """

    film: RecordingReport | None
    log: LogReport | None
    problem: str = ""


SessionEvent = LiveEvent | RecordingEvent


def _nothing(thing: object) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class SessionListener:
    """Who is told what, on worker threads; none may wait.

    Attributes:
        event: of the source, the model and the recording.
        result: of each frame.
        ready: a result waits to be taken; not called again before it was.
        crashed: a bug.
    """

    event: Callable[[SessionEvent], None] = _nothing
    result: Callable[[LiveResult], None] = _nothing
    ready: Callable[[], None] = lambda: None
    crashed: Callable[[BaseException], None] = _nothing


class LivePlayback(Protocol):
    """Pause, speed and place of a source that is a film; others ignore what they cannot do."""

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""

    def play(self) -> None:
        """Go on."""

    def pause(self) -> None:
        """Stand still."""

    def step(self, pictures: int) -> None:
        """Show a picture so many further on, or back, and stand still."""

    def seek(self, time_s: float) -> None:
        """Go to a place of the film."""

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast."""

    def set_looped(self, is_looped: bool) -> None:
        """Begin again at the end."""


class LiveRun(Protocol):
    """A run, once it has been opened. All methods but `close` and `stop_recording` return at once.

    Nothing is touched before `start`, no camera lights up, and nothing is stored unless a
    recording is asked for.
    """

    @property
    def playback(self) -> LivePlayback:
        """Of a film."""

    @property
    def is_recording(self) -> bool:
        """Whether frames are stored."""

    def start(self) -> None:
        """Open the source and begin."""

    def choose(self, model: LiveModel | None) -> None:
        """Look with another model, once it is loaded; None lets frames pass as they are."""

    def change(self, config: AnalysisConfig) -> None:
        """Count, filter and hide otherwise, from the next frame on."""

    def set_options(self, options: Any) -> None:
        """Take other thresholds or options of the detector, from the next frame on.

        Args:
            options: a SuppressionConfig, or of the type that the model's card states; those of a
                model that is not at work are passed over.
        """

    def retry(self) -> None:
        """Try a lost source again now."""

    def take_result(self) -> LiveResult | None:
        """Return the newest result once; None if it was taken already."""

    def shown(self, result: LiveResult) -> None:
        """Say that a result is on the screen now."""

    def statistics(self, is_of_all: bool = False) -> LiveStatistics:
        """Return counts, with rates over the last seconds or over the whole run."""

    def last_minute(self) -> LastMinute:
        """Return the curves of the last minute."""

    def record(
        self, film: Path, log: Path | None = None, config: RecordingConfig | None = None
    ) -> None:
        """Store what is shown from now on; raises ConfigError for a film that is no `.mp4`."""

    def stop_recording(self) -> RecordingEvent | None:
        """End the recording; returns what became of it, None where there was none."""

    def hold(self) -> None:
        """Let a recording go on while no frame comes; called about once a second."""

    def close(self, timeout_s: float = 2.0) -> bool:
        """End the recording and the run; whether all threads ended in time."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenLive:
    """Prepare a run; answers `LiveRun`. Nothing is opened before its `start`."""

    source: LiveSource
    listener: SessionListener
    config: AnalysisConfig = field(default_factory=AnalysisConfig)
    pacing: Pacing = "time"
    caption: ClassVar[str] = "Preparing the run"


@dataclass(frozen=True, slots=True, eq=False)
class RunBareLoop:
    """Read a frame, let the model look at it, read the next: nothing else, on one thread.

    What a run is measured against; answers `BareLoop`. The source is read as fast as it gives,
    and begun again at its end.
    """

    source: LiveSource
    model: LiveModel
    seconds: float
    caption: ClassVar[str] = "Reading and looking, one after the other"


@dataclass(frozen=True, slots=True, eq=False)
class RunPlainLoop:
    """Find faces on a film with a few lines of OpenCV, as a person would write them.

    Answers `BareLoop`. The film is begun again at its end.
    """

    film: Path
    seconds: float
    caption: ClassVar[str] = "Reading and looking with OpenCV alone"


@dataclass(frozen=True, slots=True)
class BareLoop:
    """How fast a bare loop went.

    Attributes:
        runtime: what the network ran on; empty where it has no choice.
    """

    frames_per_second: float
    runtime: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CloseLive:
    """End a run, its recording first; answers whether all its threads ended."""

    run: LiveRun
    caption: ClassVar[str] = "Ending the run"


@dataclass(frozen=True, slots=True, eq=False)
class StopRecording:
    """End the recording of a run; the run says so by a `RecordingEvent`."""

    run: LiveRun
    caption: ClassVar[str] = "Ending the recording"


@dataclass(frozen=True, slots=True, eq=False)
class HoldRecording:
    """Let the recording of a run go on while no frame comes; asked about once a second."""

    run: LiveRun
    caption: ClassVar[str] = "Recording"


@dataclass(frozen=True, slots=True, eq=False)
class DrawFrame:
    """Draw what was found into a frame, as a recording shows it; answers RGB uint8 (H, W, 3)."""

    answer: LiveAnswer
    caption: ClassVar[str] = "Drawing the frame"
