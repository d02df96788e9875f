"""Unsaved work survives a crash and a closing."""

import pytest
from PySide6.QtWidgets import QWidget

from engine.api.annotations import Shape
from gui.pages.images.journal import journal_folder

BOX = Shape.box("car", 20, 30, 70, 80)


def journals():
    return sorted(journal_folder().glob("*.jsonl"))


def crash(user):
    """Go as a killed process does: without closing."""
    user.page.journal.write()
    user.until(journals)
    user.destroy()


@pytest.fixture
def crashed(new_user, streets):
    """A session that crashed with one unsaved box on the second picture."""
    user = new_user()
    user.open(streets)
    user.press("images.next")
    user.go("street 2.png")
    user.document.add([BOX])
    crash(user)
    return streets


def test_after_a_crash_the_unsaved_shapes_are_offered_and_restored(new_user, crashed):
    user = new_user()
    bar = user.find(QWidget, "images.recovery")
    user.until(bar.isVisible)
    user.open(crashed)
    assert user.document.shapes == ()  # nothing is done unasked
    user.press("images.restore")
    user.until(lambda: user.session.modified())
    assert not bar.isVisible()
    view = user.page.browser.list.model()
    marked = [view.index(row, 0).data(view.IS_MODIFIED) for row in range(view.rowCount())]
    assert marked == [False, True, False]
    user.press("images.next")
    user.go("street 2.png")
    assert user.document.shapes == (BOX,)
    assert user.document.is_modified
    user.press("images.undo")
    assert user.document.shapes == ()


def test_restored_shapes_stand_over_those_of_the_file_and_undo_brings_these_back(
    new_user, crashed, write_labelme
):
    write_labelme(crashed / "street 2.png", "tram", (1, 1, 30, 30))
    user = new_user()
    user.until(user.find(QWidget, "images.recovery").isVisible)
    user.press("images.restore")
    user.until(lambda: user.session.modified())
    user.open(crashed / "street 2.png")
    assert user.document.shapes == (BOX,)
    user.press("images.undo")
    assert [shape.label for shape in user.document.shapes] == ["tram"]


def test_restored_work_can_be_saved_without_opening_the_picture(new_user, crashed):
    user = new_user()
    user.until(user.find(QWidget, "images.recovery").isVisible)
    user.press("images.restore")
    user.until(lambda: user.session.modified())
    user.page.saver.save()
    user.until((crashed / "street 2.json").exists)
    user.until(lambda: not user.session.modified())
    user.until(lambda: not journals())


def test_discarded_work_is_gone(new_user, crashed):
    first = new_user()
    first.until(first.find(QWidget, "images.recovery").isVisible)
    first.press("images.discard")
    first.until(lambda: not journals())
    first.destroy()
    second = new_user()
    second.open(crashed / "street 2.png")
    assert second.document.shapes == ()
    assert not second.find(QWidget, "images.recovery").isVisible()


def test_an_offer_without_an_answer_comes_again(new_user, crashed):
    for _ in range(2):
        user = new_user()
        user.until(user.find(QWidget, "images.recovery").isVisible)
        assert user.page.closing()
        user.destroy()
    assert journals()


def test_closing_neither_asks_nor_loses(new_user, streets):
    first = new_user()
    first.open(streets)
    first.document.add([BOX])
    assert first.page.closing()
    first.destroy()
    second = new_user()
    second.open(streets)
    second.until(lambda: second.document.shapes == (BOX,))
    assert second.document.is_modified
    assert not second.find(QWidget, "images.recovery").isVisible()
    assert any("street 1.png" in text for text in second.messages)


def test_unsaved_work_on_a_sample_comes_back_with_the_sample(new_user):
    first = new_user()
    first.page.open_paths(())
    first.until(lambda: first.document and first.document.picture)
    first.document.add([BOX])
    title = first.document.title
    assert first.page.closing()
    first.destroy()
    second = new_user()
    second.page.open_paths(())
    second.until(lambda: second.document and second.document.shapes)
    assert (second.document.title, second.document.shapes) == (title, (BOX,))


def test_a_session_without_edits_leaves_nothing(new_user, streets):
    user = new_user()
    user.open(streets)
    assert user.page.closing()
    assert journals() == []


def test_edits_are_written_when_going_on_and_removed_when_saved(user, streets):
    user.open(streets)
    user.document.add([BOX])
    assert user.page.journal._timer.isActive()
    user.press("images.next")
    user.go("street 2.png")
    user.until(journals)
    user.page.saver.save()
    user.until(lambda: not journals())


def test_two_windows_keep_apart_journals(new_user, streets):
    first, second = new_user(), new_user()
    assert first.page.journal.file != second.page.journal.file
    first.open(streets)
    first.document.add([BOX])
    crash(first)
    second.page.closing()
    second.destroy()
    third = new_user()
    third.until(third.find(QWidget, "images.recovery").isVisible)


def test_what_cannot_be_kept_stops_the_first_closing_only(user, streets, monkeypatch):
    user.open(streets)
    user.document.add([BOX])
    blocked = journal_folder() / "in the way"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr(user.page.journal, "file", blocked / "journal.jsonl")
    assert not user.page.closing()
    assert "save it, or close again" in user.problems[-1]
    assert user.page.closing()


def test_an_edit_is_on_the_disk_after_half_a_minute_at_most_however_many_follow(user, streets):
    user.settings.autosave_interval_s = 3600
    user.open(streets)
    user.document.add([Shape.box("car", 20, 30, 70, 80)])
    timer = user.page.journal._timer
    assert timer.isActive()
    assert timer.interval() <= 30_000
    begun = timer.timerId()
    user.document.move([0], 1, 1)
    assert timer.timerId() == begun  # not put off
