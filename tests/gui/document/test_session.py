"""What the session knows of pictures that are open and of those that are not."""

from collections import deque
from pathlib import Path

import pytest

from engine.api.annotations import PictureAnnotations, Shape
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.document.session import Session

CAR, TRAM = Shape.box("car", 1, 2, 30, 40), Shape.box("tram", 5, 5, 50, 50)
FILE, OTHER = Path("/pictures/a.png"), Path("/pictures/b.png")


def run(steps):
    deque(steps, maxlen=0)


def annotations(file, *shapes):
    return PictureAnnotations(file, 100, 80, shapes)


@pytest.fixture
def session(qtbot):
    return Session()


def test_what_came_for_an_unopened_picture_is_one_undo_step_over_what_its_file_holds(session):
    run(session.taking_in([annotations(FILE, TRAM)], "Import", is_saved=True))
    assert session.annotations_of(FILE).shapes == (TRAM,)
    assert not session.is_modified(FILE)
    session.load(FILE, (CAR,))
    document = session.document(FILE)
    assert document.shapes == (TRAM,)
    assert not document.is_modified
    document.undo_stack.undo()
    assert document.shapes == (CAR,)
    assert document.is_modified  # it differs from what was imported


def test_restored_shapes_of_an_unopened_picture_count_as_unsaved_until_they_are_saved(session):
    run(session.taking_in([annotations(FILE, TRAM)], "Restore", is_saved=False))
    assert session.is_modified(FILE)
    assert session.modified() == [annotations(FILE, TRAM)]
    run(session.marking_saved(session.modified()))
    assert session.modified() == []


def test_only_what_was_written_is_marked_as_saved(session):
    session.load(FILE, ())
    document = session.document(FILE)
    document.add([CAR])
    written = document.to_annotations()
    document.add([TRAM])
    run(session.marking_saved([written]))
    assert document.is_modified
    run(session.marking_saved([document.to_annotations()]))
    assert not document.is_modified


def test_shapes_added_before_the_file_was_read_are_not_lost(session):
    document = session.document(FILE)
    document.add([TRAM])  # another page was quicker than the disk
    session.load(FILE, (CAR,))
    assert document.shapes == (CAR, TRAM)
    document.undo_stack.undo()
    assert document.shapes == (CAR,)
    assert not document.is_modified


def test_renaming_reaches_open_and_unopened_pictures(session):
    session.set_classes(["car", "tram"])
    session.load(FILE, (CAR, TRAM))
    run(session.taking_in([annotations(OTHER, CAR)], "Import", is_saved=True))
    assert session.is_in_hand(FILE)
    assert not session.is_in_hand(OTHER)
    run(session.renaming("car", "lorry", [session.annotations_of(OTHER)]))
    assert session.classes == ("lorry", "tram")
    assert [shape.label for shape in session.document(FILE).shapes] == ["lorry", "tram"]
    assert [shape.label for shape in session.annotations_of(OTHER).shapes] == ["lorry"]
    assert session.is_modified(OTHER)
    session.load(OTHER, ())
    assert session.document(OTHER).is_modified


def test_renaming_leaves_what_a_file_holds_of_pictures_that_are_not_given(session):
    run(session.taking_in([annotations(OTHER, CAR)], "Import", is_saved=True))
    run(session.renaming("car", "lorry"))
    assert [shape.label for shape in session.annotations_of(OTHER).shapes] == ["car"]
    assert not session.is_modified(OTHER)


def test_renaming_reaches_unsaved_work_of_pictures_that_are_not_open(session):
    run(session.taking_in([annotations(OTHER, CAR)], "Restore", is_saved=False))
    assert session.is_in_hand(OTHER)
    run(session.renaming("car", "lorry"))
    assert [shape.label for shape in session.annotations_of(OTHER).shapes] == ["lorry"]


def test_a_picture_without_a_file_is_found_by_its_origin(session):
    run(session.taking_in([annotations(Path("sample:cat"), CAR)], "Restore", is_saved=False))
    document = PictureDocument(None, (TRAM,), "The cat", origin="sample:cat")
    session.adopt(document)
    assert document.shapes == (CAR,)
    assert [picture.file for picture in session.modified()] == [Path("sample:cat")]
    document.undo_stack.undo()
    assert document.shapes == (TRAM,)


def test_the_size_is_known_after_the_pixels_are_given_back(session):
    import numpy as np

    document = session.document(FILE)
    document.set_picture(Picture(np.zeros((80, 100, 3), np.uint8), FILE, "RGB"))
    document.set_picture(None)
    assert document.to_annotations().width == 100
    assert document.size == (100, 80)


def test_a_class_that_is_used_keeps_its_place(session):
    session.load(FILE, (Shape.box("object", 1, 1, 5, 5),))
    session.add_classes(["car"])
    assert session.classes == ("object", "car")


def test_the_first_edit_and_its_undoing_are_told(session, qtbot):
    session.load(FILE, ())
    document = session.document(FILE)
    with qtbot.waitSignal(session.modified_changed):
        document.add([CAR])
    assert session.is_modified(FILE)
    with qtbot.waitSignal(session.modified_changed):
        document.undo_stack.undo()
    assert not session.is_modified(FILE)
