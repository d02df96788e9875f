"""Annotations on the disk: beside pictures, imported, saved, exported."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QTableView, QWidget

from engine.api.annotations import Shape
from gui.pages.images.findings_dialog import FindingsDialog
from tests.gui.pages.annotation_support import answer, coco, dialog_of

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_saved_shapes_are_found_again_by_the_next_session(new_user, streets):
    first = new_user()
    first.open(streets)
    first.draw(20, 30, 70, 80)
    drawn = first.document.shapes
    first.key(Qt.Key.Key_S, CONTROL)
    first.until(lambda: not first.document.is_modified)
    document = json.loads((streets / "street 1.json").read_text(encoding="utf-8"))
    assert document["imagePath"] == "street 1.png"
    assert (document["imageWidth"], document["imageHeight"]) == (160, 120)
    first.destroy()
    second = new_user()
    second.open(streets)
    assert second.document.title == "street 1.png"
    assert second.document.shapes == drawn
    assert not second.document.is_modified
    assert not second.document.undo_stack.canUndo()  # what the file holds is no edit


def test_saving_writes_every_picture_with_edits_at_once(user, streets):
    user.open(streets)
    user.draw(20, 30, 70, 80)
    user.press("images.next")
    user.go("street 2.png")
    user.draw(10, 10, 60, 60)
    user.press("images.save")
    user.until(lambda: not user.session.modified() and user.page.saver.run is None)
    assert sorted(path.name for path in streets.glob("*.json")) == [
        "street 1.json",
        "street 2.json",
    ]
    user.press("images.save")
    user.until(lambda: user.messages and "nothing to save" in user.messages[-1])


def test_an_edit_made_while_a_save_is_on_its_way_stays_unsaved(user, streets):
    user.open(streets)
    user.draw(20, 30, 70, 80)
    user.page.saver.save()
    user.document.add([Shape.box("car", 1, 1, 9, 9)])
    user.until(lambda: user.page.saver.run is None)
    assert user.document.is_modified


def test_voc_beside_a_picture_is_read_and_saved_as_voc(user, streets):
    (streets / "street 1.xml").write_text(
        "<annotation><filename>street 1.png</filename>"
        "<size><width>160</width><height>120</height><depth>3</depth></size>"
        "<object><name>tram</name><difficult>1</difficult><bndbox><xmin>11</xmin>"
        "<ymin>21</ymin><xmax>60</xmax><ymax>80</ymax></bndbox></object></annotation>",
        encoding="utf-8",
    )
    user.open(streets)
    (shape,) = user.document.shapes
    assert (shape.label, shape.is_difficult) == ("tram", True)
    assert "tram" in user.session.classes
    user.document.add([Shape.box("tram", 100, 50, 140, 90)])
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)
    root = ElementTree.parse(streets / "street 1.xml").getroot()
    assert len(root.findall("object")) == 2
    assert not (streets / "street 1.json").exists()


def test_yolo_beside_a_picture_keeps_the_order_of_its_classes(user, streets):
    (streets / "classes.txt").write_text("zebra\ncar\n", encoding="utf-8")
    (streets / "street 1.txt").write_text("1 0.5 0.5 0.25 0.5\n", encoding="utf-8")
    user.open(streets)
    (shape,) = user.document.shapes
    assert shape.label == "car"
    assert shape.box_xyxy == pytest.approx((60, 30, 100, 90))
    user.document.add([Shape.box("tram", 0, 0, 16, 12)])
    user.page.saver.save()
    if user.page.saver.run is not None:
        user.until(lambda: user.page.findChild(FindingsDialog) or not user.document.is_modified)
        if user.page.findChild(FindingsDialog):
            answer(user, "accept")
    user.until(lambda: not user.document.is_modified)
    assert (streets / "classes.txt").read_text(encoding="utf-8").split() == ["zebra", "car", "tram"]
    assert [line.split()[0] for line in (streets / "street 1.txt").read_text().splitlines()] == [
        "1",
        "2",
    ]


def test_a_text_beside_a_picture_that_is_no_yolo_is_left_alone(user, streets):
    (streets / "street 1.txt").write_text("a quiet street in the rain\n", encoding="utf-8")
    user.open(streets)
    assert user.document.shapes == ()
    assert not user.problems


def test_a_damaged_file_beside_a_picture_is_named_and_never_overwritten(user, streets):
    bad = streets / "street 1.json"
    bad.write_text('{"shapes": [', encoding="utf-8")
    user.open(streets)
    assert "street 1.json" in user.problems[0]
    user.draw(20, 30, 70, 80)
    user.page.saver.save()
    # What would be refused is not offered.
    assert not dialog_of(user).findChild(QPushButton, "images.findings_accept").isEnabled()
    answer(user, "cancel")
    user.until(lambda: user.page.saver.run is None)
    assert bad.read_text(encoding="utf-8") == '{"shapes": ['
    assert user.document.is_modified


def test_an_import_is_reported_first_and_cancelling_leaves_everything_untouched(user, streets):
    source = coco(
        streets,
        ("street 1.png", "car", 10, 10, 20, 20),
        ("gone.png", "person", 1, 1, 5, 5),
        ("street 2.png", "car", 150, 100, 80, 80),
    )
    user.open(streets)
    user.draw(20, 30, 70, 80)
    before = (
        user.document.shapes,
        user.session.classes,
        user.document.undo_stack.count(),
    )
    user.page.open_paths((source,))
    dialog = dialog_of(user)
    table = dialog.findChild(QTableView, "images.findings").model()
    kinds = {table.index(row, 0).data() for row in range(table.rowCount())}
    assert {"missing picture", "box outside"} <= kinds
    kind_box = dialog.findChild(QComboBox, "images.findings_kind")
    assert any(
        kind_box.itemText(row).startswith("missing picture (1)") for row in range(kind_box.count())
    )
    kind_box.setCurrentIndex(kind_box.findData("missing picture"))
    assert table.rowCount() == 1
    kind_box.setCurrentIndex(0)
    dialog.findChild(QLineEdit, "images.findings_search").setText("no such words")
    assert table.rowCount() == 0
    answer(user, "cancel")
    assert before == (
        user.document.shapes,
        user.session.classes,
        user.document.undo_stack.count(),
    )
    assert user.session.arrivals == ()


def test_an_import_is_one_step_to_undo_in_each_picture(user, streets):
    source = coco(
        streets,
        ("street 1.png", "car", 10, 10, 20, 20),
        ("street 1.png", "person", 40, 40, 20, 20),
        ("street 2.png", "person", 5, 5, 30, 30),
    )
    user.open(streets)
    user.draw(20, 30, 70, 80)
    drawn = user.document.shapes
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: len(user.document.shapes) == 2)
    assert not user.document.is_modified  # the file holds them
    user.press("images.undo")
    assert user.document.shapes == drawn
    user.press("images.redo")
    user.press("images.next")
    user.go("street 2.png")
    assert [shape.label for shape in user.document.shapes] == ["person"]
    user.press("images.undo")
    assert user.document.shapes == ()


def test_after_an_import_of_coco_saving_goes_back_into_the_same_file(user, streets):
    source = coco(
        streets,
        ("street 1.png", "car", 10, 10, 20, 20),
        ("street 10.png", "person", 5, 5, 30, 30),
        classes=("person", "car"),
    )
    user.open(streets)
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: user.messages and user.messages[-1].startswith("Took in"))
    user.document.add([Shape.box("tram", 60, 60, 90, 90)])
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)
    document = json.loads(source.read_text(encoding="utf-8"))
    assert [c["name"] for c in document["categories"]] == ["person", "car", "tram"]
    assert len(document["annotations"]) == 3  # the picture that was not opened among them
    assert not list(streets.glob("street*.json"))


def test_saving_into_coco_keeps_what_was_not_edited(user, streets):
    source = coco(
        streets,
        ("street 1.png", "car", 10, 10, 20, 20),
        ("street 1.png", "car", 60, 60, 20, 20),
        ("street 10.png", "person", 5, 5, 30, 30),
    )
    document = json.loads(source.read_text(encoding="utf-8"))
    first, _, last = document["annotations"]
    first |= {"id": 71, "keypoints": [2, 2, 2], "attributes": {"occluded": True}}
    last |= {"id": 73, "segmentation": {"size": [120, 160], "counts": "Zb1d0l1000"}}
    source.write_text(json.dumps(document), encoding="utf-8")
    user.open(streets)
    user.page.importer.read(source)
    answer(user, "accept")
    user.until(lambda: user.messages and user.messages[-1].startswith("Took in"))
    user.document.move({1}, 5, 5)
    user.document.add([Shape.box("tram", 90, 60, 120, 90)])
    for _ in range(2):  # the second save starts from what the first has written
        user.page.saver.save()
        user.until(lambda: not user.document.is_modified and user.page.saver.run is None)
        new = json.loads(source.read_text(encoding="utf-8"))["annotations"]
        assert [entry["id"] for entry in new] == [71, 2, 74, 73]
        assert (new[0], new[3]) == (first, last)
        assert new[1]["bbox"] == [65, 65, 20, 20]
        user.document.move({2}, 1, 0)
    assert user.document.shapes[0].entry.text == json.dumps(first)


def test_pictures_of_an_import_are_listed_where_none_of_them_is_open(user, streets):
    source = coco(streets, ("street 2.png", "car", 10, 10, 20, 20))
    user.page.open_paths((source,))
    answer(user, "accept")
    user.go("street 2.png")
    assert user.names == ["street 2.png"]
    assert len(user.document.shapes) == 1


def test_a_file_that_holds_no_annotations_gives_one_line_and_no_dialog(user, streets):
    (streets / "notes.json").write_text('{"notes": 1}', encoding="utf-8")
    user.open(streets)
    user.page.importer.read(streets / "notes.json")
    user.until(lambda: user.problems)
    assert len(user.problems) == 1
    assert user.page.findChild(FindingsDialog) is None


def test_export_asks_for_format_place_and_extent(user, streets, write_labelme, tmp_path):
    write_labelme(streets / "street 10.png", "tram", (10, 10, 50, 50))
    user.open(streets)
    user.draw(20, 30, 70, 80)
    user.press("images.export")
    chooser = user.find(QComboBox, "images.export_format")
    chooser.setCurrentIndex(chooser.findData("coco"))
    target = user.find(QLineEdit, "images.export_target")
    assert target.text().endswith("annotations.json")
    target.setText(str(tmp_path / "out" / "all.json"))
    user.press("images.export_accept")
    user.until((tmp_path / "out" / "all.json").exists)
    document = json.loads((tmp_path / "out" / "all.json").read_text(encoding="utf-8"))
    listed = {image["id"]: image["file_name"] for image in document["images"]}
    names = {c["id"]: c["name"] for c in document["categories"]}
    found = {(listed[a["image_id"]], names[a["category_id"]]) for a in document["annotations"]}
    assert {file.rsplit("/", 1)[-1] for file, _ in found} == {"street 1.png", "street 10.png"}
    assert "tram" in {label for _, label in found}  # of a picture that was not opened


def test_what_a_format_would_lose_is_shown_before_anything_is_written(user, streets, tmp_path):
    from gui.pages.images.saving import Export

    user.open(streets)
    user.document.add([Shape("pond", ((10, 10), (60, 15), (30, 60)), "polygon")])
    out = tmp_path / "voc"
    user.page.saver.export(Export("voc", out, "picture"))
    dialog = dialog_of(user)
    table = dialog.findChild(QTableView, "images.findings").model()
    assert "polygon" in table.index(0, 2).data()
    assert not out.exists()
    answer(user, "cancel")
    assert not out.exists()
    assert user.document.is_modified
    user.page.saver.export(Export("voc", out, "picture"))
    answer(user, "accept")
    user.until((out / "street 1.xml").exists)


def test_a_sample_asks_for_a_place_when_it_is_saved(user, tmp_path):
    user.page.open_paths(())
    user.until(lambda: user.document and user.document.picture)
    user.draw(50, 50, 200, 200)
    user.page.saver.save()
    dialog = user.page.findChild(QWidget, "images.export_dialog")
    assert dialog is not None
    user.find(QLineEdit, "images.export_target").setText(str(tmp_path / "out"))
    user.press("images.export_accept")
    user.until(lambda: user.page.findChild(FindingsDialog) or not user.document.is_modified)
    if user.page.findChild(FindingsDialog):
        answer(user, "accept")
    user.until(lambda: not user.document.is_modified)
    assert len(list((tmp_path / "out").glob("*.json"))) == 1


def test_the_report_can_be_copied(user, streets):
    from PySide6.QtGui import QGuiApplication

    source = coco(streets, ("street 1.png", "car", 9, 9, 9, 9), ("gone.png", "car", 1, 1, 5, 5))
    user.open(streets)
    user.page.importer.read(source)
    dialog = dialog_of(user)
    dialog.findChild(QPushButton, "images.findings_copy").click()
    assert "missing picture\tgone.png" in QGuiApplication.clipboard().text()
    answer(user, "cancel")
