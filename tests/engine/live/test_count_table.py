"""Counts as a table, read back by the csv module."""

import csv

from engine.api.detection import Detections
from engine.api.live_analysis import (
    AnalysisConfig,
    ExportCounts,
    FrameAnalysis,
    LineCounts,
    TrackedDetections,
    ZoneCounts,
)
from engine.api.tasks import TaskContext
from engine.service import execute


def test_each_class_of_each_line_and_zone_is_a_row_and_nothing_counted_is_zero(tmp_path):
    import numpy as np

    nothing = TrackedDetections(Detections.of([], [], ()), np.zeros(0, np.int64))
    analysis = FrameAnalysis(
        AnalysisConfig(),
        1.0,
        64,
        48,
        nothing,
        zones=(ZoneCounts('Door, "left"', {"face": 1}, {"face": 4, "dog": 2}), ZoneCounts("Empty")),
        lines=(LineCounts("Gate", {"face": 3}, {"dog": 5}),),
    )
    target = tmp_path / "counts.csv"
    assert execute(ExportCounts(analysis, target), TaskContext(lambda progress: None)) == target
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["kind", "name", "class", "in", "out", "inside", "so far"],
        ["line", "Gate", "dog", "0", "5", "", ""],
        ["line", "Gate", "face", "3", "0", "", ""],
        ["zone", 'Door, "left"', "dog", "", "", "0", "2"],
        ["zone", 'Door, "left"', "face", "", "", "1", "4"],
        ["zone", "Empty", "", "", "", "0", "0"],
    ]
