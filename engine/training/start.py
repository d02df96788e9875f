"""Prepares a run and carries it out: data, model, objective, folder, checkpoint, loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.api.errors import ConfigError, DatasetError, EngineError, TaskCancelled
from engine.api.models import ModelCard
from engine.api.parameters import describe
from engine.api.tasks import TaskContext
from engine.api.training import CheckRun, RunState, Train, TrainConfig, TrainReport
from engine.core.checkpoint import load_checkpoint
from engine.core.devices import core_count, resolve, thread_share
from engine.core.latent_codes import save_codes
from engine.core.latent_model import Encoder
from engine.core.registry import MODELS
from engine.core.seed import seed_everything
from engine.data.datasets.augmentation import augmentation
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, find_source, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.encoded_dataset import encode_dataset
from engine.training.batches import BatchPlan, TrainingBatches, fixed_batch, validation_batches
from engine.training.distributed import Group
from engine.training.loop import Loop
from engine.training.model_cards import CardWriter
from engine.training.objective import OBJECTIVES, ObjectiveCard, Setup
from engine.training.run import Run
from engine.training.run_folder import RunFolder, checked_settings, read_settings
from engine.training.settings import (
    as_settings,
    check_resumable,
    check_window,
    fit_to_data,
    from_settings,
    trainable_card,
)
from engine.training.start_weights import begin_with, weights_file
from engine.training.updates import chosen_precision

_RANK_SEED_STRIDE = 1_000_003
_FEW_CODES = 500


def train(request: Train, context: TaskContext) -> TrainReport:
    """Train a model; under torchrun together with the other processes.

    Raises:
        ConfigError: the request does not hold together, or the folder holds another run.
        DatasetError: the data cannot be used.
        TrainingError: the loss is no number any more, or explodes.
        DeviceError: the device is absent or out of memory.
        TaskCancelled: cancelled; everything is saved to go on with `is_resume`.
    """
    group = Group()
    device = group.choose_device(resolve(request.device))
    folder = RunFolder(request.run_folder, group.is_first)
    with group.joined(device), _threads(group):
        context.report(None, "opening the data")
        saved = _saved_state(request, group)
        request = _completed(request, folder)
        run = assemble(request, folder, group, device, is_new=saved is None)
        if saved is not None:
            check_resumable(
                checked_settings(saved.get("settings"), folder.checkpoint), run.settings
            )
        loop = Loop(run, context)
        if saved is not None:
            loop.restore(saved)
        group.agreed(0)  # everyone has read the folder before anything in it changes
        position = loop.position
        folder.begin(run.settings, position.lines, position.step, run.config.tensorboard)
        try:
            state = loop.run()
        except TaskCancelled:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, EngineError) else f"crashed: {error!r}"
            loop.reporter.set_state("failed", text)
            raise
        finally:
            folder.close()
    return _report(run, loop, state)


def check_run(request: CheckRun, context: TaskContext) -> None:
    """Look whether a run would begin.

    Raises:
        ConfigError: the settings, the model and the data do not fit; names the setting.
        DatasetError: the data cannot be used, or is not on this machine.
    """
    folder = RunFolder(request.run.run_folder)
    run = replace(_completed(request.run, folder), may_download=False)
    card, config = trainable_card(run.model_key), run.config
    assert config is not None
    objective: Any = OBJECTIVES.factory(card.objective)
    seen, _ = _opened(run, config, objective.card, card)
    context.raise_if_cancelled()
    check_window(run.augmentation, fit_to_data(run.model_config, seen.facts))
    if config.start_weights:
        weights_file(config.start_weights)


def _saved_state(request: Train, group: Group) -> dict[str, Any] | None:
    """Return what a checkpoint of the folder holds, when the run is to go on from it.

    Raises:
        ConfigError: the folder holds a run, and it was not asked to go on.
    """
    folder = RunFolder(request.run_folder)
    if request.is_resume or group.is_restarted:
        return load_checkpoint(folder.checkpoint) if os.path.isfile(folder.checkpoint) else None
    if os.path.exists(folder.checkpoint) or os.path.exists(folder.weights):
        raise ConfigError(
            f"{request.run_folder}: holds a run already; resume it (--resume), "
            "or choose another folder"
        )
    return None


def _completed(request: Train, folder: RunFolder) -> Train:
    """Fill in what the request leaves open, from the run to resume or from the model's card."""
    card = trainable_card(request.model_key)
    recipe, model_config = card.recipe or TrainConfig(), card.config_type()
    augmented = request.augmentation
    settings_file = folder.path / "config.json"
    if request.is_resume and os.path.isfile(settings_file):
        stored = from_settings(read_settings(settings_file), folder.path)
        if stored.model_key == request.model_key and stored.config is not None:
            recipe, model_config = stored.config, stored.model_config
            augmented = augmented or stored.augmentation
    return replace(
        request,
        augmentation=augmented,
        config=request.config or recipe,
        model_config=request.model_config or model_config,
    )


