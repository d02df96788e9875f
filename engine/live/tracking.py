"""Which object is which from frame to frame: ByteTrack on the engine's detections.

Zhang et al. 2022, ByteTrack: Multi-Object Tracking by Associating Every Detection Box,
https://arxiv.org/abs/2110.06864. The implementation is that of the package trackers, where
supervision has moved it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.live_analysis import NOT_FOLLOWED, TrackedDetections, TrackingConfig

if TYPE_CHECKING:
    from trackers import ByteTrackTracker

# Steps of the motion model are in frames of this rate, as are the limits that come with it.
_REFERENCE_RATE = 30.0
_ROW = "row"


class Tracker:
    """Gives detections ids that stay with their object.

    Each class is followed by itself: a person on a bicycle never becomes the bicycle. Time
    between frames may vary.
    """

    def __init__(self, config: TrackingConfig | None) -> None:
        self._config = config
        self._numbers = count(1)
        self._classes: dict[str, _ClassTracker] = {}
        self._time_s: float | None = None
        self._clock_s = 0.0
        self._step_s = 0.0
        self._size: tuple[int, int] | None = None

    def restart(self, config: TrackingConfig | None) -> None:
        """Forget all objects and follow new ones, or nothing, in another way."""
        self._config, self._classes = config, {}

    def update(
        self, detections: Detections, time_s: float, width: int, height: int
    ) -> TrackedDetections:
        """Follow the objects into the next frame.

        After a jump back in time or another frame size nothing is where it was: all objects are
        new ones.
        """
        before_s = self._time_s
        if before_s is None or time_s < before_s or (width, height) != self._size:
            self._classes, self._clock_s, step_s = {}, time_s, 0.0
        else:
            # Of two frames of one moment the second is a little later, or it would be refused.
            self._clock_s, step_s = max(time_s, self._clock_s + 1e-3), time_s - before_s
        # A slow detector may miss a frame too. One long step is a source that was lost.
        patience_s = 2.5 * min(step_s, self._step_s)
        self._time_s, self._step_s, self._size = time_s, step_s, (width, height)
        ids = np.full(len(detections), NOT_FOLLOWED, np.int64)
        if self._config is None:
            return TrackedDetections(detections, ids)
        labels = np.array(detections.labels, object)
        for label in sorted(set(detections.labels) - set(self._classes)):
            self._classes[label] = _ClassTracker(self._config, self._numbers)
        for label, tracker in self._classes.items():
            rows = np.flatnonzero(labels == label)
            ids[rows] = tracker.update(detections, rows, self._clock_s, patience_s)
        alive = frozenset(each for tracker in self._classes.values() for each in tracker.alive)
        return TrackedDetections(detections, ids, alive)


class _ClassTracker:
    """ByteTrack for the boxes of one class."""

    def __init__(self, config: TrackingConfig, numbers: Iterator[int]) -> None:
        from trackers import ByteTrackTracker  # seconds, on the first frame that is tracked

        self._tracker: ByteTrackTracker = ByteTrackTracker(
            lost_track_buffer=round(config.lost_seconds * _REFERENCE_RATE),
            frame_rate=_REFERENCE_RATE,
            track_activation_threshold=config.start_score,
            high_conf_det_threshold=config.start_score,
            minimum_consecutive_frames=config.confirm_frames,
            minimum_iou_threshold=config.minimum_iou,
        )
        self._lost_s = config.lost_seconds
        self._numbers = numbers
        self._own: dict[int, int] = {}

    @property
    def alive(self) -> list[int]:
        return list(self._own.values())

    def update(
        self, detections: Detections, rows: NDArray[np.int64], time_s: float, patience_s: float
    ) -> NDArray[np.int64]:
        """Return the ids of the boxes in these rows, in their order."""
        import supervision

        boxes = supervision.Detections(
            xyxy=detections.boxes_xyxy[rows],
            confidence=detections.scores[rows],
            data={_ROW: np.arange(len(rows))},
        )
        self._tracker.maximum_time_without_update = max(self._lost_s, patience_s)
        found = self._tracker.update(boxes, timestamp=time_s)
        known = {track.tracker_id for track in self._tracker.tracks} - {-1}
        self._own = {each: self._own.get(each) or next(self._numbers) for each in sorted(known)}
        ids = np.full(len(rows), NOT_FOLLOWED, np.int64)
        if len(found) and found.tracker_id is not None:
            own = [self._own.get(each, NOT_FOLLOWED) for each in found.tracker_id.tolist()]
            ids[np.asarray(found.data[_ROW], np.int64)] = own
        return ids
