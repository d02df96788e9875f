"""`train`: any trainable model on any data set, alone or under torchrun."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.api.augmentation import AUGMENTATION_PRESETS, AugmentationConfig
from engine.api.datasets import CheckDataset, DatasetReport
from engine.api.errors import ConfigError
from engine.api.metric_names import metric_name
from engine.api.models import ModelCard
from engine.api.parameters import describe, from_words
from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig, TrainReport
from engine.cli.command import DONE, FAILED, Command, print_json, say
from engine.service import execute

_AUGMENTATION = "augmentation."


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--model", metavar="KEY", help="what to train; `models` lists them")
    parser.add_argument("--data", metavar="PATH|NAME", help="a data set by name, or a folder")
    parser.add_argument(
        "--run",
        "--run-folder",  # torchrun takes --run for one of its own unless -- precedes the program
        metavar="DIR",
        type=Path,
        required=True,
        help="the run folder; under torchrun write -- before main.py, or --run-folder",
    )
    parser.add_argument(
        "--paper", action="store_true", help="the network at the size of its paper, not the small"
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="the same as --set epochs=N")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        dest="words",
        help="a field of the model's config or of the training's, or augmentation.FIELD of the "
        "random changes to pictures; may be repeated",
    )
    parser.add_argument("--recipe", metavar="FILE", type=Path, help="settings of another run")
    parser.add_argument("--resume", action="store_true", help="go on with the run of the folder")
    parser.add_argument("--format", metavar="KEY", help="layout of the folder, if not recognised")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--download", action="store_true", help="fetch a data set that is missing")
    parser.add_argument(
        "--check-only", action="store_true", help="look the data over and do not train"
    )
    parser.add_argument("--json", action="store_true", help="print the report as data")


def run(options: Namespace, context: TaskContext) -> int:
    """Train, and print how it ended."""
    request = _request(options)
    if options.check_only:
        return _check_data(request, options.json, context)
    with _stops_at_batch_edge(context):
        report: TrainReport = execute(request, context)
    if int(os.environ.get("RANK", "0")):
        return DONE
    if options.json:
        print_json(report)
        return DONE
    value = "not measured" if report.value is None else f"{report.value:.4g}"
    say(f"{report.state} after {report.steps:,} updates in {report.seconds:.0f} s")
    say(f"best {metric_name(report.metric)} {value}; weights in {report.weights}")
    for note in report.notes:
        say(note)
    return DONE


def _check_data(request: Train, is_json: bool, context: TaskContext) -> int:
    """Print what the data holds and what does not fit; fails where it cannot be trained on."""
    from engine.training.objective import OBJECTIVES
    from engine.training.settings import trainable_card

    objective: Any = OBJECTIVES.factory(trainable_card(request.model_key).objective)
    check = CheckDataset(
        request.data,
        objective.card.task,
        request.format,
        shown=0,
        may_download=request.may_download,
    )
    report: DatasetReport = execute(check, context)
    if is_json:
        print_json(report)
    say(report.summary)
    for finding in report.findings:
        if finding.text != report.summary:
            say(f"{finding.kind}: {finding.text}")
    return DONE if report.is_usable else FAILED


def _request(options: Namespace) -> Train:
    """Make the request: a recipe or the run to resume, changed by what is given."""
    from engine.training.run_folder import read_settings
    from engine.training.settings import from_settings, trainable_card

    stored = options.recipe
    if stored is not None and options.paper:
        raise ConfigError("--paper: the recipe says which size; give one of the two")
    if options.resume and os.path.isfile(options.run / "config.json"):
        stored = options.run / "config.json"
    if stored is not None:
        base = from_settings(read_settings(stored), options.run)
        if options.model not in (None, base.model_key):
            raise ConfigError(f"--model {options.model}: {stored} is of {base.model_key}")
    else:
        for name in ("model", "data"):
            if getattr(options, name) is None:
                raise ConfigError(f"--{name} is missing: give it, or --recipe, or --resume a run")
        card = trainable_card(options.model)
        config = card.recipe or TrainConfig()
        base = Train(card.key, options.data, options.run, _model_config(card, options), config)
    words = _parsed(options.words)
    changes = {n: words.pop(n) for n in list(words) if n.startswith(_AUGMENTATION)}
    if options.epochs is not None:
        words["epochs"] = str(options.epochs)
    model_config, config = apply_words(words, base.model_config, base.config)
    return replace(
        base,
        data=options.data or base.data,
        model_config=model_config,
        config=config,
        augmentation=_augmentation(changes, base.augmentation, config),
        is_resume=options.resume,
        device=options.device,
        format=options.format or base.format,
        may_download=options.download,
    )


def _model_config(card: ModelCard, options: Namespace) -> Any:
    if not options.paper:
        return card.config_type()
    if card.paper_config is None:
        raise ConfigError(f"--paper: {card.key} has one size; leave it out")
    return card.paper_config


def _augmentation(
    words: dict[str, str], base: AugmentationConfig | None, config: TrainConfig
) -> AugmentationConfig | None:
    """Change fields of the augmentation; those not named stay as the preset has them."""
    if not words:
        return base
    own = {name.removeprefix(_AUGMENTATION): text for name, text in words.items()}
    parsed = from_words(AugmentationConfig, own)
    values = {name: getattr(parsed, name) for name in own}
    return replace(base or AUGMENTATION_PRESETS[config.augment], **values)


def _parsed(texts: list[str]) -> dict[str, str]:
    words = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise ConfigError(f"--set {text}: expected FIELD=VALUE, such as --set seed=7")
        words[name.strip()] = value.strip()
    return words


def apply_words(words: dict[str, str], model_config: Any, config: Any) -> tuple[Any, Any]:
    """Change fields of the model's config, or else of the training's, by `field=value` texts.

    A field that both have is changed in both: the model's `image_size` follows the pictures,
    which the training's brings to size.

    Raises:
        ConfigError: a field that neither has, or a value outside its limits.
    """
    targets = {"model": model_config, "training": config}
    fields = {name: {card.name for card in describe(type(c))} for name, c in targets.items()}
    for word in words:
        if not any(word in names for names in fields.values()):
            model, training = (", ".join(sorted(names)) for names in fields.values())
            raise ConfigError(
                f"there is no field {word!r}; the model has {model}; the training has {training}"
            )
    changed = []
    for name, target in targets.items():
        own = {word: text for word, text in words.items() if word in fields[name]}
        parsed = from_words(type(target), own)
        changed.append(replace(target, **{word: getattr(parsed, word) for word in own}))
    return changed[0], changed[1]


@contextmanager
def _stops_at_batch_edge(context: TaskContext) -> Iterator[None]:
    """Let Ctrl-C, and a cluster's request to end, finish the batch and save; again: at once.

    Under torchrun signals keep their meaning: it ends the processes that are left when one died,
    and those would wait for the dead one at the edge of the batch.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        yield
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in wanted}

    def stop(number: int, frame: object) -> None:
        context.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in wanted:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


COMMAND = Command("train", "train a model on a data set", add_arguments, run)
