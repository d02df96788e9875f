"""`evaluate`: scores of a model, or of boxes made elsewhere, on data with ground truth."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any

from engine.api.detection_scores import DetectionScores, ScoreDetections
from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.training import Evaluate, EvaluationResult
from engine.cli.command import DONE, Command, print_json
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--model", metavar="KEY", help="`models` lists them")
    parser.add_argument(
        "--detections",
        type=Path,
        metavar="FILE",
        help="in place of a model: boxes as COCO results, or as `detect --json` prints them",
    )
    parser.add_argument(
        "--weights", metavar="W", help="a name from `models`, a run folder, or a file of a run"
    )
    parser.add_argument("--data", metavar="PATH|NAME", required=True)
    parser.add_argument("--format", metavar="KEY", help="layout of the folder, if not recognised")
    parser.add_argument("--split", metavar="S", help="train, validation, test or all")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--batch-size", type=int, default=32, metavar="N")
    parser.add_argument("--download", action="store_true", help="fetch a data set that is missing")
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Score, and print the scores."""
    if options.model is None and options.detections is None:
        raise ConfigError("give --model KEY, or --detections FILE with boxes made elsewhere")
    if options.detections is not None or _finds_boxes(options.model):
        return _score_boxes(options, context)
    result: EvaluationResult = execute(
        Evaluate(
            model_key=options.model,
            data=options.data,
            weights=options.weights,
            format=options.format,
            split=options.split,
            device=options.device,
            batch_size=options.batch_size,
            may_download=options.download,
        ),
        context,
    )
    if options.json:
        print_json(_present(result))
        return DONE
    sys.stdout.write(_as_text(result))
    return DONE


def _finds_boxes(key: str) -> bool:
    from engine.core.registry import MODELS

    return MODELS.card(key).task == "detection"


def _score_boxes(options: Namespace, context: TaskContext) -> int:
    scores: DetectionScores = execute(
        ScoreDetections(
            data=options.data,
            model_key=options.model or "",
            detections=options.detections,
            weights=options.weights,
            format=options.format,
            split=options.split,
            device=options.device,
            may_download=options.download,
        ),
        context,
    )
    if options.json:
        print_json(_boxes_as_data(scores))
        return DONE
    sys.stdout.write(_boxes_as_text(scores))
    return DONE


def _boxes_as_data(scores: DetectionScores) -> dict[str, Any]:
    threshold = scores.best_threshold()
    counts = scores.at(threshold)
    return {
        "model": scores.model,
        "weights": scores.weights,
        "data": scores.data,
        "split": scores.split,
        "images": len(scores.files),
        **scores.numbers,
        "per_class": dict(scores.per_class),
        "per_class_50": dict(scores.per_class_50),
        "best_f1": {
            "threshold": threshold,
            "precision": counts.precision,
            "recall": counts.recall,
            "f1": counts.f1,
        },
        "errors": scores.errors_at(threshold),
        "milliseconds": scores.milliseconds,
        "protocol": scores.protocol,
        "notes": list(scores.notes),
    }


def _boxes_as_text(scores: DetectionScores) -> str:
    threshold = scores.best_threshold()
    counts = scores.at(threshold)
    lines = [
        f"{scores.model or 'boxes'} ({scores.weights}) on {scores.data}, "
        f"{len(scores.files)} pictures",
        scores.protocol,
        *(f"note: {note}" for note in scores.notes),
    ]
    named: list[tuple[str, float | None]] = list(scores.numbers.items())
    named += [(f"AP of {name}", value) for name, value in scores.per_class.items()]
    lines += [f"{name:>16} {'-' if v is None else format(v, '8.4f')}" for name, v in named]
    lines.append(
        f"best F1 {counts.f1:.4f} at a score of {threshold:.4g}: precision {counts.precision:.4f}, "
        f"recall {counts.recall:.4f}"
    )
    errors = scores.errors_at(threshold).items()
    lines.append("mistakes there: " + ", ".join(f"{count} {kind}" for kind, count in errors))
    return "\n".join(lines) + "\n"


def _as_text(result: EvaluationResult) -> str:
    lines = [
        f"{result.model} ({result.weights}) on {result.data}, {result.images} pictures",
        result.protocol,
    ]
    scores = {name: v for name, v in _present(result).items() if isinstance(v, float)}
    for name, score in {**scores, **(result.per_class or {})}.items():
        lines.append(f"{name:>16} {'-' if score is None else format(score, '8.4f')}")
    return "\n".join(lines) + "\n"


def _present(result: EvaluationResult) -> dict[str, Any]:
    """Return the fields that the task has."""
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    values |= values.pop("numbers")
    return {name: value for name, value in values.items() if value is not None and value != ()}


COMMAND = Command("evaluate", "score a model on data with ground truth", add_arguments, run)
