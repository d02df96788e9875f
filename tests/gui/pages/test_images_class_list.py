"""Classes are found, ordered, coloured, hidden, merged and deleted, and stay so."""

import json

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QColor, QDropEvent
from PySide6.QtWidgets import QColorDialog, QLabel, QLineEdit, QPushButton, QWidget

from engine.api.annotations import Shape
from gui.class_colours import CLASS_COLOURS
from gui.pages.images.class_delegate import eye_rect
from gui.pages.images.class_list import ClassList
from gui.pages.images.rename_dialog import RenameDialog

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
MANY = (*(f"class {number}" for number in range(1, 80)), "broccoli")


@pytest.fixture
def at_work(user, streets):
    user.open(streets)
    user.session.set_classes(["car", "person", "tram"])
    user.document.add([Shape.box("car", 5, 5, 40, 40), Shape.box("tram", 60, 60, 90, 90)])
    return user


@pytest.fixture
def line(user) -> QLineEdit:
    found = user.find(QLineEdit, "images.class_name")
    found.setFocus()
    return found


def view(user) -> ClassList:
    return user.find(ClassList, "images.classes")


def shown(user) -> list[str]:
    model = view(user).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def choose(user, name: str) -> None:
    """Click a class."""
    classes = view(user)
    spot = classes.visualRect(classes.model().index(shown(user).index(name), 0))
    spot.setRight(spot.left() + 60)
    user.bot.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=spot.center())
    assert classes.current == name


def click_entry(user, name: str) -> None:
    """Choose from the menu of the current class."""
    menu = view(user).make_menu()
    action = next(a for a in menu.actions() if a.objectName() == f"images.class_menu.{name}")
    assert action.isEnabled()
    action.trigger()
    menu.close()


def answer(user, name: str) -> str:
    """Press a button of the question; return what it asked."""
    user.until(lambda: user.page.findChild(RenameDialog))
    dialog = user.page.findChild(RenameDialog)
    user.until(dialog.isVisible)
    text = dialog.findChild(QLabel, "images.rename_text").text()
    button = dialog.findChild(QPushButton, f"images.rename_{name}")
    assert button.isVisible()
    user.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    user.until(lambda: not user.page.findChild(RenameDialog) and not user.page.renamer.is_busy)
    return text


def test_a_few_letters_offer_a_class_among_eighty_and_return_takes_it(at_work, line):
    at_work.session.set_classes(MANY)
    at_work.bot.keyClicks(line, "bro")
    assert shown(at_work) == ["broccoli"]
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    assert view(at_work).current == at_work.canvas.class_for_new == "broccoli"
    assert at_work.session.classes == MANY
    assert len(shown(at_work)) == 80
    assert line.hasFocus()


def test_eighty_classes_have_the_room_of_more_than_five(at_work):
    at_work.session.set_classes(MANY)
    classes = view(at_work)
    height = classes.sizeHintForRow(0)
    at_work.until(lambda: classes.viewport().height() >= 7 * height)


def test_a_text_in_the_middle_of_a_name_is_a_new_class_and_so_is_one_taken_by_control(
    at_work, line
):
    at_work.session.set_classes(["omnibus", "cart"])
    at_work.bot.keyClicks(line, "bus")
    assert shown(at_work) == ["omnibus"]
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    at_work.bot.keyClicks(line, "car")
    at_work.bot.keyClick(line, Qt.Key.Key_Return, CONTROL)
    assert at_work.session.classes[:2] == ("omnibus", "cart")
    assert {"bus", "car"} <= set(at_work.session.classes)


def test_the_popup_offers_by_a_few_letters_too(at_work):
    at_work.session.set_classes(MANY)
    at_work.document.select([0])
    at_work.page.annotator.edit_label()
    line = at_work.find(QLineEdit, "images.label")
    line.clear()
    at_work.bot.keyClicks(line, "bro")
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    assert at_work.document.shapes[0].label == "broccoli"
    assert "bro" not in at_work.session.classes


def test_letters_in_the_list_of_the_popup_go_to_its_line_and_not_to_the_page(at_work):
    at_work.document.select([0])
    at_work.page.annotator.edit_label()
    line = at_work.find(QLineEdit, "images.label")
    choices = at_work.find(QWidget, "images.label_choices")
    line.clear()
    at_work.bot.keyClick(line, Qt.Key.Key_Down)
    at_work.bot.keyClick(choices, Qt.Key.Key_P)
    assert line.text() == "p"
    assert at_work.canvas.tool == "select"
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    assert at_work.document.shapes[0].label == "person"


def test_classes_are_moved_by_keys_and_by_a_drag_and_digits_follow(at_work):
    classes = view(at_work)
    choose(at_work, "car")
    at_work.bot.keyClick(classes, Qt.Key.Key_Down, ALT)
    assert at_work.session.classes == ("person", "car", "tram")
    place = QPointF(classes.visualRect(classes.model().index(2, 0)).center())
    move, none = Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    data = QMimeData()
    classes.dropEvent(QDropEvent(place, move, data, Qt.MouseButton.LeftButton, none))
    assert at_work.session.classes == ("person", "tram", "car")
    at_work.document.select([])
    at_work.key(Qt.Key.Key_2)
    assert at_work.canvas.class_for_new == "tram"


