"""A process that is killed at a chosen moment of its writing, and the work that it does.

Between two calls of the system nothing changes on the disk: a moment is such a call, or a byte of
what it writes. The process counts them, and kills itself as `kill -9` would.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import Image

from engine.api.annotations import (
    AnnotationSet,
    PictureAnnotations,
    ReadAnnotations,
    Shape,
    WriteAnnotations,
    WriteJournal,
)
from engine.api.tasks import TaskContext
from engine.service import execute

CALLS = ("open", "fsync", "replace", "unlink", "mkdir")
SHAPES = 12
STEPS = 3
KINDS = ("labelme", "voc", "yolo", "coco", "export", "import")
NEVER = 1 << 40


class Clock:
    """Counts calls and bytes; at the last of either the process ends."""

    def __init__(self, calls: int = NEVER, bytes_: int = NEVER) -> None:
        self.left = {"calls": calls, "bytes": bytes_}

    def tick(self, what: str, count: int = 1) -> None:
        self.left[what] -= count
        if self.left[what] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def passed(self) -> dict[str, int]:
        """How many there were of a process that was to live on."""
        return {what: NEVER - left for what, left in self.left.items()}


class MortalFile(io.FileIO):
    """Writes at most as many bytes as its clock has left, and dies with the last of them."""

    clock = Clock()

    def write(self, data: Any) -> int:
        part = memoryview(data)[: self.clock.left["bytes"]]
        done = super().write(part)
        self.clock.tick("bytes", done)
        return done


def watch(clock: Clock) -> None:
    """Have every call count, before and after it is made."""
    MortalFile.clock = clock
    open_file = io.open

    def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if "x" in mode or "w" in mode:
            clock.tick("calls")
            return MortalFile(file, mode.replace("b", ""))
        return open_file(file, mode, *rest, **more)

    io.open = opened  # type: ignore[assignment]
    for name in CALLS:
        setattr(os, name, _counted(getattr(os, name), clock))


def _counted(call: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    def counted(*values: Any, **more: Any) -> Any:
        clock.tick("calls")
        answer = call(*values, **more)
        clock.tick("calls")
        return answer

    return counted


def ask(request: Any) -> Any:
    return execute(request, TaskContext(lambda progress: None))


def pictures(folder: Path, step: int) -> tuple[PictureAnnotations, ...]:
    """Return what is to be saved; each step has a class that none had before."""
    label = f"step {step}"
    shapes = tuple(Shape.box(label, n, step + 1, n + 9, 40 + step) for n in range(SHAPES))
    return tuple(PictureAnnotations(folder / f"{n}.png", 64, 48, shapes) for n in range(3))


def steps(kind: str, folder: Path) -> Iterator[Callable[[], Any]]:
    """Yield pieces of work; the first makes what the others go on from."""
    for step in range(STEPS):
        found = AnnotationSet(pictures(folder, step), ())
        if kind == "import":
            yield lambda found=found: _import(folder, found)  # type: ignore[misc]
        elif kind == "export":
            yield lambda found=found: ask(WriteAnnotations(found, "yolo", folder / "out"))  # type: ignore[misc]
        else:
            target = folder / "all.json" if kind == "coco" else folder
            yield lambda found=found, target=target: ask(WriteAnnotations(found, kind, target))  # type: ignore[misc, arg-type]


def _import(folder: Path, found: AnnotationSet) -> None:
    """Take a file in, edit it, and keep what is not saved, as the window does."""
    source = folder / "all.json"
    if not source.exists():
        ask(WriteAnnotations(found, "coco", source))
    read = ask(ReadAnnotations(source, folder))
    edited = tuple(
        PictureAnnotations(p.file, p.width, p.height, q.shapes, p.source)
        for p, q in zip(read.pictures, found.pictures, strict=True)
    )
    ask(WriteJournal(folder / "unsaved.jsonl", edited))


def content(folder: Path) -> dict[str, str]:
    """Return every file that is not hidden, as a program finds it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().hex()
        for path in files
        if not path.name.startswith(".")
    }


def restore(folder: Path, files: dict[str, str]) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(bytes.fromhex(data))


def in_a_child(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Run something in a process of its own; returns how it ended, and what it told."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        work(write)
        os._exit(0)
    os.close(write)
    told = b""
    while chunk := os.read(read, 1 << 16):
        told += chunk
    os.close(read)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told


def lived(kind: str, folder: Path) -> tuple[list[Callable[[], Any]], list[dict[str, str]]]:
    """Do all the work once; returns its steps but the first, and what there is after each."""
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48)).save(folder / f"{number}.png")
    states, done = [], []
    for step in steps(kind, folder):
        step()
        done.append(step)
        states.append(content(folder))
    return done[1:], states


def killed(kind: str, folder: Path, seeds: range) -> Iterator[dict[str, Any]]:
    """Kill a process at a moment that each seed chooses; yields what is found afterwards."""
    rest, states = lived(kind, folder)

    def live(pipe: int) -> None:
        clock = Clock()
        watch(clock)
        for step in rest:
            step()
        os.write(pipe, json.dumps(clock.passed()).encode())

    restore(folder, states[0])
    _, told = in_a_child(live)
    total = json.loads(told)
    for seed in seeds:
        chance = random.Random(seed)
        what = ("calls", "bytes")[seed % 2]
        moment = chance.randint(1, total[what])

        def die(pipe: int, what: str = what, moment: int = moment) -> None:
            watch(Clock(calls=moment) if what == "calls" else Clock(bytes_=moment))
            for step in rest:
                step()
                os.write(pipe, b".")

        restore(folder, states[0])
        ended, told = in_a_child(die)
        yield {
            "moment": f"{kind}, seed {seed}: {what} {moment} of {total[what]}",
            "ended": ended,
            "before": states[len(told)],
            "after": states[min(len(told) + 1, len(states) - 1)],
            "found": content(folder),
            "read": _read(kind, folder),
        }


def _read(kind: str, folder: Path) -> list[list[str]]:
    """Return the classes of each picture, as the program finds them when it starts again."""
    source = {"coco": folder / "all.json", "import": folder / "all.json"}.get(kind, folder)
    found = ask(ReadAnnotations(folder / "out" if kind == "export" else source, folder))
    return [[shape.label for shape in picture.shapes] for picture in found.pictures]


if __name__ == "__main__":
    place, kinds, count = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
    with suppress(BrokenPipeError):
        for index, each in enumerate(kinds):
            for one in killed(each, place / each, range(index * count, (index + 1) * count)):
                sys.stdout.write(json.dumps(one) + "\n")
