"""The one training loop: epochs, validation, checkpoints, pause and stop. It knows no model."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.api.errors import DeviceError, TaskCancelled, TrainingError, WeightsError
from engine.api.metric_names import metric_name
from engine.api.tasks import TaskContext
from engine.api.training import ControlCommand, RunState
from engine.core.checkpoint import load_weights, save_checkpoint
from engine.core.devices import memory_guard
from engine.core.seed import random_state, restore_random_state
from engine.data.datasets.samples import Batch, size_of
from engine.training.control import ControlFile
from engine.training.loss_watch import LossWatch, cure
from engine.training.objective import EvaluationScores, Losses
from engine.training.position import Position
from engine.training.reporter import Reporter
from engine.training.run import Run
from engine.training.updates import Updater

# The higher decision wins where processes differ.
_DECISIONS: tuple[ControlCommand | None, ...] = (None, "resume", "step", "pause", "stop")
_CANCEL = len(_DECISIONS)
# What torch was seen to raise on checkpoints with entries missing or of another kind.
_MISFITS = (RuntimeError, ValueError, LookupError, TypeError, AttributeError, OverflowError)
_PAUSE_POLL_S = 0.05
_EPOCHS_TO_JUDGE = 3
_BARELY_ABOVE = 1.1  # times what a guess would score


class Loop:
    """Trains until the last epoch, or until someone or something says stop.

    Attributes:
        position: where the run stands.
        reporter: tells everyone how it goes.
    """

    def __init__(self, run: Run, context: TaskContext) -> None:
        self._run = run
        self._config = run.config
        self._context = context
        self._optimisers = run.objective.optimisers()
        self._updater = Updater(self._optimisers, run.config, run.precision, run.device, run.group)
        self._average: AveragedModel | None = None
        if run.config.ema_decay is not None:
            make_blend: Any = get_ema_multi_avg_fn
            blend = make_blend(run.config.ema_decay)
            # With its buffers: averaged weights do not go with the newest statistics of a batch.
            self._average = AveragedModel(run.objective.model, multi_avg_fn=blend, use_buffers=True)
        self._control = ControlFile(run.folder.path)
        self._is_single_step = False
        self._last_save_s = time.monotonic()
        self._saved_update: int | None = None  # what the checkpoint of the folder is of
        self.position = Position()
        self._watch = LossWatch(self.position, 1 if run.device.type == "cpu" else 50)
        self.reporter = Reporter(run, self.position, self.total_updates, context)

    @property
    def total_updates(self) -> int:
        """Updates in the whole run, one a batch."""
        return self._config.epochs * self._run.batches.plan.batches

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what a checkpoint holds.

        Raises:
            WeightsError: something is missing in it, or is not of this run.
        """
        try:
            self._restore(saved)
        except _MISFITS as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise WeightsError(
                f"{self._run.folder.checkpoint}: does not fit this run ({reason}); "
                "begin another run, with its best weights as start_weights"
            ) from error

    def _restore(self, saved: dict[str, Any]) -> None:
        self._run.objective.model.load_state_dict(saved["model"])
        for name, optimiser in self._optimisers.items():
            optimiser.load_state_dict(saved["optimisers"][name])
        if self._average is not None:
            self._average.load_state_dict(saved["average"])
        self._run.objective.restore(saved.get("objective", {}))
        self.position.restore(saved["position"])
        self._saved_update = self.position.step
        self._updater.parts = self.position.parts
        states = saved["random"]
        # A process that the run did not have before begins its own sequence.
        if self._run.group.rank < len(states):
            restore_random_state(states[self._run.group.rank])

    def run(self) -> RunState:
        """Train; returns `finished` or `stopped`. What was reached is kept in any case.

        Raises:
            TrainingError: the loss is no number any more, or explodes.
            DeviceError: out of memory even with the batch in two parts.
            TaskCancelled: the task was cancelled; the run can be resumed.
        """
        self.reporter.set_state("running")
        if self.position.step == 0:
            self._draw_samples()
        try:
            state = self._train()
        except TaskCancelled:
            self.reporter.set_state("stopped")
            self._keep()
            raise
        except TrainingError as error:
            raise self._explained(error) from error
        self._keep()
        self._finish()
        self.reporter.set_state(state)
        return state

    def _explained(self, error: TrainingError) -> TrainingError:
        """Log what led there, and say what is left of the run and what to change."""
        if self._run.group.ranks == 1:  # elsewhere the others wait for the same update
            self.reporter.log_each(self._watch.unlogged)
        kept = []
        if self._saved_update is not None:
            kept.append(f"the checkpoint of update {self._saved_update:,}")
        if self.position.best is not None:
            kept.append(f"the best weights ({self._metric_text()})")
        left = f"kept: {' and '.join(kept)}" if kept else "nothing was saved before it"
        return TrainingError(f"{error}; {left}; {cure(self._config, self._run.precision)}")

    def _metric_text(self) -> str:
        name = metric_name(self._run.objective.card.metric)
        return f"{name} {self.position.best:.4g}"

    def _train(self) -> RunState:
        while self.position.epoch < self._config.epochs and not self._has_stalled():
            if not self.train_epoch():
                return "stopped"
            epoch = self.position.epoch + 1
            if epoch % self._config.validation_interval == 0 or epoch == self._config.epochs:
                self._validate()
                self._draw_samples()
            self.position.epoch, self.position.batch = epoch, 0
        if self._has_stalled() and self.position.epoch < self._config.epochs:
            self.reporter.note(
                f"stopped early: no better {metric_name(self._run.objective.card.metric)} "
                f"in {self.position.stale} validations"
            )
        return "finished"

    def _has_stalled(self) -> bool:
        patience = self._config.early_stopping_patience
        return patience is not None and self.position.stale >= patience

    def train_epoch(self) -> bool:
        """Train the rest of an epoch; whether to go on after it."""
        self._run.objective.model.train()
        batches = self._run.batches.plan.batches
        for batch in self._run.batches.epoch(self.position.epoch, self.position.batch):
            self._train_batch(batch, is_last=self.position.batch + 1 == batches)
            if not self._goes_on():
                return False
        return True

    def _train_batch(self, batch: Batch, is_last: bool) -> None:
        position = self.position
        rate = self._updater.set_learning_rate(position.step, self.total_updates)
        self._run.objective.progress = position.step / self.total_updates
        is_logged = is_last or (position.step + 1) % self._config.log_interval == 0
        self._updater.wants_norm = is_logged
        losses = self._learn(batch)
        if self._average is not None:
            self._average.update_parameters(self._run.objective.model)
        position.step += 1
        position.batch += 1
        self._watch.add(position.step, losses)
        if is_logged:
            self._watch.check()
            extra = {"learning_rate": rate, "gradient_norm": self._updater.gradient_norm}
            self.reporter.log_training(extra)
            self._watch.unlogged.clear()
            self.reporter.warn("loss", self._watch.warning())
        else:
            self.reporter.tick()

    def _learn(self, batch: Batch) -> Losses:
        cure = "choose a smaller batch_size or image_size, or the CPU"
        try:
            with memory_guard(self._run.device, cure):
                return self._run.objective.train_step(batch, self._updater)
        except DeviceError:
            if self._updater.parts > 1 or size_of(batch) < 2 or self._run.group.ranks > 1:
                raise
        # Out here the tensors of the attempt are gone.
        self._updater.parts = self.position.parts = 2
        self.reporter.note(
            "out of memory: each batch is now taken in two halves whose gradients add up"
        )
        with memory_guard(self._run.device, cure):
            return self._run.objective.train_step(batch, self._updater)

    def _goes_on(self) -> bool:
        """Do at the edge between two batches what was asked for; whether to go on."""
        is_due = time.monotonic() - self._last_save_s >= self._config.checkpoint_interval
        decision, is_due = self._agreed(is_due)
        if is_due:
            self._save()
        if decision == "pause" or (self._is_single_step and decision != "stop"):
            return self._pause()
        if decision == "step":
            self._is_single_step = True
        return decision != "stop"

    def _pause(self) -> bool:
        self._is_single_step = False
        self._save()
        self.reporter.set_state("paused")
        decision: ControlCommand | None = None
        while decision in (None, "pause"):
            time.sleep(_PAUSE_POLL_S)
            decision, _ = self._agreed(False)
        self._is_single_step = decision == "step"
        if decision != "stop":
            self.reporter.set_state("running")
        return decision != "stop"

    def _agreed(self, is_due: bool) -> tuple[ControlCommand | None, bool]:
        """Return what the processes together decide, and whether a checkpoint is due.

        Raises:
            TaskCancelled: one of them was cancelled.
        """
        wish = 0
        if self._run.group.is_first:
            wish = _DECISIONS.index(self._control.poll())
        try:
            self._context.raise_if_cancelled()
        except TaskCancelled:
            wish = _CANCEL
        agreed, due = divmod(self._run.group.agreed(2 * wish + is_due), 2)
        if agreed == _CANCEL:
            raise TaskCancelled
        return _DECISIONS[agreed], bool(due)

    def _scored_model(self) -> nn.Module:
        return self._average.module if self._average is not None else self._run.objective.model

    def _validation_batches(self) -> Iterator[Batch]:
        for batch in self._run.validation():
            # Several processes must all see the end of the validation.
            if self._run.group.ranks == 1:
                self._context.raise_if_cancelled()
            yield batch

    def _validate(self) -> None:
        self.reporter.say("validating")
        model = self._scored_model().eval()
        with torch.inference_mode():
            scores = self._run.objective.evaluate(model, self._validation_batches())
        card, position = self._run.objective.card, self.position
        value = scores.numbers[card.metric]
        self.reporter.log_validation(dict(scores.numbers))
        if not math.isfinite(value) and card.metric == "loss":
            raise TrainingError(f"update {position.step}: the validation loss is {value}")
        sign = 1 if card.is_higher_better else -1
        self.reporter.warn("score", self._warning(scores, value))
        is_better = position.best is None or sign * value > sign * position.best
        if math.isfinite(value) and is_better:
            position.best, position.stale = value, 0
            if self._run.group.is_first:
                self._run.cards.write(model, scores, position.for_people())
        else:
            position.stale += 1

    def _warning(self, scores: EvaluationScores, value: float) -> str:
        """Say that the model has learned nothing so far; empty where it has, or had no time."""
        epoch = self.position.epoch + 1
        if scores.chance is None or epoch < min(_EPOCHS_TO_JUDGE, self._config.epochs):
            return ""
        if value > _BARELY_ABOVE * scores.chance:
            return ""
        name = metric_name(self._run.objective.card.metric)
        return (
            f"nothing is learned: {name} {value:.3g} after {epoch} "
            f"epoch{'s' if epoch > 1 else ''}, as whoever always answers the commonest class "
            f"({scores.chance:.3g}); change learning_rate (now {self._config.learning_rate:g}), "
            "or check the data"
        )

    def _draw_samples(self) -> None:
        if not self._run.group.is_first:
            return
        model = self._scored_model().eval()
        with torch.inference_mode():
            picture = self._run.objective.samples(model, self._run.fixed)
        self.reporter.show_sample(picture)

    def _save(self) -> None:
        self._watch.check()
        states = self._run.group.gathered(random_state())
        self.position.seconds = self.reporter.seconds()
        self.position.lines = self._run.folder.lines
        if self._run.group.is_first:
            content = {
                "model": self._run.objective.model.state_dict(),
                "average": self._average.state_dict() if self._average is not None else None,
                "optimisers": {n: o.state_dict() for n, o in self._optimisers.items()},
                "objective": self._run.objective.state(),
                "position": asdict(self.position),
                "random": states,
                "settings": self._run.settings,
            }
            save_checkpoint(self._run.folder.checkpoint, content)
        self._saved_update = self.position.step
        self._last_save_s = time.monotonic()

    def _keep(self) -> None:
        """At the end: save the state, and the weights as the best where none were scored."""
        self._save()
        if not self._run.group.is_first:
            return
        if self.position.best is None:
            self._run.cards.write(self._scored_model(), None, self.position.for_people())
        self._run.cards.complete(run_minutes=round(self.position.seconds / 60, 2))

    def _finish(self) -> None:
        """Hand on the best weights, which may be older than those in the loop."""
        if self._run.finish is None or not self._run.group.is_first:
            return
        self.reporter.say("finishing")
        model = copy.deepcopy(self._run.objective.model)
        model.load_state_dict(load_weights(self._run.folder.weights)[0])
        self._run.finish(model.eval())
