"""`evaluate`: scores of a model on a data set with ground truth."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import fields
from typing import Any

from engine.api.tasks import TaskContext
from engine.api.training import Evaluate, EvaluationResult
from engine.cli.command import DONE, Command, print_json
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--model", metavar="KEY", required=True, help="`models` lists them")
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
