"""Images: browse, look closely, draw and edit shapes, import and export annotations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from engine.api.pictures import ValueRange
from gui.document.picture_document import PictureDocument
from gui.pages.images.annotating import Annotator
from gui.pages.images.browser import WIDTH_PX as BROWSER_WIDTH_PX
from gui.pages.images.browser import Browser
from gui.pages.images.class_keeper import ClassKeeper
from gui.pages.images.edit_actions import EditActions
from gui.pages.images.entries import SEPARATOR, Entry, add_entries
from gui.pages.images.file_actions import FileActions
from gui.pages.images.importing import Importer, ImportSource
from gui.pages.images.inspector import WIDTH_PX as INSPECTOR_WIDTH_PX
from gui.pages.images.inspector import Inspector
from gui.pages.images.journal import Journal
from gui.pages.images.loader import PictureLoader
from gui.pages.images.navigator import Navigator
from gui.pages.images.next_without import NextWithout
from gui.pages.images.opening import Opener
from gui.pages.images.recovery_bar import RecoveryBar
from gui.pages.images.renaming import ClassRenamer
from gui.pages.images.sample_files import sample_key
from gui.pages.images.saving import Saver
from gui.pages.images.sidecars import Sidecars
from gui.pages.images.sources import Sources
from gui.pages.images.thumbnails import ThumbnailLoader
from gui.pages.images.viewer import Viewer
from gui.plain_text import title_text
from gui.widgets.open_pictures import OpenPictures
from gui.workbench import Workbench

THUMBNAIL_PX = 96
SAMPLE_THUMBNAIL_PX = 208
LOOKED_UP = 50
"""So many pictures of an import decide whether the list shows its pictures already."""


class ImagesPage(QWidget):
    """Assembles browser, viewer and inspector, and connects them with the session."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("images")
        self._workbench, self._session = workbench, workbench.session
        client, session, settings = workbench.client, workbench.session, workbench.settings
        self.browser = Browser(workbench.pictures.model)
        self.viewer = Viewer(session.undo_group)
        self.inspector = Inspector()
        self.recovery = RecoveryBar()
        self._build()
        ratio = self.devicePixelRatioF()
        self.thumbnails = ThumbnailLoader(client, settings, round(THUMBNAIL_PX * ratio), self)
        side_px = round(SAMPLE_THUMBNAIL_PX * ratio)
        self._sample_thumbnails = ThumbnailLoader(client, settings, side_px, self)
        self.loader = PictureLoader(client, settings, self)
        self.sources = Sources(client, session, settings, self)
        self.sidecars = Sidecars(client, session, self.sources, self)
        self.navigator = Navigator(session, self.browser, self.loader, self.sidecars, self)
        self.opener = Opener(client, session, settings, self.browser, self.navigator, self)
        self.next_without = NextWithout(self.browser, self.sidecars, self)
        self.annotator = Annotator(session, self.viewer.canvas, self.inspector, self)
        self.importer = Importer(client, session, self)
        self.saver = Saver(client, session, self.sidecars, self.sources, self)
        self.renamer = ClassRenamer(session, self.sidecars, self.sources, self.saver, self)
        self.class_keeper = ClassKeeper(session, settings, self)
        self.journal = Journal(client, session, settings, self)
        self.files = FileActions(workbench, self)
        self._connect_browsing()
        self._connect_viewing()
        self._connect_files()
        self._add_entries()
        self._show_position()
        self.opener.list_samples()
        self.journal.look()

    def _build(self) -> None:
        self.viewer.canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        self.inspector.value_range.show_range(self._workbench.settings.value_range)
        self.inspector.value_range.chosen.connect(self._on_range_chosen)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("images.splitter")
        for widget in (self.browser, self.viewer, self.inspector):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        splitter.setCollapsible(1, False)
        splitter.setSizes([BROWSER_WIDTH_PX, 760, INSPECTOR_WIDTH_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.recovery)
        layout.addWidget(splitter, 1)

    def _connect_browsing(self) -> None:
        browser, gallery = self.browser, self.viewer.gallery
        self._workbench.open_wanted.connect(self.open_paths)
        browser.chosen.connect(self.navigator.go_to)
        browser.position_changed.connect(self._show_position)
        browser.labels_wanted.connect(self.sidecars.read_all)
        browser.set_labels(self.sidecars.labels)
        browser.set_scores(self.sidecars.scores)
        browser.open_folder.clicked.connect(self.files.choose_folder)
        browser.samples.clicked.connect(self.show_gallery)
        browser.list.wanted.connect(self.thumbnails.want)
        browser.model.set_modified_test(self._session.is_modified)
        self._session.modified_changed.connect(self._on_modified_changed)
        self._session.files_changed.connect(self.sidecars.forget)
        self.thumbnails.ready.connect(browser.list.show_tile)
        self._share(self._workbench.pictures)
        self._sample_thumbnails.ready.connect(gallery.show_tile)
        self.sidecars.index_changed.connect(browser.refresh_search)
        self.opener.samples_listed.connect(gallery.set_samples)
        gallery.wanted.connect(self._sample_thumbnails.want)
        gallery.chosen.connect(self.opener.open_sample)

    def _share(self, pictures: OpenPictures) -> None:
        """Let other pages go through the list."""
        pictures.chosen.connect(self.navigator.go_to)
        pictures.step_wanted.connect(self.navigator.step)
        pictures.thumbnails_wanted.connect(self.thumbnails.want)
        self.thumbnails.ready.connect(pictures.thumbnail_ready)
        self.navigator.failed.connect(pictures.failed)

    def _connect_viewing(self) -> None:
        viewer = self.viewer
        self.opener.opening.connect(viewer.show_opening)
        self.opener.emptied.connect(self._on_emptied)
        viewer.samples_wanted.connect(self.show_gallery)
        viewer.tools.steps.step_wanted.connect(self._step)
        self.next_without.found.connect(self.navigator.go_to)
        self.next_without.message.connect(self._workbench.message)
        viewer.problem.next_wanted.connect(self._on_next)
        viewer.problem.retry_wanted.connect(self.navigator.retry)
        viewer.canvas.pointer_moved.connect(self._workbench.pointer)
        self.navigator.arrived.connect(self._on_arrived)
        self.navigator.failed.connect(self._on_failed)
        self.navigator.waiting_changed.connect(viewer.show_waiting)
        self.navigator.ready_changed.connect(viewer.canvas.set_editable)
        self._workbench.settings.changed.connect(self._on_setting_changed)

    def _connect_files(self) -> None:
        bench, files = self._workbench, self.files
        for teller in (
            self.opener,
            self.renamer,
            self.importer,
            self.saver,
            self.sidecars,
            self.sources,
        ):
            teller.message.connect(bench.message)
        for complainer in (self.opener, self.journal, self.saver, self.sidecars, self.sources):
            complainer.problem.connect(bench.problem)
        self.annotator.rename_wanted.connect(self.renamer.rename)
        self.inspector.classes.removal_wanted.connect(self.renamer.delete)
        self.renamer.renaming.connect(self.annotator.follow_rename)
        self.opener.opening.connect(self.class_keeper.recall)
        self.opener.opening.connect(self.sources.recall)
        self.opener.annotations_wanted.connect(self.importer.read)
        self.importer.taken_in.connect(self.sources.add)
        self.importer.taken_in.connect(self._on_taken_in)
        self.saver.place_wanted.connect(files.choose_place)
        self.saver.saved.connect(self.journal.write)
        self.inspector.save.clicked.connect(self.saver.save)
        self.inspector.export.clicked.connect(files.choose_export)
        files.folder_chosen.connect(self.opener.open_folder)
        files.import_chosen.connect(self.importer.read)
        files.export_chosen.connect(self.saver.export)
        files.pasted.connect(self.open_paths)
        files.shapes_pasted.connect(self.viewer.canvas.paste)
        self.journal.offered.connect(self.recovery.offer)
        self.journal.restored.connect(self._on_restored)
        self.recovery.restore_wanted.connect(self.journal.restore)
        self.recovery.discard_wanted.connect(self.journal.discard)

    def _add_entries(self) -> None:
        canvas = self.viewer.canvas
        visible = self.inspector.visible
        actions = add_entries(self, self._entries())
        actions["recursive"].setChecked(self.opener.is_recursive)
        actions["recursive"].toggled.connect(self.opener.set_recursive)
        actions["show_shapes"].setChecked(visible.isChecked())
        actions["show_shapes"].toggled.connect(visible.setChecked)
        visible.toggled.connect(actions["show_shapes"].setChecked)
        actions["fit"].triggered.connect(canvas.fit)
        actions["fit_width"].triggered.connect(canvas.fit_width)
        self.edit_actions = EditActions(canvas, actions["paste"], self)
        names = ("save", "import", "import_folder", "export")
        self.file_actions = tuple(actions[name] for name in names)
        self.inspector.import_button.menu().addActions(
            [actions["import"], actions["import_folder"]]
        )

    def _entries(self) -> list[Entry]:
        files = self.files
        return [
            Entry("next", "&Next picture", "D PgDown", self._on_next, "chevron-right"),
            Entry("previous", "&Previous picture", "A PgUp", self._on_previous, "chevron-left"),
            Entry("next_without", "Next without annotation", "Shift+D", self._on_next_without),
            Entry("search", "Se&arch pictures", "/", self._on_search, "magnify"),
            Entry("refresh", "List the folder &again", "F5", self._on_refresh, "refresh"),
            Entry("recursive", "Include sub&folders", is_checkable=True),
            Entry("samples", "Sample &gallery", "", self.show_gallery, "image-filter-hdr"),
            SEPARATOR,
            Entry("import", "&Import annotations…", "Ctrl+I", files.choose_import, "import"),
            Entry("import_folder", "Import a &folder…", "", files.choose_import_folder),
            Entry("save", "&Save annotations", "Ctrl+S", self.saver.save, "content-save-outline"),
            Entry("export", "&Export…", "Ctrl+Shift+S", files.choose_export, "export"),
            SEPARATOR,
            Entry("select", "Select and edit", "V", self._on_select_tool),
            Entry("box", "Draw &boxes", "R W", self._on_box_tool, "vector-square"),
            Entry("polygon", "Draw p&olygons", "P", self._on_polygon_tool, "vector-polygon"),
            Entry("label", "Edit &class…", "Ctrl+E F2", self.annotator.edit_label),
            Entry("paste", "Paste shapes or a picture", "Ctrl+V", files.paste, "content-paste"),
            Entry("show_shapes", "S&how shapes", "T", is_checkable=True),
            SEPARATOR,
            Entry("fit", "&Fit", "Ctrl+F", sign="fit-to-page-outline"),
            Entry("fit_width", "Fit &width", "Ctrl+Shift+F"),
            Entry("full_size", "&100 %", "Ctrl+0", self._on_full_size),
        ]

    @Slot(object)
    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open pictures, a folder, annotation files; without paths the samples."""
        self.opener.open_paths(paths)

    def closing(self) -> bool:
        """Keep unsaved work for the next session; whether the window may close."""
        self.opener.stop()
        return self.journal.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Give the keys to the canvas."""
        super().showEvent(event)
        self.viewer.canvas.setFocus()

    @Slot()
    def show_gallery(self) -> None:
        """Show the sample gallery, or the picture again."""
        current = self._session.current
        if not self.viewer.shows_gallery:
            self.viewer.show_gallery()
        elif current is not None and current.picture is not None:
            self._on_arrived(current)
        else:
            self.navigator.retry()

    @Slot(object)
    def _on_arrived(self, document: PictureDocument) -> None:
        self.annotator.follow(document)
        self.viewer.show_document(document)
        self._show_title()
        self.journal.write()

    @Slot(object, str)
    def _on_failed(self, path: Path, reason: str) -> None:
        self.annotator.follow(None)
        self.inspector.show_document(self._session.current)
        self.viewer.show_problem(path, reason)
        self._show_title()

    @Slot(str, str)
    def _on_emptied(self, title: str, text: str) -> None:
        self.annotator.follow(None)
        self.viewer.show_empty(title, text)
        self._show_title()

    @Slot(object)
    def _on_taken_in(self, source: ImportSource) -> None:
        """Show the pictures of an import where none of them is listed."""
        files = [picture.file for picture in source.annotations.pictures]
        listed = self.browser.model
        if files and not any(listed.number_of(file) >= 0 for file in files[:LOOKED_UP]):
            self._show_pictures_of(source, files)
        self.browser.refresh_search()

    def _show_pictures_of(self, source: ImportSource, files: list[Path]) -> None:
        if not any(os.path.exists(file) for file in files[:LOOKED_UP]):
            self._workbench.problem.emit(
                f"{source.path.name}: none of its pictures is open, and {files[0]} is not there;"
                " open the folder with the pictures to see its shapes."
            )
            return
        self.opener.open_files(files)
        self._session.add_classes(source.annotations.classes)  # of the folder entered just now

    @Slot(object, bool)
    def _on_restored(self, files: tuple[Path, ...], was_closed: bool) -> None:
        names = ", ".join(sample_key(file) or file.name for file in files[:3])
        names += " …" if len(files) > 3 else ""
        when = "from last time" if was_closed else "of the session that crashed"
        self._workbench.message.emit(f"Unsaved shapes {when} are back: {names}")

    @Slot()
    def _on_modified_changed(self) -> None:
        self.browser.list.viewport().update()
        self._show_title()

    def _show_title(self) -> None:
        document = self._session.current
        name = f"{title_text(document.title)}[*] – " if document is not None else ""
        self.window().setWindowTitle(f"{name}Vision Workbench")
        self.window().setWindowModified(document is not None and document.is_modified)

    @Slot()
    def _show_position(self) -> None:
        row, count = self.browser.position
        self.viewer.tools.steps.show_position(row, count)
        self._workbench.pictures.set_position(self.browser.current, row)

    @Slot(str)
    def _on_setting_changed(self, name: str) -> None:
        if name == "wheel_zooms":
            self.viewer.canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        elif name == "value_range":
            self.inspector.value_range.show_range(self._workbench.settings.value_range)
            self.loader.forget()
            self.navigator.retry()

    @Slot(str)
    def _on_range_chosen(self, value_range: ValueRange) -> None:
        self._workbench.settings.value_range = value_range

    @Slot(int)
    def _step(self, step: int) -> None:
        """Go on; a polygon that is closed by it is kept, one of two vertices is not given up."""
        if self._can_leave():
            self.navigator.step(step)

    def _can_leave(self) -> bool:
        if self.viewer.canvas.is_unfinished:
            self._workbench.message.emit("Finish the drawing first, or press Esc to drop it")
            return False
        return True

    @Slot()
    def _on_next(self) -> None:
        self._step(1)

    @Slot()
    def _on_previous(self) -> None:
        self._step(-1)

    @Slot()
    def _on_next_without(self) -> None:
        if self._can_leave():
            self.next_without.go()

    @Slot()
    def _on_search(self) -> None:
        self.browser.search.setFocus()
        self.browser.search.selectAll()

    @Slot()
    def _on_refresh(self) -> None:
        self.loader.forget()
        self.browser.model.forget_tiles()
        self.opener.refresh()

    @Slot()
    def _on_select_tool(self) -> None:
        self.viewer.canvas.set_tool("select")

    @Slot()
    def _on_box_tool(self) -> None:
        self.viewer.canvas.set_tool("box")

    @Slot()
    def _on_polygon_tool(self) -> None:
        self.viewer.canvas.set_tool("polygon")

    @Slot()
    def _on_full_size(self) -> None:
        self.viewer.canvas.zoom_to(1.0)
