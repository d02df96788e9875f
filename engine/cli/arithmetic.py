"""`arithmetic`: A - B + C with the codes of three pictures."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from engine.api.latent import DecodedPictures, DecodeLatents, combine
from engine.api.tasks import TaskContext
from engine.cli.command import DONE, Command, print_json
from engine.cli.latent_work import (
    add_model_arguments,
    encode_files,
    facts_of,
    save_pictures,
    source_of,
)
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    for name in "abc":
        parser.add_argument(name, type=Path, metavar=name.upper(), help="a picture")
    add_model_arguments(parser)
    parser.add_argument(
        "--save",
        type=Path,
        required=True,
        metavar="FILE",
        help="A, B, C and the result side by side, or .npz of the result",
    )
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Encode the three, add and subtract, decode, save."""
    facts = facts_of(options, context)
    found = encode_files(options, [options.a, options.b, options.c], context)
    code = combine(*found.latents)[None]
    classes = None if found.class_indices is None else found.class_indices[:1]
    result: DecodedPictures = execute(DecodeLatents(source_of(options), code, classes), context)
    if options.save.suffix.lower() == ".npz":
        save_pictures(options.save, result.pixels, code, facts.channels)
    else:
        row = np.concatenate([found.reconstructions, result.pixels])
        save_pictures(options.save, row, np.concatenate([found.latents, code]), facts.channels)
    if options.json:
        print_json(
            {
                "model": options.model,
                "weights": facts.weights,
                "latent": code[0],
                "mse": found.errors,
                "file": options.save,
            }
        )
    else:
        sys.stdout.write(
            f"{options.a.name} - {options.b.name} + {options.c.name}: {options.save}\n"
        )
    return DONE


COMMAND = Command("arithmetic", "A - B + C with pictures", add_arguments, run)
