"""Asks for folders and files, and takes pictures from the clipboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.api.pictures import WritePicture
from gui.bridge.page_request import PageRequest
from gui.pages.images.clipboard import pasted_files, pasted_pixels, pasted_target
from gui.pages.images.export_dialog import ExportDialog
from gui.workbench import Workbench


class FileActions(QObject):
    """Dialogs that say what was chosen; none of them stops the window."""

    folder_chosen = Signal(object)  # Path
    import_chosen = Signal(object)  # Path of an annotation file or of a folder of such
    export_chosen = Signal(object)  # Export
    pasted = Signal(object)  # tuple[Path, ...]: pictures to open
    shapes_pasted = Signal()  # the clipboard holds neither files nor a picture

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._bench, self._window = workbench, window
        self._pasting = PageRequest(workbench.client, self, "browse")
        self._pasting.answered.connect(self._on_written)

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder of pictures."""
        dialog = self._dialog("Open a folder of pictures", QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._on_folder_chosen)
        dialog.open()

    @Slot()
    def choose_import(self) -> None:
        """Ask for an annotation file."""
        dialog = self._dialog("Import annotations", QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Annotations (*.json *.xml *.txt *.yaml *.yml)", "All files (*)"])
        dialog.fileSelected.connect(self._on_import_chosen)
        dialog.open()

    @Slot()
    def choose_import_folder(self) -> None:
        """Ask for a folder of annotation files."""
        dialog = self._dialog("Import a folder of annotations", QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._on_import_chosen)
        dialog.open()

    @Slot()
    def choose_export(self) -> None:
        """Ask for format and place of an export."""
        self._ask_for_place(has_files=bool(self._bench.session.files), is_save=False)

    @Slot()
    def choose_place(self) -> None:
        """Ask where a picture without a file is to be saved."""
        self._ask_for_place(has_files=False, is_save=True)

    def _ask_for_place(self, has_files: bool, is_save: bool) -> None:
        dialog = ExportDialog(self._start_folder(), has_files, self._window, is_save)
        dialog.export_wanted.connect(self.export_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def paste(self) -> None:
        """Open a picture or files from the clipboard; shapes are for the canvas."""
        files = pasted_files()
        pixels = None if files else pasted_pixels()
        if files:
            self.pasted.emit(files)
        elif pixels is not None:
            self._pasting.add(WritePicture(pixels, pasted_target()))
        else:
            self.shapes_pasted.emit()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(self._start_folder()))
        dialog.setFileMode(mode)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _start_folder(self) -> Path:
        session = self._bench.session
        current = session.current.path if session.current else None
        return session.folder or (current.parent if current else Path.home())

    @Slot(str)
    def _on_folder_chosen(self, name: str) -> None:
        self._bench.settings.remember(Path(name))
        self.folder_chosen.emit(Path(name))

    @Slot(str)
    def _on_import_chosen(self, name: str) -> None:
        self.import_chosen.emit(Path(name))

    @Slot(object, object)
    def _on_written(self, _: WritePicture, file: Path) -> None:
        self.pasted.emit((file,))
        self._bench.message.emit(f"The pasted picture is kept as {file}")
