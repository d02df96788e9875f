"""What is asked for while something is being written is not passed over."""

import json
import os
import threading

import pytest

from engine.api.annotations import Shape
from gui.pages.images.saving import Export
from tests.patient_bot import WAIT_S

FIRST = Shape.box("car", 20, 30, 70, 80)
SECOND = Shape.box("person", 5, 5, 30, 40)


def labels_in(file) -> list[str]:
    return [shape["label"] for shape in json.loads(file.read_text(encoding="utf-8"))["shapes"]]


@pytest.fixture
def held(monkeypatch):
    """The disk takes its time: it goes on when the gate is opened."""
    gate, real = threading.Event(), os.fsync

    def wait(descriptor: int) -> None:
        assert gate.wait(WAIT_S)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", wait)
    yield gate
    gate.set()


@pytest.fixture
def saving(user, streets, held):
    """A page that is saving one box while a second one was drawn."""
    user.open(streets)
    user.document.add([FIRST])
    user.page.saver.save()
    user.until(lambda: user.page.saver.run is not None)
    user.document.add([SECOND])
    return user


def test_a_second_save_writes_what_has_changed_since(saving, streets, held):
    saving.page.saver.save()
    assert "What has changed since is saved next" in saving.messages
    held.set()
    saving.until(lambda: not saving.document.is_modified)
    assert labels_in(streets / "street 1.json") == ["car", "person"]


def test_without_a_second_save_what_has_changed_since_stays_unsaved(saving, streets, held):
    held.set()
    saving.until(lambda: not saving.page.saver.is_busy)
    assert saving.document.is_modified
    assert labels_in(streets / "street 1.json") == ["car"]


def test_an_export_begins_when_the_save_has_ended(saving, streets, held, tmp_path):
    saving.page.saver.export(Export("labelme", tmp_path / "out", "picture"))
    held.set()
    target = tmp_path / "out" / "street 1.json"
    saving.until(lambda: target.exists() and not saving.page.saver.is_busy)
    assert labels_in(target) == ["car", "person"]
    assert saving.document.is_modified  # an export is no save
