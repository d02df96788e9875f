"""One frame's detections followed, filtered and counted, by a config that may change."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.api.detection import Detections
from engine.api.live_analysis import AnalysisConfig, FrameAnalysis
from engine.live.counting_lines import LineCounter, trembles_px
from engine.live.tracking import Tracker
from engine.live.trails import Trails, places_of
from engine.live.zones import ZoneCounter


def of_classes(detections: Detections, classes: Collection[str] | None) -> Detections:
    """Return the detections of these classes, in their order; all of them for None."""
    if classes is None:
        return detections
    wanted = np.array([name in classes for name in detections.categories], bool)
    return detections.take(np.flatnonzero(wanted[detections.class_indices]))


class FrameAnalyser:
    """Follows and counts through the frames of one source."""

    def __init__(self, config: AnalysisConfig) -> None:
        self._config = config
        self._tracker = Tracker(config.tracking)
        self._trails = Trails(config.tracking.trail_length if config.tracking else 0)
        self._zones = [ZoneCounter(zone) for zone in config.zones]
        self._lines = [LineCounter(line) for line in config.lines]

    @property
    def config(self) -> AnalysisConfig:
        """What is done now."""
        return self._config

    def change(self, config: AnalysisConfig) -> None:
        """Go on with another config.

        Zones and lines that are the same in both go on counting, and objects keep their ids as
        long as they are followed in the same way.
        """
        zones = {counter.zone: counter for counter in self._zones}
        lines = {counter.line: counter for counter in self._lines}
        if (config.tracking, config.anchor) != (self._config.tracking, self._config.anchor):
            # A place of another anchor is no way that anybody has gone.
            self._tracker.restart(config.tracking)
            self._trails = Trails(config.tracking.trail_length if config.tracking else 0)
        self._zones = [zones.get(zone) or ZoneCounter(zone) for zone in config.zones]
        self._lines = [lines.get(line) or LineCounter(line) for line in config.lines]
        self._config = config

    def update(
        self, detections: Detections, time_s: float, width: int, height: int
    ) -> FrameAnalysis:
        """Take in what was found on the next frame.

        Args:
            detections: after suppression, of all classes.
            time_s: when the frame was taken; a jump back begins anew with the tracks.
        """
        shown = of_classes(detections, self._config.shown_classes)
        tracked = self._tracker.update(shown, time_s, width, height)
        places = places_of(shown.boxes_xyxy, self._config.anchor, width, height)
        ids, labels, alive = tracked.ids, shown.labels, tracked.alive
        trembles = trembles_px(shown.boxes_xyxy)
        self._trails.update(ids, places, alive)
        return FrameAnalysis(
            config=self._config,
            time_s=time_s,
            width=width,
            height=height,
            tracked=tracked,
            trails=self._trails.in_pixels(width, height),
            zones=tuple(each.update(ids, labels, places, alive) for each in self._zones),
            lines=tuple(
                each.update(ids, labels, places, trembles, (width, height), alive)
                for each in self._lines
            ),
        )
