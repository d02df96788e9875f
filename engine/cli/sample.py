"""`sample`: draws pictures from a model's latent space."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from engine.api.latent import LatentFacts
from engine.api.latent_pictures import SampledPictures, SampleLatents, Sampling
from engine.api.latent_space import EncodeData, LatentCloud
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
from engine.service import execute


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_model_arguments(parser)
    parser.add_argument("-n", "--count", type=int, default=64, metavar="N", help="pictures")
    add_class_argument(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="equal seeds, equal codes")
    parser.add_argument(
        "--truncation", type=float, default=1.0, metavar="T", help="below 1: nearer to the centre"
    )
    parser.add_argument(
        "--sampling",
        choices=("prior", "gaussian", "mixture"),
        help="the model's prior, or a distribution fitted to encoded pictures; the prior where "
        "there is one",
    )
    parser.add_argument(
        "--save", type=Path, required=True, metavar="FILE", help="a picture, or .npz for raw ones"
    )
    parser.add_argument("--json", action="store_true", help="print data instead of text")


def run(options: Namespace, context: TaskContext) -> int:
    """Draw, decode, and save."""
    facts = facts_of(options, context)
    fallback: Sampling = "gaussian" if facts.prior == "none" else "prior"
    sampling: Sampling = options.sampling or fallback
    cloud: LatentCloud | None = None
    if sampling != "prior":
        cloud = execute(EncodeData(source_of(options)), context)
    request = SampleLatents(
        source_of(options),
        options.count,
        class_index(options, facts),
        options.seed,
        options.truncation,
        sampling,
        None if cloud is None else cloud.latents,
    )
    found: SampledPictures = execute(request, context)
    save_pictures(
        options.save,
        found.pixels,
        found.latents,
        facts.channels,
        class_indices=found.class_indices,
    )
    if options.json:
        print_json(_as_data(options, facts, sampling, found))
    else:
        sys.stdout.write(f"{len(found.latents)} pictures by {facts.weights} in {options.save}\n")
    return DONE


def _as_data(
    options: Namespace, facts: LatentFacts, sampling: str, found: SampledPictures
) -> dict[str, object]:
    return {
        "model": options.model,
        "weights": facts.weights,
        "count": len(found.latents),
        "seed": options.seed,
        "truncation": options.truncation,
        "sampling": sampling,
        "class_indices": found.class_indices,
        "recognised": found.called,
        "file": options.save,
    }


COMMAND = Command("sample", "draw pictures from a latent space", add_arguments, run)
