"""Opening folders, going from picture to picture, searching, bad files, samples."""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QWidget

from engine.api.pictures import LoadThumbnail
from gui.pages.images.browser import Browser
from gui.pages.images.loader import CACHE_BYTES, PictureLoader
from gui.widgets.thumbnail_model import ThumbnailModel


def test_a_folder_is_listed_in_natural_order_and_its_first_picture_is_shown(desk, folder):
    desk.page.open_paths((folder,))
    desk.until(lambda: desk.session.files)
    expected = ["broken.jpg", "garden.jpg", "street 1.png", "street 2.png", "street 10.png"]
    assert desk.names == expected
    assert [file.name for file in desk.session.files] == expected
    assert desk.session.folder == folder


def test_going_on_and_back_shows_the_neighbours_and_the_position(desk, folder):
    desk.open(folder / "garden.jpg", folder / "street 1.png", folder / "street 2.png")
    position = desk.find(QLabel, "images.position")
    assert (desk.document.title, position.text()) == ("garden.jpg", "1 / 3")
    desk.press("images.next")
    desk.go("street 1.png")
    desk.key(Qt.Key.Key_D)
    desk.go("street 2.png")
    assert position.text() == "3 / 3"
    assert not desk.find(QToolButton, "images.next").isEnabled()
    desk.key(Qt.Key.Key_PageUp)
    desk.go("street 1.png")
    desk.key(Qt.Key.Key_A)
    desk.go("garden.jpg")
    assert desk.find(QLabel, "images.fact_size").text() == "200 × 100 px"


def test_the_picture_before_stays_until_the_next_is_there_and_then_gives_back_its_memory(
    desk, folder
):
    desk.open(folder / "garden.jpg", folder / "street 1.png")
    first = desk.document
    desk.press("images.next")
    desk.go("street 1.png")
    assert first.picture is None
    assert first.size == (200, 100)  # still known, for saving
    assert desk.document.picture is not None


def test_holding_the_key_ends_at_the_last_picture(desk, many):
    files = many(12)
    desk.open(*files)
    for _ in range(20):
        desk.key(Qt.Key.Key_D)
    desk.go(files[-1].name)
    assert desk.page.browser.current == files[-1]


def test_a_bad_file_is_named_with_its_reason_and_browsing_goes_on(desk, folder):
    desk.page.open_paths((folder,))
    card = desk.find(QWidget, "images.problem")
    desk.until(card.isVisible)
    assert "broken.jpg" in card.text()
    assert not desk.problems  # said once, on the card
    desk.key(Qt.Key.Key_D) if desk.canvas.isVisible() else desk.press("images.problem_next")
    desk.go("garden.jpg")
    assert desk.canvas.isVisible()
    assert not card.isVisible()
    desk.press("images.previous")
    desk.until(card.isVisible)
    assert desk.document.picture is None  # no other page takes it for the one before


def test_a_repaired_file_opens_on_the_second_try(desk, folder):
    desk.page.open_paths((folder / "broken.jpg",))
    card = desk.find(QWidget, "images.problem")
    desk.until(card.isVisible)
    Image.new("RGB", (30, 20)).save(folder / "broken.jpg")
    desk.press("images.problem_retry")
    desk.go("broken.jpg")
    assert desk.canvas.isVisible()


def test_an_empty_folder_says_so_and_offers_the_samples(desk, tmp_path):
    (tmp_path / "nothing").mkdir()
    desk.page.open_paths((tmp_path / "nothing",))
    button = desk.find(QWidget, "images.empty_samples")
    desk.until(button.isVisible)
    desk.press("images.empty_samples")
    assert desk.find(QWidget, "images.gallery").isVisible()


def test_a_folder_that_is_not_there_gives_one_line(desk, tmp_path):
    desk.page.open_paths((tmp_path / "gone",))
    desk.until(lambda: desk.problems)
    assert len(desk.problems) == 1
    assert "gone" in desk.problems[0]


def test_search_takes_words_and_numbers(desk, folder):
    desk.open(folder / "garden.jpg", folder / "street 1.png", folder / "street 10.png")
    search = desk.find(QLineEdit, "images.search")
    for text, expected in (
        ("STREET", ["street 1.png", "street 10.png"]),
        ("10 street", ["street 10.png"]),
        ("#1", ["garden.jpg"]),
        ("#7", []),
        ("", ["garden.jpg", "street 1.png", "street 10.png"]),
    ):
        search.setText(text)
        desk.until(lambda expected=expected: desk.names == expected)


def test_going_on_stays_among_the_pictures_that_were_searched_for(desk, folder):
    desk.open(folder / "street 1.png", folder / "garden.jpg", folder / "street 2.png")
    desk.find(QLineEdit, "images.search").setText("street")
    desk.until(lambda: len(desk.names) == 2)
    desk.press("images.next")
    desk.go("street 2.png")
    assert desk.find(QLabel, "images.position").text() == "2 / 2"


def test_searching_a_class_reads_what_lies_beside_pictures_that_were_not_opened(
    desk, folder, write_labelme
):
    write_labelme(folder / "street 10.png", "bicycle", (10, 10, 50, 50))
    (folder / "broken.jpg").unlink()
    desk.open(folder)
    desk.find(QLineEdit, "images.search").setText("label::bike")
    desk.until(lambda: desk.names == [])
    desk.find(QLineEdit, "images.search").setText("label::bicy")
    desk.until(lambda: desk.names == ["street 10.png"])


