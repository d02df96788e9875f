"""A disk that is full or read-only: one line, nothing lost, and it goes on later."""

import errno
import io
import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QPushButton

from engine.api.annotations import Shape
from gui.pages.images import journal
from gui.pages.images.rename_dialog import RenameDialog
from gui.pages.images.saving import Export
from gui.settings import Settings
from tests.gui.pages.annotation_support import answer, coco
from tests.gui.pages.conftest import save_picture

MINE = Shape.box("tram", 20, 30, 70, 80)
FAULTS = [
    ("open", errno.EROFS),
    ("open", errno.EACCES),
    ("write", errno.ENOSPC),
    ("fsync", errno.EIO),
    ("replace", errno.ENOSPC),
]


class FullDisk(io.FileIO):
    """Takes some bytes, and no more."""

    def write(self, data) -> int:
        if self.tell() >= 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(memoryview(data)[:3])


@pytest.fixture
def refuse(monkeypatch):
    """Have a call of the system refuse what would be written below a folder, until undone."""

    def begin(folder: Path, call: str, number: int) -> pytest.MonkeyPatch:
        patch = pytest.MonkeyPatch()
        opens, calls = io.open, {name: getattr(os, name) for name in ("fsync", "replace")}

        def opened(file, mode="r", *rest, **more):
            is_ours = "r" not in mode and str(file).startswith(str(folder))
            if is_ours and call == "open":
                raise OSError(number, os.strerror(number), str(file))
            if is_ours and call == "write":
                return io.BufferedWriter(FullDisk(file, mode.replace("b", "")))
            return opens(file, mode, *rest, **more)

        def refused(*values, **more):
            raise OSError(number, os.strerror(number))

        patch.setattr(io, "open", opened)
        if call in calls:
            patch.setattr(os, call, refused)
        patches.append(patch)
        return patch

    patches: list[pytest.MonkeyPatch] = []
    yield begin
    for patch in patches:
        patch.undo()


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def prepare(name: str, folder: Path, write_labelme) -> Path | None:
    """Write annotations of a format for the first picture; returns what is to be imported."""
    picture = folder / "street 1.png"
    if name == "labelme":
        write_labelme(picture, "tram", (10, 10, 50, 50))
    elif name == "yolo":
        picture.with_suffix(".txt").write_text("0 .5 .5 .2 .2\n")
        (folder / "classes.txt").write_text("tram\n")
        (folder / "data.yaml").write_text("names: [tram]\n")
    elif name == "voc":
        box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
        text = f"<annotation><object><name>tram</name>{box}</object></annotation>"
        picture.with_suffix(".xml").write_text(text)
    else:
        return coco(folder, (picture.name, "tram", 10, 10, 20, 20), classes=("tram",))
    return None


@pytest.mark.parametrize(("call", "number"), FAULTS)
@pytest.mark.parametrize("name", ["labelme", "voc", "yolo", "coco"])
def test_saving_gives_one_line_loses_nothing_and_goes_well_later(
    user, streets, write_labelme, refuse, name, call, number
):
    source = prepare(name, streets, write_labelme)
    user.open(streets)
    if source is not None:
        user.page.importer.read(source)
        answer(user, "accept")
        user.until(lambda: any("Took in" in text for text in user.messages))
    user.document.add([MINE])
    shapes, before = user.document.shapes, content(streets)
    patch = refuse(streets, call, number)
    user.page.saver.save()
    user.until(lambda: user.problems and not user.page.saver.is_busy)
    assert len(user.problems) == 1
    assert os.strerror(number) in user.problems[0]
    assert "\n" not in user.problems[0]
    assert content(streets) == before
    assert user.document.shapes == shapes
    assert user.document.is_modified
    patch.undo()
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified and not user.page.saver.is_busy)
    assert content(streets) != before


@pytest.mark.parametrize(("call", "number"), [("write", errno.ENOSPC), ("open", errno.EROFS)])
@pytest.mark.parametrize("name", ["labelme", "voc", "yolo", "coco"])
def test_an_export_gives_one_line_and_leaves_no_half_file(
    user, streets, tmp_path, write_labelme, refuse, name, call, number
):
    write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    user.open(streets)
    target = tmp_path / "out" / "all.json" if name == "coco" else tmp_path / "out"
    refuse(tmp_path / "out", call, number)
    user.page.saver.export(Export(name, target, "all"))
    user.until(lambda: user.problems and not user.page.saver.is_busy)
    assert len(user.problems) == 1
    assert os.strerror(number) in user.problems[0]
    assert not list((tmp_path / "out").glob("*"))


