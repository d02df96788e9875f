"""How soon a command that needs no network has ended, beside what importing torch would take."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.measurements import Measurement

MAIN = Path(__file__).parents[2] / "main.py"
RUNS = 5
GOAL = 1.2
PATIENCE_S = 120.0
SIZE = (480, 640)
IMPORT = ["-c", "import torch"]


def measure() -> list[Measurement]:
    """Run each command and import torch by turns, a fresh process each; medians."""
    with tempfile.TemporaryDirectory(prefix="vision-workbench-") as folder:
        commands = _commands(Path(folder))
        times_ms: dict[str, list[float]] = {name: [] for name in (*commands, "")}
        for turn in range(RUNS + 1):
            for name in times_ms:
                elapsed_ms = _elapsed_ms(commands.get(name, IMPORT))
                if turn:  # the first fills the disk's cache
                    times_ms[name].append(elapsed_ms)
    reference_ms = statistics.median(times_ms.pop(""))
    return [
        _measurement(name, statistics.median(ms), reference_ms) for name, ms in times_ms.items()
    ]


def _commands(folder: Path) -> dict[str, list[str]]:
    picture, boxes = folder / "picture.png", folder / "boxes.json"
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    Image.fromarray(pixels).save(picture)
    found = [{"image_id": 1, "category_id": 1, "bbox": [9, 9, 40, 40], "score": 0.9}]
    boxes.write_text(json.dumps(found), encoding="utf-8")
    return {
        "models": [str(MAIN), "models"],
        "detect with a cascade": [str(MAIN), "detect", "--model", "viola-jones-face", str(picture)],
        "detect with HOG": [str(MAIN), "detect", "--model", "hog-people", str(picture)],
        "trace of given boxes": [str(MAIN), "trace", "--topic", "nms", "--boxes", str(boxes)],
        "--help": [str(MAIN), "--help"],
    }


def _elapsed_ms(arguments: list[str]) -> float:
    # The program's bytecode is kept from turn to turn, as torch's is and as a person's is.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun_s = time.monotonic()
    subprocess.run(
        [sys.executable, *arguments],
        env={**environment, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        check=True,
    )
    return (time.monotonic() - begun_s) * 1000


def _measurement(name: str, value_ms: float, reference_ms: float) -> Measurement:
    return Measurement(
        name=f"startup: main.py {name}, beside importing torch",
        value=value_ms,
        reference=reference_ms,
        unit="ms",
        goal=f"<= {GOAL:g} x the import of torch",
        met=value_ms <= GOAL * reference_ms,
    )
