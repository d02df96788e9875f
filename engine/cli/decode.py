"""`decode`: pictures of codes in a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from engine.api.latent import DecodedPictures, DecodeLatents
from engine.api.tasks import TaskContext
from engine.cli.command import DONE, Command, print_json
from engine.cli.latent_work import (
    add_class_argument,
    add_model_arguments,
    class_index,
    facts_of,
    save_pictures,
    source_of,
)
from engine.data.code_files import read_codes
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "codes", type=Path, metavar="FILE", help=".npz, .npy or JSON, as `encode` writes them"
    )
    add_model_arguments(parser)
    add_class_argument(parser)
    parser.add_argument(
        "--save", type=Path, required=True, metavar="FILE", help="a picture, or .npz for raw ones"
    )
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Decode and save."""
    facts = facts_of(options, context)
    codes, classes = read_codes(options.codes)
    asked = class_index(options, facts)
    if asked is not None:
        classes = np.full(len(codes), asked, np.int64)
    found: DecodedPictures = execute(DecodeLatents(source_of(options), codes, classes), context)
    save_pictures(options.save, found.pixels, found.latents, facts.channels)
    if options.json:
        print_json(
            {
                "model": options.model,
                "weights": facts.weights,
                "count": len(codes),
                "ms": found.milliseconds,
                "file": options.save,
            }
        )
    else:
        sys.stdout.write(f"{len(codes)} pictures by {facts.weights} in {options.save}\n")
    return DONE


COMMAND = Command("decode", "make pictures of codes", add_arguments, run)
