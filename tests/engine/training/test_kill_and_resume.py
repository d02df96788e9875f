"""`kill -9` while a run trains, and going on with it; as the manual promises."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from engine.cli.run import run
from tests.engine.training.gradients_of_a_run import main as write_gradients
from tests.engine.training.support import lines_of, status_of

ROOT = Path(__file__).parents[3]
SMALL = [
    *("--set", "base_channels=4", "--set", "depth=2", "--set", "image_size=32"),
    *("--set", "samples_per_epoch=160", "--set", "batch_size=8", "--set", "log_interval=1"),
    *("--set", "tensorboard=false", "--set", "sample_count=2"),
]
PATIENCE_S = 120.0


def environment() -> dict[str, str]:
    # As here: sums in another order differ in the last digits, which a run magnifies.
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    # In a session of its own, so that its children end with it even when the test fails.
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment(), start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(process: subprocess.Popen[bytes], folder: Path, state: str, step: int) -> int:
    """Wait until a run says so; returns the process that it names."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        assert process.poll() is None, f"ended with {process.returncode}, see above"
        if (folder / "status.json").is_file():
            status = status_of(folder)
            if status["state"] == state and status["step"] >= step:
                return int(status["process"])
        time.sleep(0.01)
    pytest.fail(f"not {state} at step {step} within {PATIENCE_S:.0f} s")


def arguments(folder: Path, *more: str) -> list[str]:
    run_and_model = ["train", "--model", "unet", "--data", "shapes", "--run-folder", str(folder)]
    return [*run_and_model, "--epochs", "2", *SMALL, *more]


def test_a_run_killed_in_the_middle_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with started(["main.py", *arguments(killed, "--set", "checkpoint_interval=0.05")]) as process:
        wait_for(process, killed, "running", step=5)
        process.kill()
        assert process.wait() == -9
    assert run(["train", "--run", str(killed), "--resume"]) == 0
    assert run(arguments(whole)) == 0
    ours, expected = lines_of(killed), lines_of(whole)
    assert len(ours) == len(expected) == 42
    assert_equal_lines(ours, expected, abs=1e-4)


def assert_equal_lines(
    ours: list[dict[str, Any]], expected: list[dict[str, Any]], **tolerance: float
) -> None:
    for line, right in zip(ours, expected, strict=True):
        assert line.pop("split") == right.pop("split")
        assert line == pytest.approx(right, **tolerance), f"step {line['step']}"


@pytest.mark.slow
def test_two_processes_survive_the_death_of_one_and_end_as_if_nothing_had_happened(
    tmp_path: Path,
) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", "1"]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    every_step = ["--set", "checkpoint_interval=0"]
    with started([*launch, "main.py", *arguments(killed, *every_step)]) as process:
        first = wait_for(process, killed, "running", step=5)
        os.kill(first, 9)
        assert process.wait(PATIENCE_S) == 0
    assert status_of(killed)["process"] != first
    # Behind two hyphens torchrun leaves `--run` to the program.
    words = [word.replace("--run-folder", "--run") for word in arguments(whole, *every_step)]
    with started([*launch, "--", "main.py", *words]) as process:
        assert process.wait(PATIENCE_S) == 0
    ours, expected = lines_of(killed), lines_of(whole)
    assert len(ours) == len(expected)
    assert_equal_lines(ours, expected, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("normalisation", ["group", "batch"])
def test_two_processes_with_half_the_batch_have_the_gradient_of_one(
    tmp_path: Path, normalisation: Literal["group", "batch"]
) -> None:
    program = Path(__file__).with_name("gradients_of_a_run.py")
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    command = [sys.executable, *launch, str(program), str(tmp_path / "two.pt"), normalisation]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)
    write_gradients(str(tmp_path / "one.pt"), normalisation)
    expected, found = (torch.load(tmp_path / name) for name in ("one.pt", "two.pt"))
    assert expected.keys() == found.keys()
    for name, gradient in expected.items():
        assert gradient.abs().max() > 0
        torch.testing.assert_close(found[name], gradient, rtol=0, atol=1e-6)