def assemble(
    request: Train, folder: RunFolder, group: Group, device: torch.device, is_new: bool = True
) -> Run:
    """Open the data, build the model, and put a run together; `config` and `model_config` given."""
    card = trainable_card(request.model_key)
    config = request.config
    assert config is not None
    source: Any = OBJECTIVES.factory(card.objective)
    objective_card: ObjectiveCard = source.card
    with group.first_goes_first():
        seen, scored = _opened(request, config, objective_card, card)
    model_config = fit_to_data(request.model_config, seen.facts)
    check_window(request.augmentation, model_config)
    precision = chosen_precision(config.precision, device)
    settings = as_settings(request, model_config, config)
    change = augmentation(request.augmentation or config.augment)
    model, notes = _begun(card, model_config, config, device, is_new)
    # Each process draws its own noise from here on.
    torch.manual_seed(config.seed + _RANK_SEED_STRIDE * group.rank)
    plan = BatchPlan(len(seen), config.batch_size, config.seed, group.rank, group.ranks)
    circumstances = {"device": device.type, "precision": precision, "processes": group.ranks}
    facts = (seen.facts, scored.facts)
    cards = CardWriter(folder.weights, folder.card, settings, objective_card, *facts, circumstances)
    shard = (config.batch_size, device, group.rank, group.ranks)
    setup = Setup(seen.facts, config, group.wrap, group.total, partial(_in_order, seen))
    return Run(
        objective=source(model, setup),
        config=config,
        batches=TrainingBatches(seen, plan, change, config.workers, device),
        validation=partial(validation_batches, scored, *shard),
        fixed=fixed_batch(scored, range(min(config.sample_count, len(scored))), device),
        folder=folder,
        cards=cards,
        group=group,
        device=device,
        precision=precision,
        settings=settings,
        finish=_codes_writer(request, config, card, device) if isinstance(model, Encoder) else None,
        notes=notes,
    )


def _begun(
    card: ModelCard, model_config: Any, config: TrainConfig, device: torch.device, is_new: bool
) -> tuple[nn.Module, tuple[str, ...]]:
    """Build the model, the same in every process; a new run may begin with other weights."""
    seed_everything(config.seed)
    model = build_model(card, model_config, device)
    if not config.start_weights or not is_new:
        return model, ()
    return model, (begin_with(model, config.start_weights),)


def _in_order(dataset: Dataset) -> Iterator[Any]:
    return (dataset[index] for index in range(len(dataset)))


def build_model(card: ModelCard, model_config: Any, device: torch.device) -> nn.Module:
    """Build a model on a device, channels last: there convolutions are 1.2 to 2 times as fast."""
    model: nn.Module = MODELS.build(card.key, model_config)
    return model.to(device).to(memory_format=torch.channels_last)


def needs_squares(card: ModelCard) -> bool:
    """Whether the model is built for one size of square pictures."""
    return any(field.name == "image_size" for field in describe(card.config_type))


def _opened(
    request: Train, config: TrainConfig, objective: ObjectiveCard, card: ModelCard
) -> tuple[Dataset, Dataset]:
    """Open what to train on and what to score on."""
    options = _options(request, config, card)
    seen = open_dataset(request.data, "train", objective.task, options)
    return seen, open_dataset(request.data, None, objective.task, options)


def _options(request: Train, config: TrainConfig, card: ModelCard) -> OpenOptions:
    return OpenOptions(
        format=request.format,
        samples=config.samples_per_epoch,
        may_download=request.may_download,
        preparation=Preparation(
            image_size=config.image_size,
            in_channels=config.in_channels,
            is_square=needs_squares(card),
        ),
    )


def _codes_writer(
    request: Train, config: TrainConfig, card: ModelCard, device: torch.device
) -> Callable[[nn.Module], None]:
    """Return what encodes the held-out pictures, of a small data set all, and keeps the codes."""

    def write(model: nn.Module) -> None:
        options = _options(request, config, card)
        try:
            held_out = open_dataset(request.data, None, "classification", options)
        except DatasetError:  # there are no classes: points of one colour
            held_out = open_dataset(request.data, None, "pictures", options)
        if len(held_out) < _FEW_CODES and not find_source(request.data)[0].is_endless:
            held_out = open_dataset(request.data, "all", held_out.facts.task, options)
        latents = RunFolder(request.run_folder).latents
        save_codes(latents, encode_dataset(model, held_out, device))

    return write


@contextmanager
def _threads(group: Group) -> Iterator[None]:
    """Share the cores: with other models of this program, or with the processes of the run."""
    if group.ranks == 1 and "OMP_NUM_THREADS" in os.environ:
        yield  # the person has chosen
        return
    if group.ranks == 1:
        with thread_share():
            yield
        return
    torch.set_num_threads(max(1, core_count() // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))
    yield


def _report(run: Run, loop: Loop, state: RunState) -> TrainReport:
    position = loop.position
    return TrainReport(
        run_folder=Path(run.folder.path),
        model=run.settings["model"],
        data=run.settings["data"],
        state=state,
        steps=position.step,
        epochs=position.epoch,
        metric=run.objective.card.metric,
        value=position.best,
        seconds=round(position.seconds, 2),
        weights=run.folder.weights,
        card=run.folder.card,
        notes=loop.reporter.notes,
    )
