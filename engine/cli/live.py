"""`live`: runs a model on a running picture for a while and says how it went."""

from __future__ import annotations

import queue
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from engine.api.detection import SuppressionConfig
from engine.api.errors import ConfigError, SourceError
from engine.api.live import LiveResult, LiveStatistics, ModelEvent, SourceEvent
from engine.api.live_session import (
    CloseLive,
    LiveAnswer,
    LiveModel,
    LiveRun,
    OpenLive,
    RecordingEvent,
    SessionEvent,
    SessionListener,
)
from engine.api.models import ModelCard
from engine.api.parameters import from_words
from engine.api.tasks import TaskContext
from engine.cli.command import DONE, FAILED, Command, add_assignments, print_json, say
from engine.core.registry import MODELS
from engine.data.formats.report import counted
from engine.service import execute

LOOK_S, FIRST_LOOK_S = 0.2, 0.02
FIRST_PICTURE_S = 10.0
"""A source that has given no picture by then gives none."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--source",
        required=True,
        metavar="SRC",
        help="a film, a folder, http://…, rtsp://…, camera, camera:NUMBER, scene or scene:SEED",
    )
    parser.add_argument("--model", required=True, metavar="KEY", help="see the command models")
    parser.add_argument("--weights", metavar="W", help="a name or a file; the default if left out")
    parser.add_argument("--seconds", type=_seconds, default=10.0, metavar="N")
    parser.add_argument("--score", type=float, metavar="S", help="drop boxes that score less")
    parser.add_argument("--iou", type=float, metavar="T", help="drop boxes that overlap more")
    parser.add_argument("--record", type=Path, metavar="FILE", help="an MP4 with what was found")
    parser.add_argument("--log", type=Path, metavar="FILE", help="with --record: JSON lines")
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda:0 or mps")
    parser.add_argument(
        "--runtime", choices=("auto", "eager"), default="auto", help="the fastest, or torch"
    )
    parser.add_argument(
        "--side",
        type=_side,
        metavar="PX",
        help="reduce frames to this shorter side; 0 leaves them as they are; left out: what lets "
        "the model keep up",
    )
    add_assignments(parser, "an option of the model; may be given several times")
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Run for the given time, or until a film ends."""
    from engine.live.sources import source_of

    model = _model(options)
    if options.log and not options.record:
        raise ConfigError("--log writes beside a recording; name a film with --record as well")
    events: queue.SimpleQueue[SessionEvent | BaseException] = queue.SimpleQueue()
    tally = _Tally()
    listener = SessionListener(event=events.put, result=tally.add, crashed=events.put)
    live: LiveRun = execute(OpenLive(source_of(options.source), listener), context)
    try:
        _load(live, model, events)
        if options.record:
            live.record(options.record, options.log)
        live.start()
        seconds, shortfall = _watch(live, options.seconds, events, context)
        statistics = live.statistics(is_of_all=True)
        recording = live.stop_recording()
    finally:
        execute(CloseLive(live), context)
    _print(options, statistics, seconds, tally, recording)
    return FAILED if shortfall or (recording and recording.problem) else DONE


def _model(options: Namespace) -> LiveModel:
    card: ModelCard = MODELS.card(options.model)
    words = dict(options.set)
    base = card.options_on_frames
    config = from_words(card.options_type, words, base) if card.task == "detection" else None
    if words and config is None:
        raise ConfigError(f"{card.key}: a segmenter has no options here")
    suppression = SuppressionConfig(
        score_threshold=card.default_score if options.score is None else options.score,
        iou_threshold=card.default_iou if options.iou is None else options.iou,
    )
    side_px = card.live_side_px if options.side is None else options.side or None
    return LiveModel(
        card.key, config, options.weights, suppression, side_px, options.device, options.runtime
    )


def _load(live: LiveRun, model: LiveModel, events: Any) -> None:
    """Wait until the model is there: its loading is no time of the run."""
    live.choose(model)
    while True:
        event = events.get()
        if isinstance(event, BaseException):
            raise event
        if isinstance(event, ModelEvent) and event.state == "failed":
            raise ConfigError(event.message)
        if isinstance(event, ModelEvent) and event.state == "ready":
            return


