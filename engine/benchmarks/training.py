"""The training loop against a bare PyTorch loop over the same model and data.

The bare loop has everything in memory as tensors and does nothing but learn: no log, no samples,
no checkpoints, no look at the loss. Both have the same threads: one, and on a CPU all cores too,
as a run has them; several wait for each other wherever another program takes a core.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW

from engine.api.measurements import Measurement
from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig
from engine.core.devices import core_count, resolve
from engine.data.datasets.samples import as_images, collate
from engine.losses.pixel_cross_entropy import pixel_cross_entropy
from engine.training.distributed import Group
from engine.training.loop import Loop
from engine.training.run import Run
from engine.training.run_folder import RunFolder
from engine.training.settings import trainable_card
from engine.training.start import assemble, build_model

GOAL = 0.95
ROUNDS, STEPS = 16, 8

LossOf = Callable[[Any, Tensor], Tensor]


def measure() -> list[Measurement]:
    """Train a classifier and a segmenter, in turns with the bare loop."""
    small = TrainConfig(batch_size=64, image_size=28, precision="float32")
    scenes = TrainConfig(batch_size=16, samples_per_epoch=16 * STEPS, precision="float32")
    counts = [1] if resolve("auto").type != "cpu" else sorted({1, core_count()})
    return [
        _measured(model, data, config, loss_of, threads)
        for threads in counts
        for model, data, config, loss_of in (
            ("classifier-small", "digits", small, _classification_loss),
            ("unet", "shapes", scenes, _segmentation_loss),
        )
    ]


def _classification_loss(output: Any, targets: Tensor) -> Tensor:
    return functional.cross_entropy(output.logits, targets)


def _segmentation_loss(output: Any, targets: Tensor) -> Tensor:
    return pixel_cross_entropy(output.logits, targets)


def _measured(
    model_key: str, data: str, config: TrainConfig, loss_of: LossOf, threads: int
) -> Measurement:
    card, device = trainable_card(model_key), resolve("auto")
    with tempfile.TemporaryDirectory() as temporary, _threads(threads):
        request = Train(card.key, data, Path(temporary), card.config_type(), config)
        folder = RunFolder(request.run_folder)
        run = assemble(request, folder, Group(), device)
        loop = Loop(run, TaskContext(lambda progress: None))
        folder.begin(run.settings, 0, 0, events=True)
        bare = _bare_steps(run, loss_of)
        seconds: dict[str, list[float]] = {"loop": [], "bare": []}
        turns = [("loop", loop.train_epoch), ("bare", bare)]  # the end of an epoch each time
        for _ in range(ROUNDS):
            turns.reverse()  # neither always goes first
            for name, work in turns:
                loop.position.batch = run.batches.plan.batches - STEPS
                start_s = perf_counter()
                work()
                seconds[name].append(perf_counter() - start_s)
        folder.close()
        pictures = STEPS * run.batches.plan.whole_batch
    value, reference = _speeds(pictures, seconds["loop"], seconds["bare"])
    return Measurement(
        f"training: {model_key} on {data}, {threads} thread{'' if threads == 1 else 's'}",
        value,
        reference,
        "pictures/s",
        f">= {GOAL} x the bare loop",
        value >= GOAL * reference,
    )


def _speeds(pictures: int, loop_s: list[float], bare_s: list[float]) -> tuple[float, float]:
    """Return pictures a second of the loop and of the bare loop, from slices run side by side.

    Each slice is compared with its neighbour in time, and the middle of these ratios counts:
    whatever else the machine does falls on both. Drawing slices anew, on a machine with another
    program on one of two cores, this ratio spreads by 0.03, that of the two best slices by 0.08.
    """
    ratio = median(bare / loop for loop, bare in zip(loop_s, bare_s, strict=True))
    value = pictures / median(loop_s)
    return value, value / ratio


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _bare_steps(run: Run, loss_of: LossOf) -> Callable[[], None]:
    """Return a function that trains a model of its own for as many steps."""
    dataset = run.batches.dataset
    whole: Any = collate([dataset[index] for index in range(len(dataset))])
    pixels, targets = (part.to(run.device) for part in whole)
    card = trainable_card(run.settings["model"])
    config: Any = run.objective.model.config
    model = build_model(card, config, run.device)
    optimiser = AdamW(model.parameters(), lr=run.config.learning_rate)
    plan = run.batches.plan

    def steps() -> None:
        model.train()
        order = torch.randperm(len(pixels))[: STEPS * plan.whole_batch]
        for indices in torch.split(order, plan.whole_batch):
            loss = loss_of(model(as_images(pixels[indices])), targets[indices])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
        if run.device.type == "cuda":
            torch.cuda.synchronize()

    return steps
