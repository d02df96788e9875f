"""The examples of the README, put where it says into a copy of the program, and used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^\*\*(engine/[\w/]+\.py)\*\*\n\n```python\n(.*?)^```$", re.M | re.S)
USED = """
import json
from pathlib import Path
import numpy as np
from engine.api.detection import Detect
from engine.api.models import ListModels
from engine.api.parameters import from_words
from engine.api.segmentation import Segment
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace
from engine.api.training import Train, TrainConfig
from engine.data.shapes import draw_scene
from engine.service import execute

def ask(request):
    return execute(request, TaskContext(lambda progress: None))

cards = {card.key: card for card in ask(ListModels())}
pixels = np.zeros((60, 80, 3), np.uint8)
pixels[10:20, 30:50] = 255
pixels[40:43, 5:8] = 255
options = cards["bright-spots"].options_type
found = [ask(Detect("bright-spots", pixels, chosen, device="cpu")).raw
         for chosen in (None, from_words(options, {"area_px": "5"}))]

run = Path("run")
quick = TrainConfig(epochs=1, batch_size=8, samples_per_epoch=16, learning_rate=1e-2,
                    sample_count=1, tensorboard=False)
ask(Train("dilated-stack", "shapes", run, config=quick, device="cpu"))
scene = draw_scene(0, 64).pixels
answer = ask(Segment("dilated-stack", scene, weights=run, device="cpu"))

trace = ask(BuildTrace("otsu-threshold", pixels=pixels))
print(json.dumps({
    "boxes": [each.boxes_xyxy.tolist() for each in found],
    "scores": found[0].scores.tolist(),
    "labels": found[0].labels,
    "classes": answer.classes,
    "labelled": answer.labels.shape,
    "titles": [step.title for step in trace],
    "result": trace.result,
}))
"""


@pytest.fixture(scope="module")
def examples() -> dict[str, str]:
    """Contents by path."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = dict(EXAMPLE.findall(text.partition("### Add a model")[2]))
    assert len(found) == text.count("```python")
    return found


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, str]) -> Path:
    """A copy of the engine with the examples in it, as somebody has who follows the README."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=shutil.ignore_patterns("*.pyc"))
    (folder / "assets").symlink_to(ROOT / "assets")
    for path, content in examples.items():
        assert not (folder / path).exists()
        (folder / path).write_text(content, encoding="utf-8")
    return folder


def test_there_is_a_plain_model_a_trainable_one_and_an_explanation(
    examples: dict[str, str],
) -> None:
    assert {path.split("/")[1] for path in examples} == {"models", "traces"}
    assert sum("is_trainable=True" in content for content in examples.values()) == 1


def test_examples_are_written_as_the_program_is(program: Path, examples: dict[str, str]) -> None:
    for command in (["check"], ["format", "--check"]):
        tool = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / ".ruff.toml")]
        done = subprocess.run(
            [*tool, *examples], cwd=program, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_examples_do_what_they_say_as_soon_as_their_files_are_there(program: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(program), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", USED],
        cwd=program,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["boxes"] == [[[30, 10, 50, 20]], [[30, 10, 50, 20], [5, 40, 8, 43]]]
    assert told["scores"] == [1.0]
    assert told["labels"] == ["spot"]
    assert told["labelled"] == [64, 64]
    assert told["classes"][0] == "background"
    assert told["titles"] == [
        "How often each grey level occurs",
        f"The best threshold is {told['result']['threshold']}",
        "Dark and light",
    ]
