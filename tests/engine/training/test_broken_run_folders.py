"""Run folders that somebody else wrote, or that a disk has damaged: a line, never a traceback."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.api.errors import ConfigError, EngineError, WeightsError
from engine.api.tasks import TaskContext
from engine.api.training import RunStatus, Train, TrainConfig
from engine.core.checkpoint import load_checkpoint
from engine.training.control import ControlFile
from engine.training.distributed import Group
from engine.training.export import export_run
from engine.training.loop import Loop
from engine.training.run_folder import RunFolder, read_run
from engine.training.settings import as_settings, trainable_card
from engine.training.start import assemble, train

HOSTILE = (None, True, -1, 10**400, float("nan"), "", "x", [], [[1]], {}, {"a": [1]}, {"lr": "x"})
MISSING = object()
CONTEXT = TaskContext(lambda progress: None)
CONFIG = TrainConfig(epochs=1, batch_size=512, precision="float32", tensorboard=False)


def places(value: Any, depth: int = 3) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in nested tables and lists."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in list(keys)[:8]:
        yield (key,)
        if depth > 1 and isinstance(value[key], dict | list):
            yield from ((key, *below) for below in places(value[key], depth - 1))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """Return a copy with something else at a place; without it where `new` is MISSING."""
    value = copy.copy(value)
    key, *below = place
    if below:
        value[key] = changed(value[key], tuple(below), new)
    elif new is MISSING:
        del value[key]
    else:
        value[key] = new
    return value


def mutilations(value: Any) -> Iterator[Any]:
    for place in places(value):
        yield from (changed(value, place, new) for new in (MISSING, *HOSTILE))


def test_every_mutilated_file_of_a_run_is_read_or_named(tmp_path: Path) -> None:
    card = trainable_card("classifier-small")
    settings = as_settings(Train(card.key, "digits", tmp_path), card.config_type(), CONFIG)
    status = {
        **dict.fromkeys(RunStatus.__dataclass_fields__, 1),
        **{"state": "running", "message": "", "device": "cpu", "precision": "", "host": ""},
    }
    line = {"step": 1, "epoch": 1, "split": "train", "loss": 0.5}
    files = {"config.json": settings, "status.json": status, "metrics.jsonl": line}
    for name, content in files.items():
        for other, whole in files.items():
            (tmp_path / other).write_text(json.dumps(whole) + "\n")
        snapshot = read_run(tmp_path)
        assert snapshot.status is not None
        assert len(snapshot.records) == 1
        for broken in (*HOSTILE, *mutilations(content)):
            (tmp_path / name).write_text(json.dumps(broken) + "\n")
            try:
                found = read_run(tmp_path)
                export_run(tmp_path)
            except EngineError:
                continue
            for record in found.records:
                assert all(isinstance(v, float | None) for v in record.values.values())


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """A small run that was carried out, put together again to be resumed."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    request = Train("classifier-small", "digits", folder, None, CONFIG)
    train(request, CONTEXT)
    card = trainable_card("classifier-small")
    request = Train(card.key, "digits", folder, card.config_type(), CONFIG)
    run = assemble(request, RunFolder(folder), Group(), torch.device("cpu"), is_new=False)
    return Loop(run, CONTEXT)


def test_every_mutilated_checkpoint_is_taken_or_refused_in_words(loop: Loop) -> None:
    checkpoint = loop._run.folder.checkpoint
    saved = load_checkpoint(checkpoint)
    loop.restore(copy.deepcopy(saved))
    refusals = []
    for broken in mutilations(saved):
        try:
            loop.restore(broken)
        except WeightsError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert all(each.startswith(f"{checkpoint}: does not fit this run (") for each in refusals)
    loop.restore(saved)
    assert loop.position.epoch == 1


def test_pipes_in_a_run_folder_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model": "unet", "data": "shapes"}')
    control = ControlFile(tmp_path)
    for name in ("metrics.jsonl", "status.json", "best.json", "control.json"):
        os.mkfifo(tmp_path / name)
    snapshot = read_run(tmp_path)
    assert (snapshot.records, snapshot.status, snapshot.card) == ((), None, None)
    assert control.poll() is None
    (tmp_path / "config.json").unlink()
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(ConfigError, match=r"as settings \(is a pipe or device, not a file\)$"):
        read_run(tmp_path)


def test_an_exported_program_holds_no_code_of_the_run_folder(tmp_path: Path) -> None:
    folder = tmp_path / "'''; import os; '''"
    folder.mkdir()
    text = '"""\n(Path("owned").touch())\n"""\n\'\'\''
    settings = {"model": "classifier-small", "data": text, "format": text, "about_data": text}
    (folder / "config.json").write_text(json.dumps(settings))
    program = export_run(folder).read_text()
    names: dict[str, Any] = {"__name__": "read", "__file__": str(folder / "train.py")}
    exec(compile(program, "train.py", "exec"), names)
    assert (names["request"].data, names["request"].about_data) == (text, text)
    assert not Path("owned").exists()
    assert text not in program
