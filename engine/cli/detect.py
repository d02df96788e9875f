"""`detect`: finds objects on pictures."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.detection import (
    Detect,
    DetectionResult,
    SaveDetections,
    Suppress,
    Suppressed,
    SuppressionConfig,
)
from engine.api.errors import PictureError, StorageError
from engine.api.models import ModelCard
from engine.api.parameters import from_words
from engine.api.pictures import LoadPicture, Picture
from engine.api.tasks import TaskContext
from engine.api.wording import one_line
from engine.cli.command import DONE, FAILED, Command, add_assignments, print_json, say
from engine.core.files import fitting
from engine.core.registry import MODELS
from engine.service import execute

if TYPE_CHECKING:
    from engine.inference.saved_detections import FoundOn


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--model", required=True, metavar="KEY", help="see the command models")
    parser.add_argument("--weights", metavar="W", help="a name or a file; the default if left out")
    parser.add_argument("--score", type=float, metavar="S", help="drop boxes that score less")
    parser.add_argument("--iou", type=float, metavar="T", help="drop boxes that overlap more")
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda:0 or mps")
    add_assignments(parser, "an option of the model; may be given several times")
    parser.add_argument("--json", action="store_true", help="print data instead of text")
    parser.add_argument("--save", type=Path, metavar="DIR", help="pictures and detections.json")


def run(options: Namespace, context: TaskContext) -> int:
    """Find, print and save; a picture that fails costs only itself and the exit code."""
    from engine.inference.saved_detections import as_data

    card = MODELS.card(options.model)
    config = from_words(card.options_type, dict(options.set))
    suppression = _suppression(options, card)
    found: list[FoundOn] = []
    taken: set[str] = set()
    failures = 0
    for path in options.pictures:
        context.raise_if_cancelled()
        try:
            picture: Picture = execute(LoadPicture(path), context)
        except PictureError as error:
            say(str(error))
            failures += 1
            continue
        found.append(_detect(options, config, suppression, picture, context))
        if options.save:
            target = options.save / _free_name(path, taken)
            failures += not _is_saved(found[-1], picture, target, context)
    if options.save:
        _save_document(options.save / "detections.json", found)
    if options.json:
        print_json({"model": card.key, "images": [as_data(each) for each in found]})
    else:
        sys.stdout.write("".join(_as_text(each) for each in found))
    return FAILED if failures else DONE


def _is_saved(found: FoundOn, picture: Picture, target: Path, context: TaskContext) -> bool:
    """Save one picture with its boxes; says why where that is not possible."""
    try:
        request = SaveDetections(found.detections, picture.pixels, Path(found.file).name, target)
        execute(request, context)
    except StorageError as error:
        say(str(error))
        return False
    return True


def _suppression(options: Namespace, card: ModelCard) -> SuppressionConfig:
    return SuppressionConfig(
        score_threshold=card.default_score if options.score is None else options.score,
        iou_threshold=card.default_iou if options.iou is None else options.iou,
    )


def _detect(
    options: Namespace,
    config: Any,
    suppression: SuppressionConfig,
    picture: Picture,
    context: TaskContext,
) -> FoundOn:
    from engine.inference.saved_detections import FoundOn

    request = Detect(options.model, picture.pixels, config, options.weights, options.device)
    result: DetectionResult = execute(request, context)
    kept: Suppressed = execute(Suppress(result.raw, suppression), context)
    name = str(picture.path)
    return FoundOn(name, picture.width, picture.height, kept.detections, result.milliseconds)


def _save_document(target: Path, found: list[FoundOn]) -> None:
    """Write COCO; pictures have their names alone where those tell them apart."""
    from engine.data.formats.coco_results import write_results
    from engine.inference.saved_detections import coco_document

    names = Counter(Path(each.file).name for each in found)
    renamed = [
        replace(each, file=name) if names[name] == 1 else each
        for each, name in ((each, Path(each.file).name) for each in found)
    ]
    write_results(target, coco_document(renamed))


def _free_name(picture: Path, taken: set[str]) -> str:
    """A name that no other picture of this run has taken, `cat-detections.png`."""
    number, ending = 1, "-detections.png"
    while (name := fitting(picture.stem, ending)).lower() in taken:
        number += 1
        ending = f"-detections-{number}.png"
    taken.add(name.lower())
    return name


def _as_text(found: FoundOn) -> str:
    count = len(found.detections)
    objects = f"{count} object{'' if count == 1 else 's'}"
    size = f"{found.width} x {found.height} px, {found.milliseconds:.0f} ms"
    lines = [f"{one_line(found.file)}: {objects} ({size})"]
    rows = zip(
        found.detections.scores.tolist(),
        found.detections.labels,
        found.detections.boxes_xyxy.tolist(),
        strict=True,
    )
    for score, label, box in rows:
        corners = " ".join(f"{value:.0f}" for value in box)
        lines.append(f"    {score:.2f}  {label}  {corners}")
    return "\n".join(lines) + "\n"


COMMAND = Command("detect", "Find objects on pictures.", add_arguments, run)
