"""`encode`: the codes of picture files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.wording import one_line
from engine.cli.command import DONE, Command, print_json
from engine.cli.latent_work import add_model_arguments, encode_files, facts_of
from engine.core.files import write_with


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    add_model_arguments(parser)
    parser.add_argument("--save", type=Path, metavar="FILE", help=".npz of codes and pictures")
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Encode, save, print."""
    facts = facts_of(options, context)
    found = encode_files(options, options.pictures, context)
    if options.save:
        arrays: dict[str, Any] = {
            "latents": found.latents,
            "errors": found.errors,
            "images": found.inputs,
            "reconstructions": found.reconstructions,
            "files": np.array([str(path) for path in options.pictures]),
        }
        if found.class_indices is not None:
            arrays["class_indices"] = found.class_indices
        write_with(options.save, lambda stream: np.savez_compressed(stream, **arrays))
    rows = list(zip(options.pictures, found.latents, found.errors.tolist(), strict=True))
    if options.json:
        images = [{"file": path, "latent": code, "mse": error} for path, code, error in rows]
        print_json({"model": options.model, "weights": facts.weights, "images": images})
        return DONE
    for path, code, error in rows:
        numbers = " ".join(f"{value:.3f}" for value in code)
        sys.stdout.write(f"{one_line(str(path))}: mse {error:.5f}\n    {numbers}\n")
    return DONE


COMMAND = Command("encode", "find the codes of pictures", add_arguments, run)
