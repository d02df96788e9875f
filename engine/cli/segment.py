"""`segment`: finds the class of every pixel of pictures."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from engine.api.errors import PictureError, StorageError
from engine.api.parameters import from_words
from engine.api.pictures import LoadPicture, Picture
from engine.api.segmentation import (
    MeasureAreas,
    SaveSegmentation,
    Segment,
    SegmentationResult,
    SegmentedPicture,
)
from engine.api.tasks import TaskContext
from engine.api.wording import one_line
from engine.cli.command import DONE, FAILED, Command, add_assignments, print_json, say
from engine.core.registry import MODELS
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--model", required=True, metavar="KEY", help="see the command models")
    parser.add_argument(
        "--weights", metavar="W", help="a name, a run folder or a file; the default if left out"
    )
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda:0 or mps")
    add_assignments(parser, "size=full for large pictures in tiles of tile_px, which overlap")
    parser.add_argument("--json", action="store_true", help="print data instead of text")
    parser.add_argument(
        "--save", type=Path, metavar="DIR", help="class masks and overlays, both PNG"
    )


def run(options: Namespace, context: TaskContext) -> int:
    """Segment, print and save; a picture that fails costs only itself and the exit code."""
    from engine.inference.saved_segmentations import as_data, free_stem

    config = from_words(MODELS.card(options.model).options_type, dict(options.set))
    found: list[SegmentedPicture] = []
    taken: set[str] = set()
    failures = 0
    for path in options.pictures:
        context.raise_if_cancelled()
        try:
            picture: Picture = execute(LoadPicture(path), context)
            result = _segmented(options, config, picture, context)
        except PictureError as error:
            say(str(error))
            failures += 1
            continue
        saved: tuple[Path, ...] = ()
        if options.save:
            stem = free_stem(path, taken)
            saved = _saved(SaveSegmentation(result, picture.pixels, options.save, stem), context)
            failures += not saved
        if result.note:
            say(f"{path}: {result.note}")
        shares = execute(MeasureAreas(result), context)
        size = (picture.width, picture.height)
        found.append(SegmentedPicture(path, *size, shares, result.milliseconds, saved))
        weights = result.weights
    if options.json:
        about = {"model": options.model, "weights": weights} if found else {"model": options.model}
        print_json({**about, "images": [as_data(each) for each in found]})
    else:
        sys.stdout.write("".join(_as_text(each) for each in found))
    return FAILED if failures else DONE


def _saved(request: SaveSegmentation, context: TaskContext) -> tuple[Path, ...]:
    """Return the files written; says why there are none where that is not possible."""
    try:
        saved: tuple[Path, ...] = execute(request, context)
    except StorageError as error:
        say(str(error))
        return ()
    return saved


def _segmented(
    options: Namespace, config: Any, picture: Picture, context: TaskContext
) -> SegmentationResult:
    request = Segment(options.model, picture.pixels, config, options.weights, options.device)
    result: SegmentationResult = execute(request, context)
    return result


def _as_text(picture: SegmentedPicture) -> str:
    size = f"{picture.width} x {picture.height} px, {picture.milliseconds:.0f} ms"
    lines = [f"{one_line(str(picture.file))} ({size})"]
    shares = sorted(picture.shares.items(), key=lambda pair: -pair[1])
    lines += [f"    {share:6.1%}  {name}" for name, share in shares if share > 0]
    return "\n".join(lines) + "\n"


COMMAND = Command("segment", "Find the class of every pixel of pictures.", add_arguments, run)
