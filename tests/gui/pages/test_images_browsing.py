"""Opening folders, going from picture to picture, searching, bad files, samples."""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from engine.api.pictures import LoadPicture, LoadThumbnail
from gui.pages.images.browser import Browser
from gui.pages.images.loader import CACHE_BYTES, PictureLoader
from gui.widgets.thumbnail_model import ThumbnailModel
from tests.gui.held_engine import HeldEngine


def test_a_folder_is_listed_in_natural_order_and_its_first_picture_is_shown(user, folder):
    user.page.open_paths((folder,))
    user.until(lambda: user.session.files)
    expected = ["broken.jpg", "garden.jpg", "street 1.png", "street 2.png", "street 10.png"]
    assert user.names == expected
    assert [file.name for file in user.session.files] == expected
    assert user.session.folder == folder


def test_while_the_first_picture_is_opened_nothing_says_that_nothing_is_open(new_user, folder):
    engine = HeldEngine(LoadPicture)
    user = new_user(engine)
    empty = user.page.viewer.empty

    def texts() -> list[str]:
        return [label.text() for label in empty.findChildren(QLabel) if label.text()]

    assert "Nothing is open" in texts()
    user.page.open_paths((folder,))
    assert texts() == [f"Opening {folder.name}…"]
    user.until(lambda: engine.of(LoadPicture))
    user.until(lambda: texts() == ["Opening broken.jpg…"])
    assert empty.isVisible()
    engine.hold()
    for held in engine.of(LoadPicture):
        held.finish()
    user.until(lambda: not empty.isVisible())


def test_going_on_and_back_shows_the_neighbours_and_the_position(user, folder):
    user.open(folder / "garden.jpg", folder / "street 1.png", folder / "street 2.png")
    position = user.find(QLabel, "images.position")
    assert (user.document.title, position.text()) == ("garden.jpg", "1 / 3")
    user.press("images.next")
    user.go("street 1.png")
    user.key(Qt.Key.Key_D)
    user.go("street 2.png")
    assert position.text() == "3 / 3"
    assert not user.find(QToolButton, "images.next").isEnabled()
    user.key(Qt.Key.Key_PageUp)
    user.go("street 1.png")
    user.key(Qt.Key.Key_A)
    user.go("garden.jpg")
    assert user.find(QLabel, "images.fact_size").text() == "200 x 100 px"


def test_the_picture_before_stays_until_the_next_is_there_and_then_gives_back_its_memory(
    user, folder
):
    user.open(folder / "garden.jpg", folder / "street 1.png")
    first = user.document
    user.press("images.next")
    user.go("street 1.png")
    assert first.picture is None
    assert first.size == (200, 100)  # still known, for saving
    assert user.document.picture is not None


def test_holding_the_key_ends_at_the_last_picture(user, many):
    files = many(12)
    user.open(*files)
    for _ in range(20):
        user.key(Qt.Key.Key_D)
    user.go(files[-1].name)
    assert user.page.browser.current == files[-1]


def test_a_bad_file_is_named_with_its_reason_and_browsing_goes_on(user, folder):
    user.page.open_paths((folder,))
    card = user.find(QWidget, "images.problem")
    user.until(card.isVisible)
    assert "broken.jpg" in card.text()
    assert not user.problems  # said once, on the card
    user.key(Qt.Key.Key_D) if user.canvas.isVisible() else user.press("images.problem_next")
    user.go("garden.jpg")
    assert user.canvas.isVisible()
    assert not card.isVisible()
    user.press("images.previous")
    user.until(card.isVisible)
    assert user.document.picture is None  # no other page takes it for the one before


def test_a_repaired_file_opens_on_the_second_try(user, folder):
    user.page.open_paths((folder / "broken.jpg",))
    card = user.find(QWidget, "images.problem")
    user.until(card.isVisible)
    Image.new("RGB", (30, 20)).save(folder / "broken.jpg")
    user.press("images.problem_retry")
    user.go("broken.jpg")
    assert user.canvas.isVisible()


def test_an_empty_folder_says_so_and_offers_the_samples(user, tmp_path):
    (tmp_path / "nothing").mkdir()
    user.page.open_paths((tmp_path / "nothing",))
    button = user.find(QWidget, "images.empty_samples")
    user.until(button.isVisible)
    user.press("images.empty_samples")
    assert user.find(QWidget, "images.gallery").isVisible()


def test_a_folder_that_is_not_there_gives_one_line(user, tmp_path):
    user.page.open_paths((tmp_path / "gone",))
    user.until(lambda: user.problems)
    assert len(user.problems) == 1
    assert "gone" in user.problems[0]


def test_search_takes_words_and_numbers(user, folder):
    user.open(folder / "garden.jpg", folder / "street 1.png", folder / "street 10.png")
    search = user.find(QLineEdit, "images.search")
    for text, expected in (
        ("STREET", ["street 1.png", "street 10.png"]),
        ("10 street", ["street 10.png"]),
        ("#1", ["garden.jpg"]),
        ("#7", []),
        ("", ["garden.jpg", "street 1.png", "street 10.png"]),
    ):
        search.setText(text)
        user.until(lambda expected=expected: user.names == expected)


