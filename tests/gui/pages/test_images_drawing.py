"""Drawing by mouse, classes by key and list, undo and redo, lists that follow the canvas."""

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QListView, QTableView, QWidget

from engine.api.annotations import Shape
from gui.document.session import Session
from gui.widgets.canvas import Canvas

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def at_work(user, folder):
    """A picture of 160 x 120 pixels with two classes to choose from."""
    user.open(folder / "street 1.png", folder / "street 2.png")
    user.session.set_classes(["car", "person"])
    return user


def shapes_table(user) -> QTableView:
    return user.find(QTableView, "images.shapes")


def test_a_box_drawn_by_mouse_is_listed_counted_and_marks_the_picture_as_unsaved(at_work):
    at_work.draw(20, 30, 70, 80)
    (shape,) = at_work.document.shapes
    assert shape.label == "car"
    assert shape.box_xyxy == pytest.approx((20, 30, 70, 80), abs=1)
    table = shapes_table(at_work)
    assert [table.model().index(0, column).data() for column in (0, 1)] == ["car", "50 x 50"]
    view = at_work.page.browser.list
    assert view.model().index(0, 0).data(view.model().IS_MODIFIED)
    assert not view.model().index(1, 0).data(view.model().IS_MODIFIED)
    assert at_work.page.window().isWindowModified()


def test_a_digit_changes_the_class_and_each_edit_is_undone_and_redone(at_work):
    at_work.draw(20, 30, 70, 80)
    at_work.document.select([0])
    at_work.key(Qt.Key.Key_2)
    assert at_work.document.shapes[0].label == "person"
    at_work.press("images.undo")
    assert at_work.document.shapes[0].label == "car"
    at_work.press("images.undo")
    assert at_work.document.shapes == ()
    assert not at_work.document.is_modified
    at_work.press("images.redo")
    at_work.press("images.redo")
    assert at_work.document.shapes[0].label == "person"


def test_a_digit_without_a_selection_chooses_the_class_of_new_shapes(at_work):
    at_work.document.select([])
    at_work.key(Qt.Key.Key_2)
    assert at_work.page.inspector.classes.current == "person"
    at_work.draw(20, 30, 70, 80)
    assert at_work.document.shapes[0].label == "person"


def test_new_shapes_take_the_class_that_is_chosen_in_the_list(at_work):
    classes = at_work.find(QListView, "images.classes")
    spot = classes.visualRect(classes.model().index(1, 0)).center()
    at_work.bot.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    at_work.draw(20, 30, 70, 80)
    assert at_work.document.shapes[0].label == "person"


def test_an_added_class_is_chosen_at_once_and_the_next_one_can_be_typed(at_work):
    line = at_work.find(QLineEdit, "images.class_name")
    line.setFocus()
    at_work.bot.keyClicks(line, "tram")
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    at_work.until(lambda: at_work.session.classes == ("car", "person", "tram"))
    assert line.hasFocus()
    at_work.bot.keyClicks(line, "bicycle")
    at_work.press("images.add_class")
    assert at_work.session.classes == ("car", "person", "tram", "bicycle")
    assert line.text() == ""
    at_work.draw(20, 30, 70, 80)
    assert at_work.document.shapes[0].label == "bicycle"


def test_renaming_a_class_renames_it_in_every_picture_and_can_be_undone(at_work, folder):
    at_work.draw(20, 30, 70, 80)
    first = at_work.document
    at_work.press("images.next")
    at_work.go("street 2.png")
    at_work.draw(10, 10, 50, 50)
    classes = at_work.page.inspector.classes
    classes.model().setData(classes.model().index(0, 0), "lorry")
    at_work.until(lambda: first.shapes[0].label == at_work.document.shapes[0].label == "lorry")
    assert at_work.session.classes == ("lorry", "person")
    at_work.press("images.undo")
    assert at_work.document.shapes[0].label == "car"
    assert first.shapes[0].label == "lorry"


def test_list_and_canvas_share_the_selection_both_ways(at_work):
    at_work.document.add([Shape.box("car", 5, 5, 40, 40), Shape.box("person", 60, 60, 90, 90)])
    table = shapes_table(at_work)
    at_work.document.select([1])
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]
    table.selectRow(0)
    assert at_work.document.selection == {0}
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(table.model().index(1, 0), flags.Select | flags.Rows)
    assert at_work.document.selection == {0, 1}
    at_work.bot.keyClick(table, Qt.Key.Key_Delete)
    assert at_work.document.shapes == ()
    at_work.press("images.undo")
    assert len(at_work.document.shapes) == table.model().rowCount() == 2


