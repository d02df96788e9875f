"""Runs that do not learn: what they say of it, what they keep, what they advise."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.api.errors import ConfigError, TrainingError
from engine.api.tasks import TaskContext
from engine.api.training import CheckRun, Train, TrainConfig
from engine.metrics.confusion_matrix import ConfusionMatrix
from engine.service import execute
from engine.training.loss_watch import LossWatch, cure
from engine.training.objectives.segmentation import _chance
from engine.training.position import Position
from engine.training.run_folder import read_run
from tests.engine.training.support import Start, lines_of, status_of

SILENT = TaskContext(lambda progress: None)
BREAKS_AT = 7


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seventh loss is no number."""
    real, calls = nn.functional.cross_entropy, 0

    def breaks(*arguments: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return real(*arguments, **options) * (math.nan if calls == BREAKS_AT else 1.0)

    monkeypatch.setattr(nn.functional, "cross_entropy", breaks)


@pytest.mark.usefixtures("breaking")
def test_a_run_that_fails_before_its_first_checkpoint_promises_none(
    start: Start, run_folder: Path
) -> None:
    with pytest.raises(TrainingError, match="update 7: loss is nan; nothing was saved before it"):
        start(checkpoint_interval=3600.0)
    assert not (run_folder / "last.pt").exists()
    assert "kept" not in status_of(run_folder)["message"]


@pytest.mark.usefixtures("breaking")
def test_a_run_that_fails_names_the_checkpoint_that_it_leaves(start: Start) -> None:
    with pytest.raises(TrainingError, match="kept: the checkpoint of update 6;"):
        start(checkpoint_interval=0.0)


@pytest.mark.usefixtures("breaking")
def test_the_curve_of_a_run_that_fails_ends_with_the_update_that_ended_it(
    start: Start, run_folder: Path
) -> None:
    with pytest.raises(TrainingError):
        start(log_interval=5)
    losses = {line["step"]: line["loss"] for line in lines_of(run_folder)}
    assert list(losses) == [5, 6, 7]
    assert losses[7] is None
    assert math.isfinite(losses[6])
    assert [record.step for record in read_run(run_folder).records] == [5, 6, 7]


def test_only_settings_that_would_help_are_advised() -> None:
    rate = "lower learning_rate (now 0.5)"
    plain = TrainConfig(learning_rate=0.5)
    clipped = TrainConfig(learning_rate=0.5, gradient_clip=1.0)
    loose = TrainConfig(learning_rate=0.5, gradient_clip=40.0)
    assert cure(plain, "float32") == f"{rate} or set gradient_clip = 1"
    assert cure(clipped, "float32") == rate
    assert cure(loose, "float32") == f"{rate} or lower gradient_clip (now 40)"
    assert cure(clipped, "bfloat16") == f"{rate} or choose precision = float32"
    assert cure(plain, "bfloat16").endswith("set gradient_clip = 1 or choose precision = float32")


def test_a_run_at_chance_level_says_so_and_one_that_learns_does_not(
    start: Start, tmp_path: Path
) -> None:
    idle = start(tmp_path / "idle", learning_rate=1e-7, epochs=2)
    assert "nothing is learned: accuracy" in status_of(tmp_path / "idle")["message"]
    assert "change learning_rate (now 1e-07)" in idle.notes[-1]
    assert start(tmp_path / "learning", learning_rate=1e-2, epochs=3).notes == ()


def test_chance_is_the_score_of_always_answering_the_commonest_class() -> None:
    truth = torch.tensor([0, 0, 0, 2, 2, 255, 3, 0])
    mute, any_answer = ConfusionMatrix(5), ConfusionMatrix(5)
    mute.add(torch.zeros_like(truth), truth)
    any_answer.add(torch.tensor([1, 0, 3, 2, 4, 0, 0, 2]), truth)
    assert _chance(any_answer.counts) == pytest.approx(mute.mean_iou)


@pytest.mark.parametrize(("values", "is_growing"), [((2.3, 40.0), True), ((2.3, 9.0), False)])
def test_a_loss_that_grows_tenfold_gets_a_warning(
    values: tuple[float, float], is_growing: bool
) -> None:
    watch = LossWatch(Position(), 1)
    for update in range(200):
        watch.add(update, {"loss": torch.tensor(values[update >= 30])})
    warning = watch.warning()
    assert bool(warning) == is_growing
    assert not is_growing or "was 2.3; lower learning_rate" in warning


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"start_weights": "nowhere.safetensors"}, "start_weights"), ({}, "")],
)
def test_what_a_run_would_refuse_is_known_before_it_begins(
    tmp_path: Path, settings: dict[str, Any], named: str
) -> None:
    run = Train("classifier-small", "digits", tmp_path / "run", config=TrainConfig(**settings))
    if named:
        with pytest.raises(ConfigError, match=named):
            execute(CheckRun(run), SILENT)
    else:
        execute(CheckRun(run), SILENT)
    assert not run.run_folder.exists()
