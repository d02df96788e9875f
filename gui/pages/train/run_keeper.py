"""What is done with a run that is there: rename, annotate, set up again, export, throw away."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QFile, QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from engine.api.run_folders import AnnotateRun, ReadRecipe, RenameRun
from engine.api.training import ExportRun, Train
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.widgets.background import BackgroundCalls

NAME_WIDTH_PX, NOTE_WIDTH_PX = 420, 520


class RunKeeper(QObject):
    """Knows no list of runs: it says what has become of one."""

    renamed = Signal(object, object)  # Path before, and after
    annotated = Signal(object)  # Path
    deleted = Signal(object)  # Path
    recipe_read = Signal(object)  # Train: what another run begins with
    message = Signal(str)
    problem = Signal(str)

    def __init__(self, client: EngineClient, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._renaming = PageRequest(client, self, "files")
        self._annotating = PageRequest(client, self, "files")
        self._reading = PageRequest(client, self, "files")
        self._exporting = PageRequest(client, self)
        self._exporting.answered.connect(self._on_exported)
        self._renaming.answered.connect(self._on_renamed)
        self._annotating.answered.connect(self._on_annotated)
        self._reading.answered.connect(self._on_recipe)
        self._background = BackgroundCalls()
        self._background.finished.connect(self._on_deleted)

    def rename(self, folder: Path) -> None:
        """Ask for another name."""
        dialog = self._asking("train.rename_dialog", "Rename the run", "Name of the run folder")
        dialog.setTextValue(folder.name)
        dialog.resize(NAME_WIDTH_PX, dialog.height())
        dialog.textValueSelected.connect(partial(self._rename, folder))
        dialog.open()

    def annotate(self, folder: Path, note: str) -> None:
        """Ask for a note."""
        title = f"Note on {folder.name}"
        dialog = self._asking("train.note_dialog", title, "What this run is about, or has shown")
        dialog.setTextValue(note)
        dialog.resize(NOTE_WIDTH_PX, dialog.height())
        dialog.textValueSelected.connect(partial(self._annotate, folder))
        dialog.open()

    def set_up_again(self, folder: Path) -> None:
        """Read the settings of a run for another one."""
        self._reading.start(ReadRecipe(folder))

    def export(self, folder: Path) -> None:
        """Write a run as a program that repeats it."""
        self._exporting.add(ExportRun(folder))

    def show_folder(self, folder: Path) -> None:
        """Show a run in the file browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def delete(self, folder: Path) -> None:
        """Put a run into the bin of the system, after asking."""
        question = f"Put {folder.name} into the bin, with its weights, curves and samples?"
        dialog = QMessageBox(
            QMessageBox.Icon.Question, "Delete the run", question, parent=self._window
        )
        dialog.setObjectName("train.delete_dialog")
        keep = QMessageBox.StandardButton.Cancel
        dialog.setStandardButtons(QMessageBox.StandardButton.Yes | keep)
        dialog.setDefaultButton(keep)
        dialog.button(QMessageBox.StandardButton.Yes).setText("Put into the bin")
        dialog.accepted.connect(partial(self._delete, folder))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _asking(self, name: str, title: str, label: str) -> QInputDialog:
        dialog = QInputDialog(self._window)
        dialog.setObjectName(name)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _rename(self, folder: Path, name: str) -> None:
        if name.strip() and name.strip() != folder.name:
            self._renaming.start(RenameRun(folder, name.strip()))

    def _annotate(self, folder: Path, note: str) -> None:
        self._annotating.start(AnnotateRun(folder, note))

    def _delete(self, folder: Path) -> None:
        self._background.submit(str(folder), partial(move_to_bin, folder))

    @Slot(object, object)
    def _on_renamed(self, request: RenameRun, folder: Path) -> None:
        self.renamed.emit(request.run_folder, folder)

    @Slot(object)
    def _on_annotated(self, request: AnnotateRun) -> None:
        self.annotated.emit(request.run_folder)

    @Slot(object, object)
    def _on_recipe(self, _: ReadRecipe, run: Train) -> None:
        self.recipe_read.emit(run)

    @Slot(object, object)
    def _on_exported(self, _: ExportRun, path: Path) -> None:
        self.message.emit(f"Written: {path}")

    @Slot(str, object)
    def _on_deleted(self, folder: str, is_gone: bool) -> None:
        if is_gone:
            self.deleted.emit(Path(folder))
        else:
            name = Path(folder).name
            self.problem.emit(
                f"{name}: this system has no bin for it; delete its folder in the file browser"
            )


def move_to_bin(folder: Path) -> bool:
    """Put a folder into the bin of the system; whether it is gone."""
    return bool(QFile.moveToTrash(str(folder)))
