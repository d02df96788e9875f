"""`trace`: the steps of an algorithm as data or as text."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detect, DetectionResult, Detections, ReadBoxes
from engine.api.parameters import describe, from_words
from engine.api.pictures import LoadPicture, Picture
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, ListTraces, Mark, Step, Tile, Tiles, Trace, TraceCard
from engine.cli.command import (
    DONE,
    WRONG_USAGE,
    Command,
    add_assignments,
    print_json,
    say,
    to_plain,
)
from engine.core.registry import MODELS
from engine.service import execute

SHORTHANDS = {"score": "score_threshold", "iou": "iou_threshold"}
SYMBOLS = {
    r"\cap": "\N{INTERSECTION}",
    r"\cup": "\N{UNION}",
    r"\mu": "\N{GREEK SMALL LETTER MU}",
    r"\epsilon": "\N{GREEK SMALL LETTER EPSILON}",
    r"\lambda": "\N{GREEK SMALL LETTER LAMDA}",
    r"\theta": "\N{GREEK SMALL LETTER THETA}",
    r"\partial": "\N{PARTIAL DIFFERENTIAL}",
    r"\sum": "\N{N-ARY SUMMATION}",
    r"\cdot": "\N{MIDDLE DOT}",
    r"\times": "\N{MULTIPLICATION SIGN}",
    r"\approx": "\N{ALMOST EQUAL TO}",
    r"\log": "log ",
    r"\tanh": "tanh ",
    r"\eta": "\N{GREEK SMALL LETTER ETA}",
    r"\prod": "\N{N-ARY PRODUCT}",
    r"\sim": "\N{TILDE OPERATOR}",
    r"\to": "\N{RIGHTWARDS ARROW}",
    r"\leftarrow": "\N{LEFTWARDS ARROW}",
    r"\Rightarrow": "\N{RIGHTWARDS DOUBLE ARROW}",
    r"\neq": "\N{NOT EQUAL TO}",
    r"\ldots": "\N{HORIZONTAL ELLIPSIS}",
    r"\sigma": "\N{GREEK SMALL LETTER SIGMA}",
    r"\leq": "\N{LESS-THAN OR EQUAL TO}",
    r"\geq": "\N{GREATER-THAN OR EQUAL TO}",
    r"\in": "\N{ELEMENT OF}",
    r"\max": "max ",
    r"\lfloor": "\N{LEFT FLOOR}",
    r"\rfloor": "\N{RIGHT FLOOR}",
    r"\lceil": "\N{LEFT CEILING}",
    r"\rceil": "\N{RIGHT CEILING}",
}
ACCENTS = {
    r"\tilde": "\N{COMBINING TILDE}",
    r"\hat": "\N{COMBINING CIRCUMFLEX ACCENT}",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments; the help lists the topics with their parameters."""
    topics: tuple[TraceCard, ...] = execute(ListTraces(), TaskContext(lambda _: None))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "topics:\n" + "\n".join(_topic_help(card) for card in topics)
    parser.add_argument("picture", nargs="?", type=Path, metavar="PICTURE")
    parser.add_argument("--topic", required=True, metavar="NAME", help="one of those below")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--boxes", type=Path, metavar="FILE", help="boxes to start from: COCO results"
    )
    source.add_argument("--model", metavar="KEY", help="a detector that finds boxes on PICTURE")
    parser.add_argument("--weights", metavar="W", help="a name or a file, for --model")
    add_assignments(parser, "a parameter of the topic; may be given several times")
    parser.add_argument("--score", metavar="S", help="short for --set score_threshold=S")
    parser.add_argument("--iou", metavar="T", help="short for --set iou_threshold=T")
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def _topic_help(card: TraceCard) -> str:
    lines = [f"  {card.key}  {card.summary} Needs {card.needs}."]
    for parameter in describe(card.config_type):
        kind = "|".join(parameter.choices) or parameter.kind.__name__
        lines.append(f"      {parameter.name}={parameter.default}  {kind}, {parameter.note}")
    return "\n".join(lines)


def run(options: Namespace, context: TaskContext) -> int:
    """Print the steps of the topic."""
    cards = {card.key: card for card in execute(ListTraces(), context)}
    card: TraceCard | None = cards.get(options.topic)
    missing = _missing(options, card)
    if missing:
        say(f"trace: {missing}")
        return WRONG_USAGE
    words = dict(options.set)
    words |= {
        field: getattr(options, short)
        for short, field in SHORTHANDS.items()
        if getattr(options, short) is not None
    }
    pixels = _pixels(options.picture, context)
    detections: Detections | None = None
    if options.boxes is not None:
        name = options.picture.name if options.picture else None
        detections = execute(ReadBoxes(options.boxes, name), context)
    elif options.model and pixels is not None:
        detections = _detect(options, pixels, context)
        words = _defaults(options.model, card) | words
    config = from_words(card.config_type, words) if card else None
    trace: Trace = execute(BuildTrace(options.topic, config, pixels, detections), context)
    (_print_data if options.json else _print_text)(trace, context)
    return DONE