def test_the_samples_open_when_there_is_nothing_else(desk):
    desk.page.open_paths(())
    desk.until(lambda: desk.document and desk.document.picture)
    assert "astronaut" in desk.document.title.lower()
    assert len(desk.names) > 5
    assert desk.session.files == ()  # no page takes samples for files
    desk.press("images.next")
    desk.until(lambda: "astronaut" not in desk.document.title.lower())


def test_a_drawn_sample_brings_its_true_shapes_and_is_not_modified(desk):
    desk.page.open_paths(())
    desk.until(lambda: desk.document)
    model = desk.page.browser.model
    for row in range(model.rowCount()):
        desk.page.navigator.go_to(model.path(row))
        desk.until(lambda: not desk.page.loader.is_waiting)
        if desk.document.shapes:
            break
    assert desk.document.shapes
    assert not desk.document.is_modified
    shown = desk.page.inspector.shapes.model()
    assert shown.rowCount() == len(desk.document.shapes)


def test_the_gallery_opens_a_sample_and_gives_the_picture_back(desk):
    desk.press("images.samples")
    gallery = desk.page.viewer.gallery
    desk.until(lambda: gallery.isVisible() and gallery.findChildren(QToolButton))
    buttons = [b for b in gallery.findChildren(QToolButton) if b.objectName()]
    assert all(button.accessibleName() for button in buttons)
    buttons[1].click()
    desk.until(lambda: desk.document and desk.document.picture)
    assert desk.document.title == buttons[1].text()
    desk.press("images.samples")
    assert gallery.isVisible()
    desk.press("images.samples")
    assert desk.canvas.isVisible()


def test_thumbnails_are_asked_for_visible_rows_only_and_few_at_a_time(desk, many):
    asked, running, most = [], set(), 0

    def on_started(task):
        nonlocal most
        if isinstance(task.request, LoadThumbnail):
            asked.append(task.request.path)
            running.add(task)
            most = max(most, len(running))
            task.ended.connect(lambda: running.discard(task))

    desk.client.task_started.connect(on_started)
    files = many(60)
    desk.open(*files)
    view, model = desk.page.browser.list, desk.page.browser.model
    first, last = view.visible_rows()
    assert last < 20
    desk.until(lambda: not model.missing(first, last) and not running)
    assert set(asked) <= set(files[: last + 1])
    assert most <= 2
    view.scrollToBottom()
    first, last = view.visible_rows()
    desk.until(lambda: not model.missing(first, last) and not running)
    skipped = set(files[15:first])
    assert skipped
    assert not skipped & set(asked)


def test_a_hundred_thousand_names_cost_no_thumbnails_and_no_files(qtbot):
    browser = Browser()
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
    browser = Browser()
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


def test_pictures_ahead_are_decoded_and_the_store_is_bounded(desk, folder, monkeypatch):
    from gui.pages.images import loader

    files = [folder / f"street {number}.png" for number in (1, 2, 10)]
    kept = desk.page.loader._kept
    desk.open(*files)
    desk.until(lambda: files[1] in kept)  # before anyone asked for it
    assert CACHE_BYTES < 1 << 30
    monkeypatch.setattr(loader, "CACHE_BYTES", 160 * 120 * 3 + 1)
    desk.press("images.next")
    desk.go("street 2.png")
    desk.until(lambda: list(kept) == [files[2]])


def test_a_picture_on_the_clipboard_is_opened_as_a_file_of_its_own(desk):
    image = QImage(40, 30, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    image.setPixelColor(5, 6, Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    desk.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier) if desk.canvas.isVisible() else (
        desk.page.files.paste()
    )
    desk.until(lambda: desk.document and desk.document.picture)
    pixels = desk.document.picture.pixels
    assert pixels.shape == (30, 40, 3)
    assert pixels[6, 5].tolist() == [255, 0, 0]
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert desk.document.path.is_file()


def test_files_on_the_clipboard_are_opened(desk, folder):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "garden.jpg"))])
    QGuiApplication.clipboard().setMimeData(data)
    desk.page.files.paste()
    desk.go("garden.jpg")


def test_every_control_has_a_name_for_tests_and_one_for_screen_readers(desk):
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
        widget = desk.find(QWidget, f"images.{name}")
        assert widget.accessibleName(), name


def test_other_pages_can_ask_for_a_picture(desk, folder):
    desk.open(folder / "garden.jpg", folder / "street 1.png")
    desk.session.set_current(desk.session.document(folder / "street 1.png"))
    desk.until(lambda: desk.document.picture)
    assert desk.page.browser.current == folder / "street 1.png"
    assert np.array_equal(desk.canvas.document.picture.pixels, desk.document.picture.pixels)


def test_prefetched_pictures_that_are_dropped_are_asked_for_again(desk, folder):
    loader = PictureLoader(desk.client, desk.settings, desk.page)
    shown = []
    loader.loaded.connect(lambda path, *_: shown.append(path.name))
    loader.prefetch(folder / "street 1.png")
    loader.prefetch(folder / "street 2.png")
    loader.show(folder / "street 1.png")
    desk.until(lambda: shown)
    assert shown == ["street 1.png"]
