"""What was imported for a folder is there again in the next session, and saved where it was."""

import json

import pytest

from engine.api.annotations import Shape
from gui.pages.images.saving import Export
from gui.pages.images.sources import KEPT
from tests.gui.pages.annotation_support import answer, coco

NEW = Shape.box("car", 60, 60, 90, 90)


@pytest.fixture
def source(new_user, streets):
    """A COCO file that was imported for a folder in a session that has ended."""
    file = coco(
        streets,
        ("street 1.png", "car", 10, 10, 20, 20),
        ("street 10.png", "person", 5, 5, 30, 30),
        classes=("person", "car"),
    )
    document = json.loads(file.read_text(encoding="utf-8"))
    for entry in (*document["categories"], *document["annotations"]):
        key = "id" if "name" in entry else "category_id"
        entry[key] -= 1  # from 0, as many tools write them
    file.write_text(json.dumps(document), encoding="utf-8")
    user = new_user()
    user.open(streets)
    user.page.importer.read(file)
    answer(user, "accept")
    user.until(lambda: any("Took in" in text for text in user.messages))
    user.page.closing()
    user.close()
    return file


def test_an_import_is_there_again_and_new_shapes_go_into_its_file(new_user, streets, source):
    user = new_user()
    user.open(streets)
    assert [shape.label for shape in user.document.shapes] == ["car"]
    assert not user.document.is_modified
    assert not user.document.undo_stack.canUndo()
    assert user.session.classes == ("person", "car")
    user.press("images.next")
    user.go("street 2.png")
    user.document.add([NEW])  # on a picture that the file does not list
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)
    document = json.loads(source.read_text(encoding="utf-8"))
    assert [(entry["id"], entry["name"]) for entry in document["categories"]] == [
        (0, "person"),
        (1, "car"),
    ]
    assert len(document["annotations"]) == 3
    assert not list(streets.glob("street*.json"))


def test_an_export_keeps_the_category_ids_of_what_was_imported(new_user, streets, source, tmp_path):
    user = new_user()
    user.open(streets)
    target = tmp_path / "copy.json"
    user.page.saver.export(Export("coco", target, "all"))
    user.until(target.exists)
    categories = json.loads(target.read_text(encoding="utf-8"))["categories"]
    assert [(entry["id"], entry["name"]) for entry in categories] == [(0, "person"), (1, "car")]


def test_unsaved_shapes_over_an_import_are_back_after_a_restart(new_user, streets, source):
    user = new_user()
    user.open(streets)
    user.document.add([NEW])
    assert user.page.closing()
    user.close()
    again = new_user()
    again.open(streets)
    again.until(lambda: len(again.document.shapes) == 2)
    assert again.document.is_modified
    again.page.saver.save()
    again.until(lambda: not again.document.is_modified)
    assert len(json.loads(source.read_text(encoding="utf-8"))["annotations"]) == 3


def test_an_import_that_is_gone_is_named_and_the_folder_opens_all_the_same(
    new_user, streets, source
):
    source.unlink()
    user = new_user()
    user.open(streets)
    assert any("instances.json" in text for text in user.problems)
    assert user.document.shapes == ()


def test_pictures_of_another_folder_are_not_saved_into_it(new_user, streets, source, many):
    user = new_user()
    user.open(streets)
    (other,) = many(1)
    user.open(other.parent)
    user.go(other.name)
    user.document.add([NEW])
    user.page.saver.save()
    user.until(lambda: not user.document.is_modified)
    assert other.with_suffix(".json").exists()
    assert len(json.loads(source.read_text(encoding="utf-8"))["annotations"]) == 2


@pytest.mark.parametrize("text", ["{", "7", '[["a"]]', "[[1, 2]]", '{"a": "b"}', "[" * 9999])
def test_a_memory_of_imports_that_is_damaged_counts_as_empty(new_user, streets, text):
    user = new_user()
    user.settings.set_text(KEPT, text)
    user.open(streets)
    assert not user.problems