def test_f2_in_the_list_renames_the_class_and_not_the_selected_shape(at_work):
    classes = view(at_work)
    at_work.document.select([1])
    choose(at_work, "car")
    classes.setFocus()
    at_work.bot.keyClick(classes, Qt.Key.Key_F2)
    at_work.until(lambda: classes.findChild(QLineEdit))
    editor = classes.findChild(QLineEdit)
    editor.selectAll()
    at_work.bot.keyClicks(editor, "lorry")
    at_work.bot.keyClick(editor, Qt.Key.Key_Return)
    at_work.until(lambda: at_work.session.classes == ("lorry", "person", "tram"))
    at_work.until(lambda: not at_work.page.renamer.is_busy)
    assert [shape.label for shape in at_work.document.shapes] == ["lorry", "tram"]
    at_work.press("images.undo")
    assert [shape.label for shape in at_work.document.shapes] == ["car", "tram"]
    assert "car" in at_work.session.classes


def test_a_colour_is_chosen_drawn_and_never_that_of_two_classes(at_work):
    taken = CLASS_COLOURS.rgb("tram")
    choose(at_work, "car")
    click_entry(at_work, "colour")
    dialog = at_work.find(QColorDialog, "images.class_colour")
    dialog.setCurrentColor(QColor(*taken))
    dialog.accept()
    assert CLASS_COLOURS.rgb("car") == taken
    assert len({CLASS_COLOURS.rgb(name) for name in at_work.session.classes}) == 3
    colours = at_work.canvas._stage.table.colours.tolist()
    assert colours[0] == int(QColor(*taken).rgb())
    assert colours[0] != colours[1]


def test_order_and_colours_are_there_when_the_folder_is_opened_again(new_user, streets):
    first = new_user()
    first.open(streets)
    first.session.set_classes(["car", "person", "tram"])
    first.session.order_classes(["tram", "car", "person"])
    first.session.colour_class("car", (1, 2, 3))
    first.session.remove_class("person")
    tram = CLASS_COLOURS.rgb("tram")
    first.destroy()
    CLASS_COLOURS.set_at_hand({})
    again = new_user()
    again.open(streets)
    assert again.session.classes == ("tram", "car")
    assert CLASS_COLOURS.rgb("car") == (1, 2, 3)
    assert CLASS_COLOURS.rgb("tram") == tram


@pytest.mark.parametrize("kept", ["nonsense", "[1]", '{"FOLDER": {"colours": {"car": "red"}}}'])
def test_what_means_nothing_in_the_settings_counts_as_absent(new_user, streets, kept):
    first = new_user()
    first.settings.set_text("images/classes", kept.replace("FOLDER", str(streets)))
    first.open(streets)
    assert first.session.classes == ("object",)


def test_a_hidden_class_is_neither_seen_nor_picked_until_it_is_shown_again(at_work):
    at_work.document.select([])
    classes = view(at_work)
    row = classes.visualRect(classes.model().index(0, 0))
    eye = eye_rect(row).center()
    at_work.bot.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=eye)
    assert classes.hidden == {"car"}
    assert [row for _, row in at_work.canvas._stage.shapes_at((20, 20))] == []
    at_work.canvas.select_all()
    assert at_work.document.selection == {1}
    choose(at_work, "car")
    at_work.bot.keyClick(classes, Qt.Key.Key_Space)
    assert classes.hidden == set()
    assert [row for _, row in at_work.canvas._stage.shapes_at((20, 20))] == [0]


def test_merging_asks_changes_the_shapes_and_is_undone(at_work):
    choose(at_work, "car")
    click_entry(at_work, "merge")
    line = at_work.find(QLineEdit, "images.merge.label")
    at_work.bot.keyClicks(line, "tr")
    at_work.bot.keyClick(line, Qt.Key.Key_Return)
    text = answer(at_work, "open_ones")
    assert "tram is a class already: one shape on one picture of class car" in text
    at_work.until(lambda: [s.label for s in at_work.document.shapes] == ["tram", "tram"])
    assert at_work.session.classes == ("person", "tram")
    at_work.press("images.undo")
    assert [shape.label for shape in at_work.document.shapes] == ["car", "tram"]


def test_deleting_a_class_asks_takes_its_shapes_along_and_is_undone(at_work):
    classes = view(at_work)
    choose(at_work, "person")
    at_work.bot.keyClick(classes, Qt.Key.Key_Delete)  # no shape has it: nothing is asked
    at_work.until(lambda: at_work.session.classes == ("car", "tram"))
    at_work.until(lambda: not at_work.page.renamer.is_busy)
    choose(at_work, "car")
    at_work.bot.keyClick(classes, Qt.Key.Key_Delete)
    assert "one shape on one picture: they go with it" in answer(at_work, "open_ones")
    at_work.until(lambda: [shape.label for shape in at_work.document.shapes] == ["tram"])
    assert at_work.session.classes == ("tram",)
    at_work.press("images.undo")
    assert [shape.label for shape in at_work.document.shapes] == ["car", "tram"]
    assert at_work.session.classes == ("tram", "car")


def test_a_class_is_deleted_in_files_of_pictures_that_are_not_open_too(
    user, streets, write_labelme
):
    names = ("street 1.png", "street 2.png")
    for name in names:
        write_labelme(streets / name, "tram", (10, 10, 50, 50))
    user.open(streets)
    user.until(lambda: user.session.classes == ("tram",))
    user.page.renamer.delete("tram")
    assert "one shape on one picture that is not open" in answer(user, "everywhere")
    user.until(lambda: not user.page.saver.is_busy and not user.session.modified())
    for name in names:
        file = (streets / name).with_suffix(".json")
        assert json.loads(file.read_text(encoding="utf-8"))["shapes"] == []
