"""Whole runs of the small classifier on digits."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from engine.api.errors import ConfigError, DeviceError, TaskCancelled, TrainingError
from engine.api.tasks import TaskContext
from engine.api.training import ControlCommand, Evaluate, Train, TrainConfig, TrainProgress
from engine.core.checkpoint import load_checkpoint
from engine.core.registry import MODELS
from engine.models.classification.classifier_small import ClassifierSmall
from engine.training.control import write_command
from engine.training.evaluation import evaluate
from engine.training.objectives.classification import Classification
from engine.training.run_folder import read_run
from engine.training.start import train
from tests.engine.training.support import QUICK, TINY, Start, Watcher, lines_of, status_of

SILENT = TaskContext(lambda progress: None)


def test_a_run_learns_and_leaves_everything_in_its_folder(start: Start, run_folder: Path) -> None:
    report = start(epochs=6, learning_rate=1e-2, tensorboard=True)
    assert report.state == "finished"
    assert report.value is not None
    assert report.value > 0.8
    names = {path.name for path in run_folder.iterdir()}
    expected = {"config.json", "metrics.jsonl", "status.json", "last.pt", "best.safetensors"}
    assert expected | {"best.json", "samples"} <= names
    lines = lines_of(run_folder)
    assert [line["step"] for line in lines] == sorted(line["step"] for line in lines)
    assert {"step", "epoch", "split", "loss", "accuracy"} <= lines[-1].keys()
    train_line = next(line for line in lines if line["split"] == "train")
    assert {"loss", "learning_rate", "gradient_norm"} <= train_line.keys()
    assert status_of(run_folder)["state"] == "finished"
    events = EventAccumulator(str(run_folder))
    events.Reload()
    logged = [event.value for event in events.Scalars("accuracy/validation")]
    assert logged == pytest.approx([x["accuracy"] for x in lines if x["split"] == "validation"])


def test_the_fixed_batch_is_drawn_before_training_and_at_every_validation(
    start: Start, run_folder: Path
) -> None:
    report = start()
    pictures = sorted((run_folder / "samples").glob("step-*.png"))
    steps = [int(path.stem.removeprefix("step-")) for path in pictures]
    assert steps == [0, report.steps // 2, report.steps]
    first, *_, last = (np.asarray(Image.open(path)) for path in pictures)
    assert first.shape == last.shape
    assert not np.array_equal(first, last)


def test_the_card_tells_what_the_weights_reach_and_how_they_were_made(start: Start) -> None:
    report = start(seed=7)
    card = json.loads(report.card.read_text())
    assert card["metric"]["value"] == report.value
    assert card["metric"]["on"] == "validation split, 269 pictures"
    assert card["seed"] == 7
    assert card["recipe"]["train_config"]["seed"] == 7
    assert card["classes"] == [str(digit) for digit in range(10)]
    with safe_open(report.weights, "pt") as file:
        assert json.loads(file.metadata()["card"])["metric"] == card["metric"]


def test_evaluation_repeats_the_score_on_the_card(start: Start, run_folder: Path) -> None:
    report = start(ema_decay=0.9)
    result = evaluate(Evaluate("classifier-small", "digits", run_folder), SILENT)
    assert result.accuracy == report.value
    assert result.split == "validation"
    assert result.images == 269
    assert result.confusion is not None
    hits = sum(row[index] for index, row in enumerate(result.confusion))
    assert result.accuracy == hits / result.images


def test_a_moving_average_holds_statistics_of_the_same_steps_as_its_weights(
    start: Start, run_folder: Path
) -> None:
    start(ema_decay=0.9)
    saved = load_checkpoint(run_folder / "last.pt")
    names = [name for name in saved["model"] if name.endswith("running_mean")]
    assert names
    for name in names:
        assert not torch.equal(saved["average"][f"module.{name}"], saved["model"][name])


def test_equal_seeds_give_equal_runs_and_others_do_not(start: Start, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        start(tmp_path / name, epochs=1, seed=seed, augment="gentle")
    assert lines_of(tmp_path / "a") == lines_of(tmp_path / "b")
    assert lines_of(tmp_path / "a") != lines_of(tmp_path / "c")


class Killed(BaseException):
    """Stands for kill -9: nothing in the program may react to it."""


@pytest.mark.parametrize(
    "settings",
    [
        {"checkpoint_interval": 0.0},
        {"checkpoint_interval": 0.0, "optimiser": "sgd", "ema_decay": 0.9, "augment": "full"},
        {"checkpoint_interval": 1000.0},  # nothing saved yet: begins again
    ],
    ids=["every step", "sgd, average, augmentation", "no checkpoint"],
)
def test_a_killed_run_resumes_to_the_same_lines(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
) -> None:
    settings = {"log_interval": 1, **settings}
    start(tmp_path / "whole", **settings)
    steps = 0
    real = Classification.train_step

    def dies(self: Classification, *arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 25:  # in the second epoch
            raise Killed
        return real(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Classification, "train_step", dies)
        with pytest.raises(Killed):
            start(tmp_path / "killed", **settings)
    torch.manual_seed(99)
    start(tmp_path / "killed", is_resume=True, **settings)
    assert lines_of(tmp_path / "killed") == lines_of(tmp_path / "whole")


def test_lines_written_after_the_last_checkpoint_are_cut_off(
    start: Start, run_folder: Path
) -> None:
    start(epochs=1)
    lines = (run_folder / "metrics.jsonl").read_text()
    (run_folder / "metrics.jsonl").write_text(lines + '{"step": 99, "epoch": 9, "spl')
    start(epochs=1, is_resume=True)
    assert (run_folder / "metrics.jsonl").read_text() == lines


def test_a_finished_run_can_be_made_longer(start: Start, run_folder: Path) -> None:
    first = start(epochs=1)
    longer = start(epochs=2, is_resume=True)
    assert longer.steps == 2 * first.steps
    assert [line["epoch"] for line in lines_of(run_folder) if line["split"] == "validation"] == [
        1,
        2,
    ]


def test_a_run_is_not_resumed_with_another_seed(start: Start) -> None:
    start(epochs=1)
    with pytest.raises(ConfigError, match="seed = 5: the run to resume has 0"):
        start(epochs=1, seed=5, is_resume=True)


def test_a_folder_with_a_run_is_not_overwritten(start: Start, run_folder: Path) -> None:
    start(epochs=1)
    before = (run_folder / "best.safetensors").read_bytes()
    with pytest.raises(ConfigError, match="holds a run already"):
        start(epochs=1)
    assert (run_folder / "best.safetensors").read_bytes() == before


def test_stop_keeps_the_result_and_resume_goes_on(start: Start, run_folder: Path) -> None:
    watcher = Watcher(5, lambda: write_command(run_folder, "stop"))
    report = start(context=watcher.context, log_interval=1)
    assert report.state == "stopped"
    assert 5 <= report.steps < 19
    assert report.value is None
    card = json.loads(report.card.read_text())
    assert card["metric"]["value"] is None
    assert "before its first validation" in card["metric"]["on"]
    assert start(is_resume=True, log_interval=1).state == "finished"


def test_cancelling_saves_and_raises(start: Start, run_folder: Path) -> None:
    watcher = Watcher()
    watcher = Watcher(5, lambda: watcher.context.cancel())
    with pytest.raises(TaskCancelled):
        start(context=watcher.context, log_interval=1)
    assert load_checkpoint(run_folder / "last.pt")["position"]["step"] >= 5
    assert status_of(run_folder)["state"] == "stopped"
    assert (run_folder / "best.safetensors").is_file()


def test_pause_step_and_resume_by_the_control_file(start: Start, run_folder: Path) -> None:
    seen: list[tuple[str, int]] = []
    commands: list[ControlCommand] = ["step", "step", "resume"]

    class Operator(Watcher):
        def see(self, progress: TrainProgress) -> None:
            status = progress.status
            if status.state == "paused":
                seen.append((status.state, status.step))
                write_command(run_folder, commands[len(seen) - 1])
            super().see(progress)

    operator = Operator(3, lambda: write_command(run_folder, "pause"))
    report = start(context=operator.context, epochs=1, log_interval=1)
    assert report.state == "finished"
    steps = [step for _, step in seen]
    assert steps == [steps[0], steps[0] + 1, steps[0] + 2]


def test_a_command_from_before_the_run_does_not_count(start: Start, run_folder: Path) -> None:
    write_command(run_folder, "stop")
    assert start(epochs=1).state == "finished"


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_step(
    start: Start, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = nn.functional.cross_entropy
    calls = 0

    def breaks(*arguments: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return real(*arguments, **options) * (math.nan if calls == 12 else 1.0)

    monkeypatch.setattr(nn.functional, "cross_entropy", breaks)
    with pytest.raises(TrainingError, match="update 12: loss is nan"):
        start(checkpoint_interval=0.0)
    saved = load_checkpoint(run_folder / "last.pt")
    assert saved["position"]["step"] == 11
    assert all(tensor.isfinite().all() for tensor in saved["model"].values())
    assert status_of(run_folder)["state"] == "failed"
    assert "update 12" in status_of(run_folder)["message"]


def test_out_of_memory_halves_the_batch_once_and_says_so(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ClassifierSmall.forward

    def short_of_memory(self: ClassifierSmall, images: torch.Tensor) -> Any:
        if self.training and len(images) > 32:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")
        return real(self, images)

    monkeypatch.setattr(ClassifierSmall, "forward", short_of_memory)
    report = start(epochs=1)
    assert report.state == "finished"
    assert "two halves" in report.notes[0]


def test_out_of_memory_even_with_half_the_batch_names_the_cure(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(self: ClassifierSmall, images: torch.Tensor) -> Any:
        if self.training:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return ClassifierSmall.forward(self, images)

    real = ClassifierSmall.forward
    monkeypatch.setattr(
        ClassifierSmall, "forward", lambda s, x: no_memory(s, x) if s.training else real(s, x)
    )
    with pytest.raises(DeviceError, match="smaller batch_size"):
        start(epochs=1)


def test_early_stopping_ends_a_run_that_no_longer_improves(start: Start) -> None:
    report = start(epochs=50, learning_rate=1e-7, early_stopping_patience=2)
    assert report.state == "finished"
    assert report.epochs < 50
    assert "no better accuracy in 2 validations" in report.notes[0]


def test_the_data_decides_channels_classes_and_size(tmp_path: Path) -> None:
    card = MODELS.card("classifier-small")
    config = TrainConfig(**{**QUICK, "epochs": 1, "in_channels": 3, "image_size": 16})
    report = train(Train(card.key, "digits", tmp_path / "r", TINY, config), SILENT)
    made = json.loads(report.card.read_text())
    assert made["channels"] == 3
    assert made["size"] == [16, 16]
    assert made["recipe"]["model_config"]["in_channels"] == 3
    assert evaluate(Evaluate(card.key, "digits", tmp_path / "r"), SILENT).accuracy == report.value


def test_precisions_agree_about(start: Start, tmp_path: Path) -> None:
    whole = start(tmp_path / "a", precision="float32", epochs=4)
    mixed = start(tmp_path / "b", precision="bfloat16", epochs=4)
    assert whole.value is not None
    assert mixed.value is not None
    assert whole.value != mixed.value or lines_of(tmp_path / "a") != lines_of(tmp_path / "b")
    assert abs(whole.value - mixed.value) < 0.1


def test_worker_processes_read_the_same_batches(start: Start, tmp_path: Path) -> None:
    start(tmp_path / "a", epochs=1, augment="full")
    start(tmp_path / "b", epochs=1, augment="full", workers=1)
    assert lines_of(tmp_path / "a") == lines_of(tmp_path / "b")


def test_a_watcher_sees_every_line_once(start: Start, run_folder: Path) -> None:
    watcher = Watcher()
    start(context=watcher.context)
    seen = [record for progress in watcher.progress for record in progress.records]
    snapshot = read_run(run_folder)
    assert [record.step for record in seen] == [record.step for record in snapshot.records]
    samples = [progress.sample for progress in watcher.progress if progress.sample]
    assert samples == list(snapshot.samples)