def test_one_picture_that_cannot_be_written_does_not_cost_the_others(user, streets, monkeypatch):
    user.open(streets)
    user.document.add([MINE])
    for name in ("street 2.png", "street 10.png"):
        user.press("images.next")
        user.go(name)
        user.document.add([MINE])
    replace = os.replace

    def refuse_second(source, target):
        if "street 2" in str(target):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", refuse_second)
        user.page.saver.save()
        user.until(lambda: user.problems and not user.page.saver.is_busy)
    assert len(user.problems) == 1
    assert "street 2.json: cannot be written (Permission denied)" in user.problems[0]
    assert {path.name for path in streets.glob("*.json")} == {"street 1.json", "street 10.json"}
    assert [picture.file.name for picture in user.session.modified()] == ["street 2.png"]
    assert any("Saved 2 pictures" in text for text in user.messages)
    user.page.saver.save()
    user.until(lambda: not user.session.modified())
    assert (streets / "street 2.json").exists()


def test_a_twin_that_cannot_be_saved_does_not_cost_the_others(user, streets):
    save_picture(streets / "street 1.jpg")
    user.open(streets)
    for file in (streets / "street 1.jpg", streets / "street 1.png", streets / "street 2.png"):
        user.page.navigator.go_to(file)
        user.go(file.name)
        user.document.add([MINE])
    user.page.saver.save()
    answer(user, "accept")
    user.until(lambda: not user.page.saver.is_busy)
    assert [picture.file.name for picture in user.session.modified()] == ["street 1.png"]
    assert {path.name for path in streets.glob("*.json")} == {"street 1.json", "street 2.json"}


def test_a_rename_that_the_disk_refuses_stays_unsaved_work(user, streets, write_labelme, refuse):
    for name in ("street 1.png", "street 2.png"):
        write_labelme(streets / name, "tram", (10, 10, 50, 50))
    user.open(streets)
    user.until(lambda: user.session.classes == ("tram",))
    before = content(streets)
    patch = refuse(streets, "write", errno.ENOSPC)
    model = user.page.inspector.classes.model()
    model.setData(model.index(0, 0), "bus")
    user.until(lambda: user.page.findChild(RenameDialog))
    button = user.page.findChild(QPushButton, "images.rename_everywhere")
    user.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    user.until(lambda: user.problems and not user.page.saver.is_busy)
    assert len(user.problems) == 1
    assert content(streets) == before
    assert {picture.file.name for picture in user.session.modified()} == {
        "street 1.png",
        "street 2.png",
    }
    patch.undo()
    user.page.saver.save()
    user.until(lambda: not user.session.modified())
    documents = [json.loads(data) for name, data in content(streets).items() if "json" in name]
    assert [document["shapes"][0]["label"] for document in documents] == ["bus", "bus"]


def test_a_full_disk_under_the_journal_is_told_and_the_window_stays_once(user, streets, refuse):
    user.open(streets)
    user.document.add([MINE])
    refuse(journal.journal_folder(), "write", errno.ENOSPC)
    user.page.journal.write()
    user.until(lambda: user.problems)
    assert os.strerror(errno.ENOSPC) in user.problems[0]
    assert user.document.is_modified
    assert not user.page.closing()
    assert "save it, or close again" in user.problems[-1]
    assert user.page.closing()


def test_a_place_for_unsaved_work_that_cannot_be_had_is_told_at_once(
    new_user, streets, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(journal, "journal_folder", lambda: tmp_path / "file" / "state")
    user = new_user()
    assert any("cannot be written to. Save often" in text for text in user.problems)
    user.open(streets)
    user.document.add([MINE])
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)


def test_an_import_that_cannot_be_remembered_is_told(user, streets, tmp_path, monkeypatch):
    source = coco(streets, ("street 1.png", "tram", 10, 10, 20, 20), classes=("tram",))
    user.open(streets)
    monkeypatch.setattr(Settings, "flush", lambda settings: False)
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: any("Took in" in text for text in user.messages))
    assert any("instances.json has to be imported again" in text for text in user.problems)


def test_settings_in_a_place_that_cannot_be_written_say_so(tmp_path, qapp):
    (tmp_path / "file").write_text("")
    store = QSettings(str(tmp_path / "file" / "a.ini"), QSettings.Format.IniFormat)
    settings = Settings(store)
    settings.theme = "dark"
    assert not settings.flush()
