"""What is done with the detections of a running picture: followed, counted, hidden, recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Point
from engine.api.detection import Detections
from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter

Anchor = Literal["centre", "bottom"]
PrivacyMethod = Literal["pixelate", "blur", "fill"]

OFFERED_PRIVATE_CLASSES = ("face",)
"""Classes that the interface offers to hide first."""

NOT_FOLLOWED = 0
"""Id of a detection that the tracker has not confirmed, or where nothing is tracked."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the frame in which objects are counted.

    Attributes:
        points: three or more vertices as parts of the frame's width and height, 0 to 1, so that
            a zone stays where it is when the source changes its size. Even-odd where sides cross.
    """

    name: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(set(self.points)) < 3:
            raise ConfigError(
                f"zone {self.name!r} has {len(set(self.points))} corners; draw at least 3"
            )
        _check_places(f"zone {self.name!r}", self.points)


@dataclass(frozen=True, slots=True)
class CountingLine:
    """A line whose crossings are counted by direction.

    Who walks from start to end has the side `in` at the left hand: over a line drawn from left to
    right, upwards is in and downwards is out. As in supervision's LineZone.

    Attributes:
        start: as parts of the frame's width and height, 0 to 1.
    """

    name: str
    start: Point
    end: Point

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ConfigError(
                f"line {self.name!r} has no length; drag it from one place to another"
            )
        _check_places(f"line {self.name!r}", (self.start, self.end))


def _check_places(what: str, points: tuple[Point, ...]) -> None:
    for x, y in points:
        if not (0 <= x <= 1 and 0 <= y <= 1):  # NaN fails both
            raise ConfigError(f"{what} has a corner at ({x:g}, {y:g}); keep both within 0 and 1")


@dataclass(frozen=True, slots=True)
class TrackingConfig(Parameters):
    """How detections are followed from frame to frame, by ByteTrack."""

    start_score: float = parameter(
        0.25, low=0.0, high=1.0, note="boxes that score less only go on with what is followed"
    )
    minimum_iou: float = parameter(
        0.1, low=0.01, high=0.95, note="overlap with the expected place at which a box is the same"
    )
    confirm_frames: int = parameter(
        2, low=2, high=30, unit="frames", note="in a row before an object gets its number"
    )
    lost_seconds: float = parameter(
        1.0, low=0.1, high=30.0, unit="s", note="an object unseen for longer is a new one"
    )
    trail_length: int = parameter(
        30, low=0, high=300, unit="places", note="last places that are drawn"
    )


@dataclass(frozen=True, slots=True)
class PrivacyConfig(Parameters):
    """How boxes of private classes are made unrecognisable.

    Attributes:
        hold_seconds: detectors miss a face in single frames, which would show it.
    """

    method: PrivacyMethod = parameter(
        "pixelate", note="fill leaves nothing; the others a few colours"
    )
    cells: int = parameter(
        6, low=1, high=12, unit="cells", note="left along the longer side of a box; 8 show a face"
    )
    least_cell_px: int = parameter(
        12, low=4, high=64, unit="px", note="cells of small boxes are no smaller"
    )
    margin: float = parameter(
        0.15, low=0.0, high=1.0, note="of the box's size, hidden on each side as well"
    )
    hold_seconds: float = parameter(
        0.5, low=0.0, high=5.0, unit="s", note="a box that is not found any more stays hidden"
    )
    is_outline_followed: bool = parameter(
        False, note="hide the mask alone where the detector gives one; a silhouette stays"
    )


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """Everything that is done with the detections of a frame.

    Attributes:
        tracking: None to follow nothing: no ids, no trails, no crossings.
        anchor: the place of a box that counts: its centre, or the middle of its lower side,
            where a person stands.
        shown_classes: names of detections that are kept, and of pixels that are coloured; None
            keeps all.
        private_classes: names that are hidden, shown or not.
    """

    tracking: TrackingConfig | None = TrackingConfig()
    anchor: Anchor = "centre"
    zones: tuple[Zone, ...] = ()
    lines: tuple[CountingLine, ...] = ()
    shown_classes: tuple[str, ...] | None = None
    private_classes: tuple[str, ...] = ()
    privacy: PrivacyConfig = PrivacyConfig()


@dataclass(frozen=True, slots=True, eq=False)
class TrackedDetections:
    """Detections with the number of the object that each shows.

    Attributes:
        ids: (N,) int64, from 1, never given twice; `NOT_FOLLOWED` where there is none yet.
        alive: all ids that may come back, those out of sight among them.
    """

    detections: Detections
    ids: NDArray[np.int64]
    alive: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.ids.shape != (len(self.detections),):
            raise ValueError(f"{len(self.detections)} detections, ids {self.ids.shape}")
        self.ids.flags.writeable = False

    def __len__(self) -> int:
        return len(self.detections)


@dataclass(frozen=True, slots=True)
class ZoneCounts:
    """Objects of a zone by class.

    Attributes:
        inside: now, followed or not.
        visitors: different ids that have been inside since counting began.
    """

    name: str
    inside: Mapping[str, int] = field(default_factory=dict)
    visitors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Crossings of a line by class and direction since counting began."""

    name: str
    crossed_in: Mapping[str, int] = field(default_factory=dict)
    crossed_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnalysis:
    """What is known about one frame.

    Attributes:
        time_s: when it was taken, on the clock of its source.
        width: of the frame, in pixels.
        tracked: detections of the shown classes.
        trails: last places by id, (P, 2) float32 in pixels of this frame, newest last.
        zones: counts in the order of `config.zones`.
    """

    config: AnalysisConfig
    time_s: float
    width: int
    height: int
    tracked: TrackedDetections
    trails: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    zones: tuple[ZoneCounts, ...] = ()
    lines: tuple[LineCounts, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingConfig(Parameters):
    """How a running picture is written as a film."""

    frames_per_second: int = parameter(
        25, low=1, high=60, unit="frames/s", note="of the film, whatever the source gives"
    )


@dataclass(frozen=True, slots=True, eq=False)
class ExportCounts:
    """Write the counts of all lines and zones as CSV; answers the target."""

    analysis: FrameAnalysis
    target: Path

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Writing {self.target.name}"


@dataclass(frozen=True, slots=True)
class FilmPlace:
    """A place in a film that is recorded.

    Attributes:
        frame: number of the picture, from 0.
    """

    frame: int
    time_s: float


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """What became of a recording.

    Attributes:
        path: the film; None where no frame came.
        seconds: its duration, equal to the time that was recorded.
        encoder: FFmpeg's name of what wrote it.
        problem: one line where the film ends too early, else empty.
    """

    path: Path | None
    frames: int
    seconds: float
    width: int
    height: int
    encoder: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What became of a log of detections.

    Attributes:
        path: the log, a line a frame; None where no frame came.
        problem: one line where the log ends too early, else empty.
    """

    path: Path | None
    frames: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ExportLog:
    """Turn a log of detections into a COCO document; answers the target.

    Attributes:
        source: as a recording writes it, or what a crash left of one.
    """

    source: Path
    target: Path

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Writing {self.target.name}"


@dataclass(frozen=True, slots=True, eq=False)
class LoggedFrame:
    """One line of a log of detections.

    Attributes:
        number: of the frame in the log, from 0.
        time_s: on the clock of its source: the place in a film that is played.
        source_frame: number of the picture in a film that is played, from 0; None of others.
        recorded: where the film that was recorded beside it shows this frame; None where a log
            does not tell.
        shares: part of the frame by class, 0 to 1, where it was segmented.
    """

    number: int
    time_s: float
    width: int
    height: int
    tracked: TrackedDetections
    zones: tuple[ZoneCounts, ...] = ()
    lines: tuple[LineCounts, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    source_frame: int | None = None
    recorded: FilmPlace | None = None