def _missing(options: Namespace, card: TraceCard | None) -> str:
    """Name what the topic needs and was not given."""
    if options.model and options.picture is None:
        return "--model needs a PICTURE to look at"
    if options.weights and not options.model:
        return "--weights belongs to --model, which is not given"
    if card and card.needs == "detections" and not (options.boxes or options.model):
        return f"topic {card.key} needs boxes: give --boxes FILE, or a PICTURE with --model KEY"
    if card and card.needs == "picture" and options.picture is None:
        return f"topic {card.key} needs a PICTURE"
    return ""


def _pixels(path: Path | None, context: TaskContext) -> NDArray[np.uint8] | None:
    if path is None:
        return None
    picture: Picture = execute(LoadPicture(path), context)
    return picture.pixels


def _detect(options: Namespace, pixels: NDArray[np.uint8], context: TaskContext) -> Detections:
    request = Detect(options.model, pixels, weights=options.weights)
    found: DetectionResult = execute(request, context)
    return found.raw


def _defaults(model_key: str, card: TraceCard | None) -> dict[str, str]:
    """Thresholds that suit the scores of this model."""
    model = MODELS.card(model_key)
    fields = {parameter.name for parameter in describe(card.config_type)} if card else set()
    suited = {"score_threshold": model.default_score, "iou_threshold": model.default_iou}
    return {name: str(value) for name, value in suited.items() if name in fields}


def mark_as_data(mark: Mark | Tile) -> dict[str, Any]:
    """Return a mark's fields with its kind in front: BoxesMark is `boxes`, HeatTile `heat`.

    The rows of tiles have tiles, or inner tiles with rows of their own.
    """
    if isinstance(mark, Tiles):
        rows = [[mark_as_data(entry) for entry in row] for row in mark.rows]
        return {"kind": "tiles", "rows": rows, "arrows": to_plain(mark.arrows), "wraps": mark.wraps}
    kind = re.sub("Mark$|Tile$", "", type(mark).__name__).lower()
    data = {"kind": kind, **to_plain(mark)}
    if isinstance(mark, Tile):
        data["marks"] = [mark_as_data(one) for one in mark.marks]
    return data


def _step_as_data(step: Step) -> dict[str, Any]:
    marks = [mark_as_data(mark) for mark in step.marks]
    return {"title": step.title, "text": step.text, "formula": step.formula, "marks": marks}


def _print_data(trace: Trace, context: TaskContext) -> None:
    """Write step by step: a thousand steps with a thousand rows each do not fit in memory."""
    sys.stdout.write(f'{{"topic": {json.dumps(trace.topic)}, "steps": [')
    for index, step in enumerate(trace):
        context.raise_if_cancelled()
        context.report(index / len(trace), "steps")
        sys.stdout.write(", " if index else "")
        sys.stdout.write(json.dumps(_step_as_data(step), ensure_ascii=False))
    sys.stdout.write('], "result": ')
    sys.stdout.write(json.dumps(to_plain(trace.result), ensure_ascii=False) + "}\n")


def _print_text(trace: Trace, context: TaskContext) -> None:
    for index, step in enumerate(trace):
        context.raise_if_cancelled()
        paragraphs = [step.text, plain_formula(step.formula)]
        body = [
            textwrap.fill(text, 96, initial_indent="    ", subsequent_indent="    ")
            for text in paragraphs
            if text
        ]
        sys.stdout.write("\n".join([f"{index + 1}/{len(trace)}  {step.title}", *body]) + "\n\n")
    sys.stdout.write("result: ")
    print_json(trace.result)


def plain_formula(formula: str) -> str:
    r"""Turn mathtext into what a terminal shows: \frac{a}{b} into a/b."""
    text = formula.replace(r"\,", " ").replace("\\ ", " ")
    text = re.sub(r"\\quad *", "  ", text)
    for command, symbol in SYMBOLS.items():
        text = re.sub(re.escape(command) + "(?![A-Za-z]) ?", symbol, text)
    for command, accent in ACCENTS.items():
        text = re.sub(re.escape(command) + r"\{([^{}]*)\}", r"\1" + accent, text)
    text = re.sub(r"\\math(?:rm|bb|cal)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\sqrt\{([^{}]*)\}", "\N{SQUARE ROOT}" + r"(\1)", text)
    text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text)
    text = re.sub(r"_\{([^{}]*)\}", r"_\1", text)
    text = re.sub(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", _plain_fraction, text)
    text = re.sub(r"[{}]", "", text)
    return re.sub(r"\s*([=<>]+)\s*", r" \1 ", text)


def _plain_fraction(found: re.Match[str]) -> str:
    parts = (f"({part})" if re.search(r"[+-]", part) else part for part in found.groups())
    return "/".join(parts)


COMMAND = Command("trace", "Print the steps of an algorithm.", add_arguments, run)