def test_going_on_stays_among_the_pictures_that_were_searched_for(user, folder):
    user.open(folder / "street 1.png", folder / "garden.jpg", folder / "street 2.png")
    user.find(QLineEdit, "images.search").setText("street")
    user.until(lambda: len(user.names) == 2)
    user.press("images.next")
    user.go("street 2.png")
    assert user.find(QLabel, "images.position").text() == "2 / 2"


def test_searching_a_class_reads_what_lies_beside_pictures_that_were_not_opened(
    user, folder, write_labelme
):
    write_labelme(folder / "street 10.png", "bicycle", (10, 10, 50, 50))
    (folder / "broken.jpg").unlink()
    user.open(folder)
    user.find(QLineEdit, "images.search").setText("label::bike")
    user.until(lambda: user.names == [])
    user.find(QLineEdit, "images.search").setText("label::bicy")
    user.until(lambda: user.names == ["street 10.png"])


def test_the_samples_open_when_there_is_nothing_else(user):
    user.page.open_paths(())
    user.until(lambda: user.document and user.document.picture)
    assert "astronaut" in user.document.title.lower()
    assert len(user.names) > 5
    assert user.session.files == ()  # no page takes samples for files
    user.press("images.next")
    user.until(lambda: "astronaut" not in user.document.title.lower())


def test_a_drawn_sample_brings_its_true_shapes_and_is_not_modified(user):
    user.page.open_paths(())
    user.until(lambda: user.document)
    model = user.page.browser.model
    for row in range(model.rowCount()):
        user.page.navigator.go_to(model.path(row))
        user.until(lambda: not user.page.loader.is_waiting)
        if user.document.shapes:
            break
    assert user.document.shapes
    assert not user.document.is_modified
    shown = user.page.inspector.shapes.model()
    assert shown.rowCount() == len(user.document.shapes)


def test_the_gallery_opens_a_sample_and_gives_the_picture_back(user):
    user.press("images.samples")
    gallery = user.page.viewer.gallery
    user.until(lambda: gallery.isVisible() and gallery.findChildren(QToolButton))
    buttons = [b for b in gallery.findChildren(QToolButton) if b.objectName()]
    assert all(button.accessibleName() for button in buttons)
    buttons[1].click()
    user.until(lambda: user.document and user.document.picture)
    assert user.document.title == buttons[1].text()
    user.press("images.samples")
    assert gallery.isVisible()
    user.press("images.samples")
    assert user.canvas.isVisible()


def test_thumbnails_are_asked_for_visible_rows_only_and_few_at_a_time(user, many):
    asked, running, most = [], set(), 0

    def on_started(task):
        nonlocal most
        if isinstance(task.request, LoadThumbnail):
            asked.append(task.request.path)
            running.add(task)
            most = max(most, len(running))
            task.ended.connect(lambda: running.discard(task))

    user.client.task_started.connect(on_started)
    files = many(60)
    user.open(*files)
    view, model = user.page.browser.list, user.page.browser.model
    first, last = view.visible_rows()
    assert last < 20
    user.until(lambda: not model.missing(first, last) and not running)
    assert set(asked) <= set(files[: last + 1])
    assert most <= 2
    view.scrollToBottom()
    first, last = view.visible_rows()
    user.until(lambda: not model.missing(first, last) and not running)
    skipped = set(files[15:first])
    assert skipped
    assert not skipped & set(asked)


def test_a_hundred_thousand_names_cost_no_thumbnails_and_no_files(qtbot):
    browser = Browser(ThumbnailModel())
    qtbot.addWidget(browser)
    browser.resize(260, 600)
    browser.show()
    wanted = []
    browser.list.wanted.connect(wanted.append)
    folder = Path("/nowhere/pictures")
    paths = [folder / f"IMG_{number:06}.jpg" for number in range(100_000)]
    browser.begin_listing("pictures", str(folder))
    for start in range(0, len(paths), 5000):
        browser.add_batch(paths[start : start + 5000])
    browser.finish_listing(tuple(paths))
    assert browser.model.rowCount() == 100_000
    qtbot.waitUntil(lambda: bool(wanted))
    assert all(len(rows) < 20 for rows in wanted)
    browser.show_current(paths[77_777])
    assert browser.position == (77_778, 100_000)
    assert browser.neighbour(1) == paths[77_778]
    browser.search.setText("77777")
    qtbot.waitUntil(lambda: browser.model.rowCount() == 1)
    assert browser.position == (1, 1)
    browser.search.setText("99")
    qtbot.waitUntil(lambda: browser.model.rowCount() > 1)
    assert browser.model.rowCount() == sum("99" in path.name for path in paths)


