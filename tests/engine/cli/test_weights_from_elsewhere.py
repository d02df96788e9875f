"""Files of weights as people have them, given to the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models import segmentation as zoo

from engine.cli.run import run
from engine.data.picture_writer import save_picture

KEY = "lraspp-mobilenet-v3-large"


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return zoo.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    save_picture(tmp_path / "photo.png", np.zeros((40, 60, 3), np.uint8))
    return tmp_path / "photo.png"


def segment(weights: Path, photo: Path) -> int:
    return run(["segment", "--model", KEY, "--weights", str(weights), str(photo)])


@pytest.mark.parametrize("kind", ["compiled", "lightning", "data-parallel"])
def test_prefixed_weights_segment_as_the_plain_ones_do(
    kind: str,
    tmp_path: Path,
    photo: Path,
    network: torch.nn.Module,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = network.state_dict()
    named = {
        "compiled": {f"_orig_mod.{name}": value for name, value in plain.items()},
        "lightning": {"state_dict": {f"model.{name}": value for name, value in plain.items()}},
        "data-parallel": {"model": {f"module.{name}": value for name, value in plain.items()}},
    }[kind]
    torch.save(plain, tmp_path / "plain.pth")
    torch.save(named, tmp_path / "named.pth")
    answers = []
    for name in ("plain.pth", "named.pth"):
        assert segment(tmp_path / name, photo) == 0
        answers.append(capsys.readouterr().out.splitlines()[1:])  # without the time it took
    assert answers[0] == answers[1] != []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 12\n", "git-lfs"),
        (b"<!DOCTYPE html><html>404</html>", "is a web page, not weights"),
    ],
)
def test_a_pointer_and_a_web_page_are_called_so(
    content: bytes,
    reason: str,
    tmp_path: Path,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    assert segment(tmp_path / "w.pth", photo) == 1
    assert reason in capsys.readouterr().err
