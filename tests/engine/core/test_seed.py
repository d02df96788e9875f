import random as python_random
from pathlib import Path

import numpy as np
import torch

from engine.core.checkpoint import load_checkpoint, save_checkpoint
from engine.core.seed import random_state, restore_random_state, seed_everything


def draw() -> list[float]:
    return [
        python_random.random(),
        python_random.gauss(0, 1),
        float(np.random.rand()),  # noqa: NPY002
        float(np.random.randn()),  # noqa: NPY002
        torch.rand(1).item(),
        torch.randn(1).item(),
    ]


def test_equal_seeds_give_equal_draws() -> None:
    seed_everything(5)
    first = draw()
    seed_everything(5)
    assert draw() == first
    seed_everything(6)
    assert draw() != first


def test_every_generator_continues_from_a_saved_state(tmp_path: Path) -> None:
    seed_everything(5)
    draw()
    save_checkpoint(tmp_path / "state.pt", {"random": random_state()})
    expected = [draw() for _ in range(3)]
    seed_everything(77)
    restore_random_state(load_checkpoint(tmp_path / "state.pt")["random"])
    assert [draw() for _ in range(3)] == expected
