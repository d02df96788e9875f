"""Unsaved work survives a crash and a closing."""

import pytest
from PySide6.QtWidgets import QWidget

from engine.api.annotations import Shape
from gui.pages.images.journal import journal_folder

BOX = Shape.box("car", 20, 30, 70, 80)


@pytest.fixture
def streets(folder):
    (folder / "broken.jpg").unlink()
    (folder / "garden.jpg").unlink()
    return folder


def journals():
    return sorted(journal_folder().glob("*.jsonl"))


def crash(desk):
    """Go as a killed process does: without closing."""
    desk.page.journal.write()
    desk.until(journals)
    desk.destroy()


@pytest.fixture
def crashed(new_desk, streets):
    """A session that crashed with one unsaved box on the second picture."""
    desk = new_desk()
    desk.open(streets)
    desk.press("images.next")
    desk.go("street 2.png")
    desk.document.add([BOX])
    crash(desk)
    return streets


def test_after_a_crash_the_unsaved_shapes_are_offered_and_restored(new_desk, crashed):
    desk = new_desk()
    bar = desk.find(QWidget, "images.recovery")
    desk.until(bar.isVisible)
    desk.open(crashed)
    assert desk.document.shapes == ()  # nothing is done unasked
    desk.press("images.restore")
    desk.until(lambda: desk.session.modified())
    assert not bar.isVisible()
    view = desk.page.browser.list.model()
    marked = [view.index(row, 0).data(view.IS_MODIFIED) for row in range(view.rowCount())]
    assert marked == [False, True, False]
    desk.press("images.next")
    desk.go("street 2.png")
    assert desk.document.shapes == (BOX,)
    assert desk.document.is_modified
    desk.press("images.undo")
    assert desk.document.shapes == ()


def test_restored_shapes_stand_over_those_of_the_file_and_undo_brings_these_back(
    new_desk, crashed, write_labelme
):
    write_labelme(crashed / "street 2.png", "tram", (1, 1, 30, 30))
    desk = new_desk()
    desk.until(desk.find(QWidget, "images.recovery").isVisible)
    desk.press("images.restore")
    desk.until(lambda: desk.session.modified())
    desk.open(crashed / "street 2.png")
    assert desk.document.shapes == (BOX,)
    desk.press("images.undo")
    assert [shape.label for shape in desk.document.shapes] == ["tram"]


def test_restored_work_can_be_saved_without_opening_the_picture(new_desk, crashed):
    desk = new_desk()
    desk.until(desk.find(QWidget, "images.recovery").isVisible)
    desk.press("images.restore")
    desk.until(lambda: desk.session.modified())
    desk.page.saver.save()
    desk.until((crashed / "street 2.json").exists)
    desk.until(lambda: not desk.session.modified())
    desk.until(lambda: not journals())


def test_discarded_work_is_gone(new_desk, crashed):
    first = new_desk()
    first.until(first.find(QWidget, "images.recovery").isVisible)
    first.press("images.discard")
    first.until(lambda: not journals())
    first.destroy()
    second = new_desk()
    second.open(crashed / "street 2.png")
    assert second.document.shapes == ()
    assert not second.find(QWidget, "images.recovery").isVisible()


def test_an_offer_without_an_answer_comes_again(new_desk, crashed):
    for _ in range(2):
        desk = new_desk()
        desk.until(desk.find(QWidget, "images.recovery").isVisible)
        assert desk.page.closing()
        desk.destroy()
    assert journals()


def test_closing_neither_asks_nor_loses(new_desk, streets):
    first = new_desk()
    first.open(streets)
    first.document.add([BOX])
    assert first.page.closing()
    first.destroy()
    second = new_desk()
    second.open(streets)
    second.until(lambda: second.document.shapes == (BOX,))
    assert second.document.is_modified
    assert not second.find(QWidget, "images.recovery").isVisible()
    assert any("street 1.png" in text for text in second.messages)


def test_unsaved_work_on_a_sample_comes_back_with_the_sample(new_desk):
    first = new_desk()
    first.page.open_paths(())
    first.until(lambda: first.document and first.document.picture)
    first.document.add([BOX])
    title = first.document.title
    assert first.page.closing()
    first.destroy()
    second = new_desk()
    second.page.open_paths(())
    second.until(lambda: second.document and second.document.shapes)
    assert (second.document.title, second.document.shapes) == (title, (BOX,))


def test_a_session_without_edits_leaves_nothing(new_desk, streets):
    desk = new_desk()
    desk.open(streets)
    assert desk.page.closing()
    assert journals() == []


def test_edits_are_written_when_going_on_and_removed_when_saved(desk, streets):
    desk.open(streets)
    desk.document.add([BOX])
    assert desk.page.journal._timer.isActive()
    desk.press("images.next")
    desk.go("street 2.png")
    desk.until(journals)
    desk.page.saver.save()
    desk.until(lambda: not journals())


def test_two_windows_keep_apart_journals(new_desk, streets):
    first, second = new_desk(), new_desk()
    assert first.page.journal.file != second.page.journal.file
    first.open(streets)
    first.document.add([BOX])
    crash(first)
    second.page.closing()
    second.destroy()
    third = new_desk()
    third.until(third.find(QWidget, "images.recovery").isVisible)


def test_what_cannot_be_kept_stops_the_first_closing_only(desk, streets, monkeypatch):
    desk.open(streets)
    desk.document.add([BOX])
    blocked = journal_folder() / "in the way"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr(desk.page.journal, "file", blocked / "journal.jsonl")
    assert not desk.page.closing()
    assert "save it, or close again" in desk.problems[-1]
    assert desk.page.closing()
