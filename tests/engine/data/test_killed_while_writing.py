"""A process that is killed while it writes leaves each file as it was before, or as it is after."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.api.annotations import ReadAnnotations, ReadJournal
from engine.service import execute
from tests.engine.data.formats.support import context

KILLED = 3
SHAPES = 200  # as below
PROGRAM = """
import itertools
import sys
from pathlib import Path
from engine.api.annotations import *
from engine.service import execute
from tests.engine.data.formats.support import context
folder, kind = Path(sys.argv[1]), sys.argv[2]
for turn in itertools.count(1):
    shapes = tuple(Shape.box(f"turn {turn}", n, 1, n + 9, 9) for n in range(200))
    pictures = tuple(PictureAnnotations(folder / f"{n}.png", 640, 480, shapes) for n in range(3))
    if kind == "journal":
        request = WriteJournal(folder / "unsaved.jsonl", pictures)
    else:
        target = folder / "all.json" if kind == "coco" else folder
        request = WriteAnnotations(AnnotationSet(pictures, ()), kind, target)
    execute(request, context())
    print(turn, flush=True)
"""


def kill_while_writing(folder: Path, kind: str, turns: int) -> None:
    """Kill a process that writes without end, in the middle of a later turn."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(folder), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(turns):
            assert process.stdout.readline()
        process.kill()


@pytest.mark.parametrize("kind", ["labelme", "coco", "journal"])
def test_no_file_is_lost_or_half_written(tmp_path: Path, kind: str) -> None:
    for turns in range(1, KILLED + 1):
        kill_while_writing(tmp_path, kind, turns)
        if kind == "journal":
            pictures = execute(ReadJournal(tmp_path / "unsaved.jsonl"), context())
        else:
            for file in tmp_path.glob("*.json"):
                json.loads(file.read_text(encoding="utf-8"))
            source = tmp_path / "all.json" if kind == "coco" else tmp_path
            pictures = execute(ReadAnnotations(source, tmp_path), context()).pictures
        assert len(pictures) == 3
        for picture in pictures:
            assert len(picture.shapes) == SHAPES
            assert len({shape.label for shape in picture.shapes}) == 1
