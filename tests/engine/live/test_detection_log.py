"""Logs of detections, written, read again, and turned into COCO."""

import contextlib
import errno
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from engine.api.detection import Detections
from engine.api.errors import DatasetError, StorageError
from engine.api.live_analysis import (
    AnalysisConfig,
    CountingLine,
    ExportLog,
    FilmPlace,
    FrameAnalysis,
    LineCounts,
    TrackedDetections,
    Zone,
    ZoneCounts,
)
from engine.api.tasks import TaskCancelled, TaskContext
from engine.data.formats.coco_results import read_results
from engine.live.analysis import FrameAnalyser
from engine.live.detection_log import DetectionLog, export_coco, read_log
from engine.live.partial_file import PartialFile
from tests.engine.live import crossing_scene as scene

GATE = CountingLine("gate", (0.5, 0.1), (0.5, 0.9))
CORNER = Zone("corner", ((0.0, 0.0), (0.4, 0.0), (0.4, 0.2)))


def line_with(**values: str) -> str:
    """A line of a log whose values are written as JSON, some of them replaced."""
    sound = {"frame": "0", "time_s": "0", "width": "1", "height": "1", "detections": "[]"}
    return "{" + ", ".join(f'"{name}": {text}' for name, text in (sound | values).items()) + "}"


def box_with(score: str = "0.5", corner: str = "9", number: str = "1") -> str:
    """A row of detections written as JSON."""
    return f'[{{"id": {number}, "label": "a", "score": {score}, "box": [1, 2, 8, {corner}]}}]'


def street(frames: int = 40) -> list[FrameAnalysis]:
    analyser = FrameAnalyser(AnalysisConfig(lines=(GATE,), zones=(CORNER,)))
    random = np.random.default_rng(3)
    return [
        analyser.update(
            scene.detect(scene.frame(scene.STREET, n / 10), random),
            n / 10,
            scene.WIDTH,
            scene.HEIGHT,
        )
        for n in range(frames)
    ]


def written(analyses: list[FrameAnalysis], path: Path, **more: object) -> Path:
    log = DetectionLog(path)
    for analysis in analyses:
        log.add(analysis, **more)
    report = log.close()
    assert (report.path, report.frames, report.problem) == (path, len(analyses), "")
    return path


def test_a_log_is_read_as_it_was_written(tmp_path):
    analyses = street()
    path = written(analyses, tmp_path / "log.jsonl", shares={"road": 0.25})
    frames = list(read_log(path))
    assert [frame.number for frame in frames] == list(range(40))
    for frame, analysis in zip(frames, analyses, strict=True):
        found, was = frame.tracked.detections, analysis.tracked.detections
        np.testing.assert_array_equal(found.boxes_xyxy, was.boxes_xyxy)
        np.testing.assert_array_equal(found.scores, was.scores)
        np.testing.assert_array_equal(frame.tracked.ids, analysis.tracked.ids)
        assert found.labels == was.labels
        assert (frame.width, frame.height) == (320, 240)
        assert frame.time_s == pytest.approx(analysis.time_s, abs=1e-6)
        assert frame.zones == analysis.zones
        assert frame.lines == analysis.lines
        assert frame.shares == {"road": 0.25}
    assert frames[-1].lines == (LineCounts("gate", *_expected()),)


def _expected() -> tuple[dict[str, int], dict[str, int]]:
    return scene.CROSSED_TO_THE_RIGHT, scene.CROSSED_TO_THE_LEFT


def test_each_frame_is_one_line_of_json_that_says_what_is_there(tmp_path):
    found = Detections.of([[1, 2, 3.5, 4], [5, 6, 7, 8]], [0.75, 0.1], ("Straße", "car"))
    analysis = FrameAnalysis(
        AnalysisConfig(),
        1.5,
        64,
        48,
        TrackedDetections(found, np.array([7, 0])),
        zones=(ZoneCounts("door", {"car": 1}, {"car": 3}),),
    )
    empty = FrameAnalysis(
        AnalysisConfig(),
        2.0,
        64,
        48,
        TrackedDetections(found.take(np.array([], int)), np.array([], int)),
    )
    lines = written([analysis, empty], tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "frame": 0,
            "time_s": 1.5,
            "width": 64,
            "height": 48,
            "detections": [
                {"id": 7, "label": "Straße", "score": 0.75, "box": [1, 2, 3.5, 4]},
                {"label": "car", "score": 0.1, "box": [5, 6, 7, 8]},
            ],
            "zones": [{"name": "door", "inside": {"car": 1}, "visitors": {"car": 3}}],
        },
        {"frame": 1, "time_s": 2.0, "width": 64, "height": 48, "detections": []},
    ]