def test_ten_thousand_shapes_are_listed_and_selected_together(at_work):
    shapes = [Shape.box("car", n % 100, n // 100, n % 100 + 5, n // 100 + 5) for n in range(10_000)]
    at_work.document.add(shapes)
    table = shapes_table(at_work)
    assert table.model().rowCount() == 10_000
    assert len(table.selectionModel().selection()) <= 2  # one range, not ten thousand
    at_work.document.select([9_999])
    assert table.selectionModel().isRowSelected(9_999)


def test_the_popup_completes_a_class_and_takes_a_new_one(at_work):
    at_work.draw(20, 30, 70, 80)
    at_work.document.select([0])
    at_work.key(Qt.Key.Key_E, CONTROL)
    dialog = at_work.find(QWidget, "images.label_dialog")
    at_work.until(dialog.isVisible)
    line = at_work.find(QLineEdit, "images.label")
    assert line.text() == "car"
    line.clear()
    at_work.bot.keyClicks(line, "pe")
    choices = at_work.find(QListView, "images.label_choices").model()
    assert [choices.index(row, 0).data() for row in range(choices.rowCount())] == ["person"]
    at_work.bot.keyClick(line, Qt.Key.Key_Tab)
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    assert at_work.document.shapes[0].label == "person"
    assert not dialog.isVisible()
    at_work.page.annotator.edit_label()
    line.clear()
    at_work.bot.keyClicks(line, "tram")
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    assert at_work.document.shapes[0].label == "tram"
    assert "tram" in at_work.session.classes


def test_escape_closes_the_popup_and_changes_nothing(at_work):
    at_work.draw(20, 30, 70, 80)
    at_work.document.select([0])
    at_work.page.annotator.edit_label()
    dialog = at_work.find(QWidget, "images.label_dialog")
    at_work.until(dialog.isVisible)
    at_work.bot.keyClick(dialog, Qt.Key.Key_Escape)
    at_work.until(lambda: not dialog.isVisible())
    assert at_work.document.shapes[0].label == "car"


def test_tools_are_chosen_by_button_and_by_key(at_work):
    canvas = at_work.find(Canvas, "images.canvas")
    at_work.press("images.tool_box")
    assert canvas.tool == "box"
    at_work.key(Qt.Key.Key_P)
    assert canvas.tool == "polygon"
    assert at_work.page.viewer.tools.findChild(QWidget, "images.tool_polygon").isChecked()
    at_work.key(Qt.Key.Key_V)
    assert canvas.tool == "select"


def test_zoom_is_shown_and_set(at_work):
    at_work.press("images.full_size")
    assert at_work.canvas.scale == 1.0
    assert at_work.find(QWidget, "images.zoom").text() == "100 %"
    at_work.press("images.fit")
    assert at_work.canvas.scale > 1.0
    assert at_work.find(QWidget, "images.zoom").text() != "100 %"


def test_shapes_are_hidden_by_box_and_key_alike(at_work):
    box = at_work.find(QCheckBox, "images.show_shapes")
    at_work.key(Qt.Key.Key_T)
    assert not box.isChecked()
    at_work.key(Qt.Key.Key_T)
    assert box.isChecked()


def test_copied_shapes_are_pasted_into_the_next_picture(at_work):
    at_work.draw(20, 30, 70, 80)
    at_work.document.select([0])
    shape = at_work.document.shapes[0]
    at_work.key(Qt.Key.Key_C, CONTROL)
    at_work.press("images.next")
    at_work.go("street 2.png")
    at_work.key(Qt.Key.Key_V, CONTROL)
    assert at_work.document.shapes == (shape,)


def test_each_picture_keeps_its_own_edits_and_undo(at_work):
    at_work.draw(20, 30, 70, 80)
    at_work.press("images.next")
    at_work.go("street 2.png")
    assert not at_work.find(QWidget, "images.undo").isEnabled()
    at_work.press("images.previous")
    at_work.go("street 1.png")
    assert len(at_work.document.shapes) == 1
    at_work.press("images.undo")
    assert at_work.document.shapes == ()


def test_pixel_position_reaches_the_status_line(at_work):
    told = []
    at_work.bench.pointer.connect(told.append)
    spot = at_work.canvas.map_to_screen(10, 10).toPoint()
    at_work.bot.mouseMove(at_work.canvas, spot + QPoint(3, 3))
    at_work.bot.mouseMove(at_work.canvas, spot)
    at_work.until(lambda: (told and "RGB 120 120 120" in told[-1]) or "1 1 1" in str(told[-1:]))


def test_the_placeholder_class_goes_when_the_first_real_one_comes():
    session = Session()
    session.add_classes(["cat"])
    assert session.classes == ("cat",)
    session.add_classes(["dog", "cat"])
    assert session.classes == ("cat", "dog")
