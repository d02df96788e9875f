"""Commands that need no network start without the libraries of networks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
OF_NETWORKS = {"torch", "torchvision", "onnxruntime", "sklearn", "skimage", "matplotlib"}
HEAVY = {*OF_NETWORKS, "cv2", "av"}

COMMANDS = {
    "--help": HEAVY,
    "--version": HEAVY,
    "models": HEAVY - {"torch", "cv2"},
    "detect --model viola-jones-face PICTURE --save FOLDER": HEAVY - {"cv2"},
    "detect --model hog-people PICTURE": HEAVY - {"cv2"},
    "detect --help": HEAVY,
    "trace --topic nms --boxes BOXES": HEAVY,
    "trace --topic transposed-convolution-1d": HEAVY,
    "live --source scene --model viola-jones-face --seconds 0.2": HEAVY - {"cv2", "av"},
    "bench --help": HEAVY,
}


def loaded_by(arguments: list[str]) -> set[str]:
    """Return which libraries a command has imported in a process of its own when it ends."""
    program = (
        "import sys\n"
        "from engine.cli.run import run\n"
        "try:\n"
        "    code = run(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    code = end.code\n"
        "print('\\n' + ' '.join(sys.modules))\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_only_what_it_needs(command: str, tmp_path: Path) -> None:
    picture, boxes = tmp_path / "picture.png", tmp_path / "boxes.json"
    Image.fromarray(np.zeros((96, 96, 3), np.uint8)).save(picture)
    box = {"image_id": 1, "category_id": 1, "bbox": [9, 9, 40, 40], "score": 0.9}
    boxes.write_text(json.dumps([box]), encoding="utf-8")
    places = {"PICTURE": str(picture), "BOXES": str(boxes), "FOLDER": str(tmp_path / "found")}
    loaded = loaded_by([places.get(word, word) for word in command.split()])
    assert loaded & COMMANDS[command] == set()


def test_a_model_of_a_library_does_not_bring_the_other_models() -> None:
    program = (
        "import sys\n"
        "from engine.core.registry import MODELS\n"
        "MODELS.build('viola-jones-eye', MODELS.card('viola-jones-eye').config_type())\n"
        "print(*(name for name in sys.modules if name.startswith('engine.models.')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = {name.split(".")[3] for name in done.stdout.split() if name.count(".") > 2}
    assert modules == {"viola_jones"}