def test_lines_are_on_the_disk_as_soon_as_they_are_added(tmp_path):
    log = DetectionLog(tmp_path / "log.jsonl")
    for number, analysis in enumerate(street(3), 1):
        log.add(analysis)
        assert len(list(read_log(tmp_path / "log.part.jsonl"))) == number


def test_a_line_that_a_crash_has_cut_is_left_out(tmp_path):
    path = written(street(5), tmp_path / "log.jsonl")
    path.write_bytes(path.read_bytes()[:-20])
    assert [frame.number for frame in read_log(path)] == [0, 1, 2, 3]


def test_a_line_says_which_picture_of_both_films_it_belongs_to(tmp_path):
    (analysis,) = street(1)
    place = FilmPlace(12, 0.48)
    source = written([analysis], tmp_path / "log.jsonl", recorded=place, source_frame=30)
    (frame,) = read_log(source)
    assert (frame.recorded, frame.source_frame) == (place, 30)
    target = export_coco(ExportLog(source, tmp_path / "coco.json"), TaskContext(lambda _: None))
    (image,) = json.loads(target.read_text(encoding="utf-8"))["images"]
    assert image["recorded_frame"] == 12
    (older,) = read_log(written([analysis], tmp_path / "older.jsonl"))
    assert (older.recorded, older.source_frame) == (None, None)


def test_a_log_without_a_frame_leaves_no_file(tmp_path):
    assert DetectionLog(tmp_path / "log.jsonl").close().path is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [100, 3000])
def test_on_a_full_disk_there_is_one_message_and_whole_lines(tmp_path, room):
    class Disk(PartialFile):
        def _put(self, data: memoryview) -> int:
            fitting = min(len(data), room - self.tell())
            if fitting <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super()._put(data[:fitting])

    log = DetectionLog(tmp_path / "log.jsonl", Disk)
    messages = []
    for analysis in street(20):
        try:
            log.add(analysis)
        except StorageError as error:
            messages.append(str(error))
    report = log.close()
    assert messages == [report.problem]
    assert "full" in report.problem
    if room == 100:
        assert (report.path, list(tmp_path.iterdir())) == (None, [])
    else:
        assert len(list(read_log(report.path))) == report.frames > 3
        assert report.path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        "nonsense",
        line_with(detections="[{}]"),
        line_with(frame="1e400"),
        line_with(time_s="9" * 400),
        line_with(width="-Infinity"),
        line_with(detections=box_with(score="NaN")),
        line_with(detections=box_with(corner="1e39")),
        line_with(detections=box_with(number="9" * 20)),
    ],
)
def test_a_line_that_is_none_of_a_log_is_named(tmp_path, line):
    path = written(street(2), tmp_path / "log.jsonl")
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DatasetError, match="line 3"):
        list(read_log(path))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match="gone"):
        list(read_log(tmp_path / "gone.jsonl"))


def test_a_pipe_or_device_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(DatasetError, match="pipe or device"):
            list(read_log(path))


def test_a_log_becomes_coco_that_pycocotools_reads(tmp_path):
    analyses = street()
    source = written(analyses, tmp_path / "street.jsonl")
    target = export_coco(ExportLog(source, tmp_path / "coco.json"), TaskContext(lambda _: None))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(target))
    assert {entry["id"]: entry["name"] for entry in coco.loadCats(coco.getCatIds())} == {
        1: "car",
        2: "person",
    }
    assert len(coco.getImgIds()) == 40
    image = coco.loadImgs([21])[0]
    assert image["file_name"] == "street-000020.jpg"
    assert image["time_s"] == pytest.approx(2.0)
    entries = coco.loadAnns(coco.getAnnIds(imgIds=[21]))
    tracked = analyses[20].tracked
    names = {1: "car", 2: "person"}
    assert [names[entry["category_id"]] for entry in entries] == list(tracked.detections.labels)
    assert [entry.get("track_id", 0) for entry in entries] == tracked.ids.tolist()
    for entry, box in zip(entries, tracked.detections.boxes_xyxy.tolist(), strict=True):
        x, y, width, height = entry["bbox"]
        assert [x, y, x + width, y + height] == pytest.approx(box)


def test_the_program_reads_its_own_coco(tmp_path):
    analyses = street()
    source = written(analyses, tmp_path / "street.jsonl")
    target = export_coco(ExportLog(source, tmp_path / "coco.json"), TaskContext(lambda _: None))
    found = read_results(target)["street-000020.jpg"]
    np.testing.assert_allclose(found.scores, analyses[20].tracked.detections.scores)
    assert found.labels == analyses[20].tracked.detections.labels


def test_an_export_that_is_cancelled_writes_nothing(tmp_path):
    source = written(street(3), tmp_path / "street.jsonl")
    context = TaskContext(lambda _: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        export_coco(ExportLog(source, tmp_path / "coco.json"), context)
    assert not (tmp_path / "coco.json").exists()