def test_a_search_during_the_listing_holds_when_the_order_is_final(qtbot):
    browser = Browser(ThumbnailModel())
    qtbot.addWidget(browser)
    browser.show()
    paths = [Path(f"/nowhere/{name}{n}.jpg") for n in range(50) for name in ("cat", "dog")]
    browser.begin_listing("nowhere", "/nowhere")
    browser.add_batch(paths[:40])
    browser.search.setText("cat")
    qtbot.waitUntil(lambda: browser.model.is_filtered)
    browser.add_batch(paths[40:])
    browser.finish_listing(sorted(paths))
    qtbot.waitUntil(lambda: browser.model.is_filtered)
    names = [browser.model.index(row).data() for row in range(browser.model.rowCount())]
    assert names == sorted(f"cat{n}.jpg" for n in range(50))


def test_names_that_occur_in_several_folders_are_told_apart():
    model = ThumbnailModel()
    paths = [Path(f"/data/{letter}/image.png") for letter in "abc"]
    model.set_paths(paths)
    assert [model.row_of(path) for path in paths] == [0, 1, 2]
    assert model.row_of(Path("/data/d/image.png")) == -1
    model.set_filter([0, 2])
    assert [model.row_of(path) for path in paths] == [0, -1, 1]


def test_pictures_ahead_are_decoded_and_the_store_is_bounded(user, folder, monkeypatch):
    from gui.pages.images import loader

    files = [folder / f"street {number}.png" for number in (1, 2, 10)]
    kept = user.page.loader._kept
    user.open(*files)
    user.until(lambda: files[1] in kept)  # before anyone asked for it
    assert CACHE_BYTES < 1 << 30
    monkeypatch.setattr(loader, "CACHE_BYTES", 160 * 120 * 3 + 1)
    user.press("images.next")
    user.go("street 2.png")
    user.until(lambda: list(kept) == [files[2]])


def test_a_picture_on_the_clipboard_is_opened_as_a_file_of_its_own(user):
    image = QImage(40, 30, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    image.setPixelColor(5, 6, Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    user.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier) if user.canvas.isVisible() else (
        user.page.files.paste()
    )
    user.until(lambda: user.document and user.document.picture)
    pixels = user.document.picture.pixels
    assert pixels.shape == (30, 40, 3)
    assert pixels[6, 5].tolist() == [255, 0, 0]
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert user.document.path.is_file()


def test_files_on_the_clipboard_are_opened(user, folder):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "garden.jpg"))])
    QGuiApplication.clipboard().setMimeData(data)
    user.page.files.paste()
    user.go("garden.jpg")
    QGuiApplication.clipboard().clear()


def test_every_control_has_a_name_for_tests_and_one_for_screen_readers(user):
    names = [
        "list",
        "search",
        "open_folder",
        "samples",
        "previous",
        "next",
        "canvas",
        "tool_select",
        "tool_box",
        "tool_polygon",
        "fit",
        "zoom",
        "undo",
        "redo",
        "classes",
        "class_name",
        "add_class",
        "shapes",
        "show_shapes",
        "import",
        "save",
        "export",
    ]
    for name in names:
        widget = user.find(QWidget, f"images.{name}")
        assert widget.accessibleName(), name


def test_other_pages_can_ask_for_a_picture(user, folder):
    user.open(folder / "garden.jpg", folder / "street 1.png")
    user.session.set_current(user.session.document(folder / "street 1.png"))
    user.until(lambda: user.document.picture)
    assert user.page.browser.current == folder / "street 1.png"
    assert np.array_equal(user.canvas.document.picture.pixels, user.document.picture.pixels)


def test_prefetched_pictures_that_are_dropped_are_asked_for_again(user, folder):
    loader = PictureLoader(user.client, user.settings, user.page)
    shown = []
    loader.loaded.connect(lambda path, *_: shown.append(path.name))
    loader.prefetch(folder / "street 1.png")
    loader.prefetch(folder / "street 2.png")
    loader.show(folder / "street 1.png")
    user.until(lambda: shown)
    assert shown == ["street 1.png"]


def test_the_range_of_a_sixteen_bit_picture_is_chosen_beside_it(user, tmp_path):
    values = np.linspace(100, 4000, 600).round().astype(np.uint16).reshape(20, 30)
    Image.fromarray(values).save(tmp_path / "deep.png")
    Image.new("RGB", (30, 20)).save(tmp_path / "plain.png")
    user.open(tmp_path / "deep.png", tmp_path / "plain.png")
    box = user.find(QComboBox, "images.value_range")
    assert box.isVisible()
    assert user.find(QLabel, "images.fact_colours").text() == "grey 16-bit, 0 to 4095 shown"

    box.setCurrentIndex(box.findData("stretched"))
    box.activated.emit(box.currentIndex())

    user.until(
        lambda: user.find(QLabel, "images.fact_colours").text().endswith("100 to 4000 shown")
    )
    assert user.document.picture.pixels.max() == 255
    user.press("images.next")
    user.go("plain.png")
    assert not box.isVisible()
