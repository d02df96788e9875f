"""Annotation files that another program has changed while they were open here."""

import errno
import json
import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from engine.api.annotations import Shape
from gui.pages.images.changed_dialog import ChangedDialog
from gui.pages.images.rename_dialog import RenameDialog
from tests.gui.pages.annotation_support import answer, coco

MINE = Shape.box("car", 20, 30, 70, 80)
SECOND = Shape.box("person", 5, 5, 30, 40)


def asked(user) -> ChangedDialog:
    user.until(lambda: user.page.findChild(ChangedDialog))
    return user.page.findChild(ChangedDialog)


def choose(user, name: str) -> None:
    button = asked(user).findChild(QPushButton, f"images.changed_{name}")
    user.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    user.until(lambda: not user.page.findChild(ChangedDialog))


def save(user) -> None:
    user.until(lambda: user.page.saver.run is None)  # one save at a time
    user.page.saver.save()
    user.until(lambda: not user.session.modified() and user.page.saver.run is None)


def labels_in(file) -> list[str]:
    return [shape["label"] for shape in json.loads(file.read_text(encoding="utf-8"))["shapes"]]


@pytest.fixture
def changed(user, streets, write_labelme):
    """A picture with an unsaved box, whose file has got another box meanwhile."""
    file = write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    user.open(streets)
    user.document.add([MINE])
    document = json.loads(file.read_text(encoding="utf-8"))
    theirs = {**document["shapes"][0], "label": "dog", "points": [[60, 60], [90, 90]]}
    document["shapes"].append(theirs)
    file.write_text(json.dumps(document), encoding="utf-8")
    user.page.saver.save()
    asked(user)
    return file


def test_both_stay_when_that_is_chosen(user, changed):
    choose(user, "both")
    user.until(lambda: not user.document.is_modified)
    assert sorted(labels_in(changed)) == ["car", "dog", "tram"]
    assert sorted(shape.label for shape in user.document.shapes) == ["car", "dog", "tram"]
    user.document.add([SECOND])
    save(user)  # the next save finds nothing changed
    assert sorted(labels_in(changed)) == ["car", "dog", "person", "tram"]


def test_mine_replaces_theirs_when_that_is_chosen(user, changed):
    choose(user, "mine")
    user.until(lambda: not user.document.is_modified)
    assert labels_in(changed) == ["tram", "car"]


def test_theirs_is_shown_when_that_is_chosen_and_undo_brings_mine_back(user, changed):
    before = changed.read_bytes()
    choose(user, "theirs")
    user.until(lambda: not user.document.is_modified)
    assert [shape.label for shape in user.document.shapes] == ["tram", "dog"]
    assert changed.read_bytes() == before
    user.press("images.undo")
    assert MINE in user.document.shapes
    assert user.document.is_modified


def test_nothing_is_written_when_the_question_is_cancelled(user, changed):
    before = changed.read_bytes()
    choose(user, "cancel")
    user.until(lambda: user.page.saver.run is None)
    assert changed.read_bytes() == before
    assert user.document.is_modified


def test_two_windows_with_one_folder_lose_nothing_of_each_other(new_user, streets):
    first, second = new_user(), new_user()
    for user in (first, second):
        user.open(streets)
    first.document.add([MINE])
    second.document.add([SECOND])
    save(first)  # neither had a file when it was opened
    second.page.saver.save()
    choose(second, "both")
    second.until(lambda: not second.document.is_modified)
    assert sorted(labels_in(streets / "street 1.json")) == ["car", "person"]


def test_two_windows_with_one_coco_file_lose_nothing_of_each_other(new_user, streets):
    source = coco(streets, ("street 2.png", "tram", 1, 1, 9, 9), classes=("tram",))
    users = [new_user(), new_user()]
    for user, shape in zip(users, (MINE, SECOND), strict=True):
        user.open(streets)
        user.page.importer.read(source)
        answer(user, "accept")
        user.until(lambda user=user: any("Took in" in text for text in user.messages))
        user.document.add([shape])  # on a picture that the file does not list yet
    save(users[0])
    users[1].page.saver.save()
    choose(users[1], "both")
    users[1].until(lambda: not users[1].document.is_modified)
    document = json.loads(source.read_text(encoding="utf-8"))
    names = {entry["id"]: entry["name"] for entry in document["categories"]}
    found = sorted(names[entry["category_id"]] for entry in document["annotations"])
    assert found == ["car", "person", "tram"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_refuses_gives_one_line_and_loses_nothing(user, streets, monkeypatch, number):
    user.open(streets)
    user.document.add([MINE])

    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        user.page.saver.save()
        user.until(lambda: user.problems)
        user.until(lambda: user.page.saver.run is None)
    assert len(user.problems) == 1
    assert os.strerror(number) in user.problems[0]
    assert user.document.shapes == (MINE,)
    assert user.document.is_modified
    assert not list(streets.glob("*.json"))
    save(user)
    assert labels_in(streets / "street 1.json") == ["car"]


def test_a_save_that_was_stopped_halfway_does_not_ask_about_what_it_wrote(
    user, streets, monkeypatch
):
    user.open(streets)
    user.document.add([MINE])
    user.press("images.next")
    user.go("street 2.png")
    user.document.add([SECOND])
    real, calls = os.fsync, []

    def refuse_second(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse_second)
        user.page.saver.save()
        user.until(lambda: user.problems)
        user.until(lambda: user.page.saver.run is None)
    assert [picture.file.name for picture in user.session.modified()] == ["street 2.png"]
    assert labels_in(streets / "street 1.json") == ["car"]
    save(user)
    assert labels_in(streets / "street 1.json") == ["car"]
    assert labels_in(streets / "street 2.json") == ["person"]


def test_a_file_that_was_deleted_meanwhile_is_asked_about(user, streets, write_labelme):
    file = write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    user.open(streets)
    user.document.add([MINE])
    file.unlink()
    user.page.saver.save()
    choose(user, "mine")
    user.until(lambda: not user.document.is_modified)
    assert labels_in(file) == ["tram", "car"]


def test_theirs_of_a_file_that_is_gone_is_a_line_and_the_edits_stay(user, streets, write_labelme):
    file = write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    user.open(streets)
    user.document.add([MINE])
    file.unlink()
    user.page.saver.save()
    choose(user, "theirs")
    user.until(lambda: user.problems)
    assert "does not exist" in user.problems[0]
    assert MINE in user.document.shapes
    assert user.document.is_modified


def test_a_class_that_another_window_has_renamed_is_asked_about_and_not_taken_back(
    new_user, streets, write_labelme
):
    files = [write_labelme(streets / f"street {n}.png", "tram", (10, 10, 50, 50)) for n in (1, 2)]
    first, second = new_user(), new_user()
    for user in (first, second):
        user.open(streets)
        user.until(lambda user=user: user.session.classes == ("tram",))
    model = first.page.inspector.classes.model()
    model.setData(model.index(0, 0), "bus")
    first.until(lambda: first.page.findChild(RenameDialog))
    button = first.page.findChild(QPushButton, "images.rename_everywhere")
    first.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    first.until(lambda: not first.page.renamer.is_busy and not first.page.saver.is_busy)
    second.document.add([SECOND])
    second.page.saver.save()
    choose(second, "both")
    second.until(lambda: not second.document.is_modified)
    assert [sorted(labels_in(file)) for file in files] == [["bus", "person"], ["bus"]]
