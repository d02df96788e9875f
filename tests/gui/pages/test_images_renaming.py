"""A class in files of pictures that are not open is renamed there after one question."""

import errno
import json
import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from gui.pages.images.rename_dialog import RenameDialog
from tests.gui.pages.annotation_support import answer, coco

NAMES = ("street 1.png", "street 2.png", "street 10.png")


def rename(user, old: str, new: str) -> None:
    user.until(lambda: old in user.session.classes)
    model = user.page.inspector.classes.model()
    model.setData(model.index(user.session.classes.index(old), 0), new)


def question(user) -> RenameDialog:
    user.until(lambda: user.page.findChild(RenameDialog))
    dialog = user.page.findChild(RenameDialog)
    user.until(dialog.isVisible)
    return dialog


def choose(user, name: str) -> None:
    button = question(user).findChild(QPushButton, f"images.rename_{name}")
    user.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    user.until(lambda: not user.page.findChild(RenameDialog))
    user.until(lambda: not user.page.renamer.is_busy and not user.page.saver.is_busy)


def labels_in(folder) -> list[str]:
    files = (folder / name.replace(".png", ".json") for name in NAMES)
    documents = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return [shape["label"] for document in documents for shape in document["shapes"]]


def add_to(file, key: str, value: object) -> None:
    """Give the first shape of a file another field."""
    document = json.loads(file.read_text(encoding="utf-8"))
    document["shapes"][0][key] = value
    file.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def trams(user, streets, write_labelme):
    """Three pictures with a tram each, the first of them open."""
    for name in NAMES:
        write_labelme(streets / name, "tram", (10, 10, 50, 50))
    add_to(streets / "street 2.json", "group_id", 7)
    user.open(streets)
    rename(user, "tram", "tramway")
    return streets


def test_the_question_says_how_many_and_yes_reaches_every_file(user, trams):
    text = question(user).findChild(QLabel, "images.rename_text").text()
    assert "2 shapes on 2 pictures that are not open" in text
    choose(user, "everywhere")
    assert labels_in(trams) == ["tramway"] * 3
    document = json.loads((trams / "street 2.json").read_text(encoding="utf-8"))
    assert document["shapes"][0]["group_id"] == 7
    assert user.session.classes == ("tramway",)
    assert user.session.modified() == []
    assert any("tram is now tramway. Saved 3 pictures" in text for text in user.messages)
    user.press("images.undo")
    assert [shape.label for shape in user.document.shapes] == ["tram"]
    assert user.document.is_modified


def test_after_yes_the_other_pictures_show_the_new_name_and_are_saved_unasked(user, trams):
    choose(user, "everywhere")
    user.press("images.next")
    user.go("street 2.png")
    assert [shape.label for shape in user.document.shapes] == ["tramway"]
    assert not user.document.is_modified
    user.document.move([0], 1, 1)
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)
    assert labels_in(trams) == ["tramway"] * 3
    assert not user.problems


def test_no_leaves_the_files_as_they_are_and_says_so(user, trams):
    before = [(trams / name.replace(".png", ".json")).read_bytes() for name in NAMES]
    choose(user, "open_ones")
    assert [shape.label for shape in user.document.shapes] == ["tramway"]
    assert [(trams / name.replace(".png", ".json")).read_bytes() for name in NAMES] == before
    assert any("2 pictures that are not open still say tram" in text for text in user.messages)
    user.page.saver.save()
    user.until(lambda: not user.session.modified())
    assert labels_in(trams) == ["tramway", "tram", "tram"]


def test_cancelled_nothing_has_another_name(user, trams):
    choose(user, "cancel")
    assert labels_in(trams) == ["tram"] * 3
    assert [shape.label for shape in user.document.shapes] == ["tram"]
    assert user.session.classes == ("tram",)


def test_one_file_that_fails_is_told_and_saved_later(user, trams, monkeypatch):
    real, calls = os.fsync, []

    def refuse_second(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse_second)
        choose(user, "everywhere")
    assert len(user.problems) == 1
    assert "No space left" in user.problems[0]
    assert sorted(labels_in(trams)) == ["tram", "tramway", "tramway"]  # each whole
    assert len(user.session.modified()) == 1
    user.page.saver.save()
    user.until(lambda: not user.session.modified())
    assert labels_in(trams) == ["tramway"] * 3


def test_a_category_of_an_imported_file_keeps_its_id(user, streets):
    entries = [(name, "car", 10, 10, 20, 20) for name in NAMES]
    source = coco(streets, *entries, classes=("person", "car"))
    before = json.loads(source.read_text(encoding="utf-8"))
    user.open(streets)
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: any("Took in" in text for text in user.messages))
    rename(user, "car", "lorry")
    choose(user, "everywhere")
    after = json.loads(source.read_text(encoding="utf-8"))
    assert after["annotations"] == before["annotations"]
    assert after["categories"] == [{"id": 1, "name": "person"}, {"id": 2, "name": "lorry"}]
    user.press("images.next")
    user.go("street 2.png")
    user.document.move([0], 5, 5)
    user.page.saver.save()
    user.until(lambda: not user.session.modified() and not user.page.saver.is_busy)
    assert json.loads(source.read_text(encoding="utf-8"))["categories"] == after["categories"]


def test_a_yolo_class_keeps_its_index(user, streets):
    (streets / "classes.txt").write_text("person\ncar\n", encoding="utf-8")
    for name in NAMES:
        (streets / name.replace(".png", ".txt")).write_text("1 .5 .50 .2 .2\n", encoding="utf-8")
    user.open(streets)
    rename(user, "car", "lorry")
    choose(user, "everywhere")
    assert (streets / "classes.txt").read_text(encoding="utf-8") == "person\nlorry\n"
    for name in NAMES:
        text = (streets / name.replace(".png", ".txt")).read_text(encoding="utf-8")
        assert text == "1 .5 .50 .2 .2\n"


def test_a_class_of_open_pictures_alone_is_renamed_unasked(user, streets, write_labelme):
    write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    write_labelme(streets / "street 2.png", "car", (10, 10, 50, 50))
    user.open(streets)
    rename(user, "tram", "tramway")
    user.until(lambda: [shape.label for shape in user.document.shapes] == ["tramway"])
    user.until(lambda: not user.page.renamer.is_busy)
    assert not user.page.findChildren(RenameDialog)
    assert any("tram is now tramway in every open picture" in text for text in user.messages)


def test_a_second_rename_waits_for_the_answer_to_the_first(user, trams):
    question(user)
    rename(user, "tram", "bus")
    user.until(lambda: any("tram stays as it is: wait" in text for text in user.messages))
    choose(user, "everywhere")
    assert labels_in(trams) == ["tramway"] * 3
