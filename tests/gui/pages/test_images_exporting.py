"""An export writes a copy: what is saved and what is not stays as it was."""

import json

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from engine.api.annotations import Shape
from gui.pages.images.saving import Export
from tests.gui.pages.annotation_support import answer, coco, dialog_of

POND = Shape("pond", ((10, 10), (60, 15), (30, 60)), "polygon")


@pytest.fixture
def exported(user, streets, tmp_path):
    """A picture with an unsaved polygon that was exported to another folder."""
    user.open(streets)
    user.document.add([POND])
    user.page.saver.export(Export("voc", tmp_path / "voc", "picture"))
    answer(user, "accept")  # polygons become boxes there
    user.until(lambda: user.messages and user.messages[-1].startswith("Exported"))
    return user


def test_a_picture_stays_unsaved_when_it_is_exported_to_another_folder(exported, streets):
    assert exported.document.is_modified
    exported.page.saver.save()
    exported.until(lambda: not exported.document.is_modified)
    (saved,) = json.loads((streets / "street 1.json").read_text(encoding="utf-8"))["shapes"]
    assert (saved["label"], saved["shape_type"]) == ("pond", "polygon")


def test_unsaved_shapes_that_were_exported_are_back_after_a_restart(new_user, exported, streets):
    assert exported.page.closing()
    exported.close()
    again = new_user()
    again.open(streets)
    again.until(lambda: again.document.shapes)
    assert again.document.shapes == (POND,)
    assert again.document.is_modified


def test_an_export_to_where_the_pictures_are_saved_anyway_saves_them(user, streets):
    user.open(streets)
    user.document.add([POND])
    user.page.saver.export(Export("labelme", streets, "all"))
    user.until(lambda: user.messages and user.messages[-1].startswith("Saved"))
    assert not user.document.is_modified


def test_an_export_of_everything_leaves_each_picture_as_unsaved_as_it_was(user, streets, tmp_path):
    source = coco(streets, ("street 1.png", "car", 1, 1, 9, 9), ("street 2.png", "car", 2, 2, 9, 9))
    user.open(streets)
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: user.document.shapes)
    user.document.add([POND])
    user.page.saver.export(Export("coco", tmp_path / "copy.json", "all"))
    user.until((tmp_path / "copy.json").exists)
    user.until(lambda: user.page.saver.run is None)
    assert [picture.file.name for picture in user.session.modified()] == ["street 1.png"]


def test_write_is_not_offered_where_it_would_be_refused(user, streets, tmp_path):
    target = tmp_path / "there"
    target.mkdir()
    (target / "street 1.json").write_text("no annotations", encoding="utf-8")
    user.open(streets)
    user.document.add([POND])
    user.page.saver.export(Export("labelme", target, "picture"))
    dialog = dialog_of(user)
    assert not dialog.findChild(QPushButton, "images.findings_accept").isEnabled()
    text = dialog.findChild(QLabel, "images.findings_summary").text()
    assert "Nothing can be written before that is mended" in text
    answer(user, "cancel")
    assert (target / "street 1.json").read_text(encoding="utf-8") == "no annotations"
