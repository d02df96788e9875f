"""A log of what was found on each frame: JSON Lines, one line a frame, and COCO made of it.

A line is `{"frame", "time_s", "source_frame", "recorded": {"frame", "time_s"}, "width", "height",
"detections": [{"id", "label", "score", "box"}], "zones": [{"name", "inside", "visitors"}],
"lines": [{"name", "in", "out"}], "shares"}`; the last three only where there are any, `id` only of
what is followed. `frame` counts lines; `time_s` and `source_frame` are of the film that was
played, without `source_frame` of a camera or stream; `recorded` is the place in the MP4 that was
written beside the log. Boxes are x1, y1, x2, y2 in pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.detection import Detections
from engine.api.errors import DatasetError, StorageError
from engine.api.live_analysis import (
    NOT_FOLLOWED,
    ExportLog,
    FilmPlace,
    FrameAnalysis,
    LineCounts,
    LoggedFrame,
    LogReport,
    TrackedDetections,
    ZoneCounts,
)
from engine.api.regular_files import open_regular
from engine.api.tasks import TaskContext
from engine.core.json_text import parse_json
from engine.data.formats.coco_results import write_results
from engine.data.formats.text_files import as_number
from engine.inference.saved_detections import FoundOn, coco_document
from engine.live.partial_file import PartialFile, reason_of

_MOST_BYTES, _LONGEST_LINE = 64 << 30, 64 << 20
_NO_CLASS = "__background__"  # at index 0, so that categories are numbered from 1


class DetectionLog:
    """Writes a line for each frame; until it is closed the log is `NAME.part.jsonl`."""

    def __init__(
        self, target: Path, open_file: Callable[[Path], PartialFile] = PartialFile
    ) -> None:
        """Prepare a log; nothing is written before the first frame."""
        self._target = target
        self._open_file = open_file
        self._file: PartialFile | None = None
        self._frames = 0
        self._report: LogReport | None = None

    def add(
        self,
        analysis: FrameAnalysis,
        shares: Mapping[str, float] | None = None,
        recorded: FilmPlace | None = None,
        source_frame: int | None = None,
    ) -> None:
        """Write the line of one frame; nothing happens once the log has ended.

        Args:
            shares: part of the frame by class, where it was segmented.
            recorded: where the film beside the log shows it.
            source_frame: its number in the film that is played.

        Raises:
            StorageError: the log cannot go on, as on a full disk. Raised once; the lines before
                are there.
        """
        if self._report is not None:
            return
        data = _as_data(self._frames, analysis, shares or {}, recorded, source_frame)
        line = json.dumps(data, ensure_ascii=False)
        whole = 0
        try:
            if self._file is None:
                self._file = self._open_file(self._target)
            whole = self._file.tell()
            self._file.write(line.encode() + b"\n")
        except StorageError as error:
            self._report = LogReport(None, 0, str(error))
            raise
        except OSError as error:
            raise StorageError(self._give_up(whole, error).problem) from error
        self._frames += 1

    def close(self) -> LogReport:
        """End the log and give it its name; what went wrong is told in the report."""
        if self._report is None:
            path = None if self._file is None else self._file.finish()
            is_there = path in (None, self._target)
            problem = "" if is_there else f"{self._target.name} is in use; the log is {path}"
            self._report = LogReport(path, self._frames, problem)
        return self._report

    def _give_up(self, whole: int, error: OSError) -> LogReport:
        """Keep the whole lines."""
        assert self._file is not None
        problem = f"{self._target.name} ends after frame {self._frames}: {reason_of(error)}"
        if self._frames:
            self._file.cut(whole)
            self._report = LogReport(self._file.finish(), self._frames, problem)
        else:
            self._file.discard()
            self._report = LogReport(None, 0, problem)
        return self._report


def read_log(path: Path) -> Iterator[LoggedFrame]:
    """Yield the frames of a log; a last line that a crash has cut is left out.

    Raises:
        DatasetError: the file cannot be read, or a line is none of a log; it names the line.
    """
    try:
        stream = open_regular(path, _MOST_BYTES)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}); choose a log") from error
    with stream:
        # Not by iteration: a line without an end would be read until memory is full.
        for number, line in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), 1):
            if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
                return
            try:
                yield _from_data(parse_json(line))
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                raise DatasetError(
                    f"{path}: line {number} is no frame of a log ({error}); choose another file"
                ) from error


def export_coco(request: ExportLog, context: TaskContext) -> Path:
    """Write a log as a COCO document with scores; frames are called `STEM-000000.jpg` and so on.

    Images have `time_s` and `recorded_frame`, the number in the film beside the log, beside what
    COCO asks for, annotations of what is followed `track_id`.

    Raises:
        DatasetError: as `read_log`.
        StorageError: the target cannot be written.
        TaskCancelled: between two frames; nothing is written then.
    """
    frames = []
    for frame in read_log(request.source):
        context.raise_if_cancelled()
        frames.append(frame)
    names = sorted({label for frame in frames for label in frame.tracked.detections.labels})
    categories = (_NO_CLASS, *names)
    stem = request.source.stem
    document = coco_document([_found_on(frame, stem, categories) for frame in frames])
    for image, frame in zip(document["images"], frames, strict=True):
        image["time_s"] = frame.time_s
        if frame.recorded is not None:
            image["recorded_frame"] = frame.recorded.frame
    ids = [each for frame in frames for each in frame.tracked.ids.tolist()]
    for annotation, identifier in zip(document["annotations"], ids, strict=True):
        if identifier != NOT_FOLLOWED:
            annotation["track_id"] = identifier
    known = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    write_results(request.target, {**document, "categories": known})
    return request.target


def _found_on(frame: LoggedFrame, stem: str, categories: tuple[str, ...]) -> FoundOn:
    found = frame.tracked.detections
    numbers = np.array([categories.index(label) for label in found.labels], np.int64)
    found = Detections(found.boxes_xyxy, found.scores, numbers, categories)
    return FoundOn(f"{stem}-{frame.number:06d}.jpg", frame.width, frame.height, found)


def _as_data(
    number: int,
    analysis: FrameAnalysis,
    shares: Mapping[str, float],
    recorded: FilmPlace | None,
    source_frame: int | None,
) -> dict[str, Any]:
    data: dict[str, Any] = {"frame": number, "time_s": round(analysis.time_s, 6)}
    if source_frame is not None:
        data["source_frame"] = source_frame
    if recorded is not None:
        data["recorded"] = {"frame": recorded.frame, "time_s": round(recorded.time_s, 6)}
    data |= {
        "width": analysis.width,
        "height": analysis.height,
        "detections": _rows(analysis.tracked),
    }
    if analysis.zones:
        data["zones"] = [
            {"name": each.name, "inside": dict(each.inside), "visitors": dict(each.visitors)}
            for each in analysis.zones
        ]
    if analysis.lines:
        data["lines"] = [
            {"name": each.name, "in": dict(each.crossed_in), "out": dict(each.crossed_out)}
            for each in analysis.lines
        ]
    if shares:
        data["shares"] = {name: round(share, 6) for name, share in shares.items()}
    return data


def _rows(tracked: TrackedDetections) -> list[dict[str, Any]]:
    found = tracked.detections
    columns = zip(
        tracked.ids.tolist(),
        found.labels,
        found.scores,
        found.boxes_xyxy,
        strict=True,
    )
    return [
        ({"id": identifier} if identifier != NOT_FOLLOWED else {})
        | {"label": label, "score": _short(score), "box": [_short(value) for value in box]}
        for identifier, label, score, box in columns
    ]


def _short(value: np.float32) -> float:
    """The shortest number that is the same in single precision."""
    return float(str(value))


def _single(value: Any) -> float:
    """Return a finite number that is one in single precision too; ValueError for others."""
    number = as_number(value)
    if abs(number) > float(np.finfo(np.float32).max):
        raise ValueError(f"{number:g} is no number of single precision")
    return number


def _from_data(data: Mapping[str, Any]) -> LoggedFrame:
    rows = data["detections"]
    found = Detections.of(
        [[_single(value) for value in row["box"]] for row in rows],
        [_single(row["score"]) for row in rows],
        tuple(str(row["label"]) for row in rows),
    )
    ids = np.array([row.get("id", NOT_FOLLOWED) for row in rows], np.int64)
    return LoggedFrame(
        number=_whole(data["frame"]),
        time_s=as_number(data["time_s"]),
        width=_whole(data["width"]),
        height=_whole(data["height"]),
        tracked=TrackedDetections(found, ids, frozenset(ids.tolist()) - {NOT_FOLLOWED}),
        zones=tuple(
            ZoneCounts(str(each["name"]), dict(each["inside"]), dict(each["visitors"]))
            for each in data.get("zones", ())
        ),
        lines=tuple(
            LineCounts(str(each["name"]), dict(each["in"]), dict(each["out"]))
            for each in data.get("lines", ())
        ),
        shares=dict(data.get("shares", {})),
        source_frame=_whole(data["source_frame"]) if "source_frame" in data else None,
        recorded=_place(data["recorded"]) if "recorded" in data else None,
    )


def _place(data: Mapping[str, Any]) -> FilmPlace:
    return FilmPlace(_whole(data["frame"]), as_number(data["time_s"]))


def _whole(value: Any) -> int:
    return int(as_number(value))