def _watch(live: LiveRun, seconds: float, events: Any, context: TaskContext) -> tuple[float, str]:
    """Wait for the end; returns how long it took, and why that was too early, if it was.

    The time counts from the first picture: a camera may take seconds to open.

    Raises:
        SourceError: the source has given no picture. One that is lost later is waited for.
    """
    begun_s, has_begun, limit_s = time.monotonic(), False, max(seconds, FIRST_PICTURE_S)
    while (gone_s := time.monotonic() - begun_s) < limit_s:
        context.raise_if_cancelled()
        if not has_begun and live.statistics(is_of_all=True).read:
            begun_s, has_begun, limit_s, gone_s = time.monotonic(), True, seconds, 0.0
        context.report(gone_s / limit_s, f"{gone_s:.0f} of {limit_s:.0f} s")
        live.hold()
        try:
            look_s = LOOK_S if has_begun else FIRST_LOOK_S
            event = events.get(timeout=max(0.0, min(look_s, limit_s - gone_s)))
        except queue.Empty:
            continue
        if isinstance(event, BaseException):
            raise event
        if isinstance(event, SourceEvent) and _is_dead(event, live):
            raise SourceError(event.message)
        message = getattr(event, "message", "") or getattr(event, "problem", "")
        if message:
            say(message)
        if isinstance(event, SourceEvent) and event.state == "ended":
            return time.monotonic() - begun_s, event.message
    if not has_begun:
        raise SourceError(f"The source has given no picture within {limit_s:g} s")
    return seconds, ""


def _is_dead(event: SourceEvent, live: LiveRun) -> bool:
    has_run = live.statistics(is_of_all=True).read > 0
    return event.state == "failed" or (event.state == "lost" and not has_run)


class _Tally:
    """Counts what was found, on the thread that finds it."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.runtime = ""

    def add(self, result: LiveResult) -> None:
        if isinstance(result.answer, LiveAnswer):
            self.found.update(result.answer.analysis.tracked.detections.labels)
            self.runtime = result.answer.runtime


def _print(
    options: Namespace,
    statistics: LiveStatistics,
    seconds: float,
    tally: _Tally,
    recording: RecordingEvent | None,
) -> None:
    film = recording.film if recording is not None else None
    if options.json:
        data = _as_json(options, statistics, seconds, tally)
        print_json(data if recording is None else data | {"recording": film})
        return
    latency = statistics.latency
    found = ", ".join(f"{name} {count}" for name, count in tally.found.most_common()) or "nothing"
    age = f"{latency.p50_ms:.0f} ms (95 %: {latency.p95_ms:.0f} ms)" if latency else "unknown"
    sys.stdout.write(
        f"{counted(statistics.read, 'frame')} read, {statistics.processed} processed, "
        f"{statistics.dropped} dropped in {seconds:.1f} s\n"
        f"source {statistics.source_fps:.1f} fps, inference {statistics.inference_fps:.1f} fps, "
        f"latency {age}\nfound: {found}\n"
    )
    if film is not None and film.path:
        sys.stdout.write(f"{film.path}: {film.frames} frames, {film.seconds:.2f} s\n")


def _as_json(
    options: Namespace, statistics: LiveStatistics, seconds: float, tally: _Tally
) -> dict[str, Any]:
    latency = statistics.latency
    return {
        "source": options.source,
        "model": options.model,
        "seconds": round(seconds, 3),
        "read": statistics.read,
        "processed": statistics.processed,
        "dropped": statistics.dropped,
        "losses": statistics.losses,
        "source_fps": round(statistics.source_fps, 3),
        "inference_fps": round(statistics.inference_fps, 3),
        "latency_ms": {
            "p50": round(latency.p50_ms, 3) if latency else None,
            "p95": round(latency.p95_ms, 3) if latency else None,
        },
        "found": dict(tally.found),
        "runtime": tally.runtime,
    }


def _side(text: str) -> int:
    if not text.isdecimal() or 0 < int(text) < 16:
        raise ArgumentTypeError(f"{text!r} is no side in pixels: 0, or 16 and more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e6:
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value


COMMAND = Command("live", "Run a model on a running picture.", add_arguments, run)
