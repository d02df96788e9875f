"""`interpolate`: a walk through a latent space, from picture to picture or draw to draw."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.errors import ConfigError
from engine.api.latent_pictures import Interpolate, LatentPath, SampleLatents, SaveAnimation
from engine.api.tasks import TaskContext
from engine.cli.command import DONE, Command, print_json
from engine.cli.latent_work import (
    add_class_argument,
    add_model_arguments,
    class_index,
    encode_files,
    facts_of,
    save_pictures,
    source_of,
)
from engine.service import execute

_FILMS = (".gif", ".mp4")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "pictures", nargs="*", type=Path, metavar="PICTURE", help="two or more, in order"
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--seeds", nargs="+", type=int, metavar="S", help="draws from the prior, for pictures"
    )
    add_class_argument(parser)
    parser.add_argument("--blend", choices=("lerp", "slerp"), default="slerp")
    parser.add_argument("--frames", type=int, default=12, metavar="N", help="from one to the next")
    parser.add_argument("--fps", type=int, default=12, metavar="N", help="frames a second")
    parser.add_argument("--closed", action="store_true", help="return to the first")
    parser.add_argument(
        "--save", type=Path, required=True, metavar="FILE", help=".gif, .mp4, a picture, or .npz"
    )
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Find the keyframes, walk, save."""
    facts = facts_of(options, context)
    asked = class_index(options, facts)
    request = Interpolate(
        source_of(options),
        _keyframes(options, context),
        options.frames,
        options.blend,
        options.closed,
        asked,
    )
    path: LatentPath = execute(request, context)
    if options.save.suffix.lower() in _FILMS:
        execute(SaveAnimation(path.pixels, options.save, options.fps), context)
    else:
        save_pictures(options.save, path.pixels, path.latents, facts.channels)
    if options.json:
        print_json(
            {
                "model": options.model,
                "weights": facts.weights,
                "blend": options.blend,
                "frames": len(path.latents),
                "lengths": path.lengths,
                "file": options.save,
            }
        )
    else:
        sys.stdout.write(f"{len(path.latents)} frames in {options.save}\n")
    return DONE


def _keyframes(options: Namespace, context: TaskContext) -> Any:
    if bool(options.pictures) == bool(options.seeds):
        raise ConfigError("give pictures to walk between, or --seeds; one of the two")
    if options.pictures:
        return encode_files(options, options.pictures, context).latents
    requests = [SampleLatents(source_of(options), 1, seed=seed) for seed in options.seeds]
    return np.concatenate([execute(request, context).latents for request in requests])


COMMAND = Command("interpolate", "walk through a latent space", add_arguments, run)
