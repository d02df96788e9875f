"""Asks for format, place and extent of an export."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.api.annotations import AnnotationFormat
from engine.api.paths import expanded
from gui.pages.images.importing import FORMAT_TITLES
from gui.pages.images.saving import Export, Scope
from gui.theme import GRID_PX

WIDTH_PX = 560
COCO_NAME = "annotations.json"
NOTES = {
    "labelme": "One JSON file a picture; keeps boxes and polygons.",
    "coco": "One JSON file for all pictures; keeps boxes and polygons.",
    "voc": "One XML file a picture; polygons become their boxes.",
    "yolo": "One text file a picture beside classes.txt and data.yaml.",
}


class ExportDialog(QDialog):
    """Nothing is written here; what would be lost is shown before anything is."""

    export_wanted = Signal(object)  # Export

    def __init__(
        self, folder: Path, has_files: bool, parent: QWidget, is_save: bool = False
    ) -> None:
        super().__init__(parent)
        self.setObjectName("images.export_dialog")
        self._verb = "Save" if is_save else "Export"
        self._is_save = is_save
        self.setWindowTitle(f"{self._verb} annotations")
        self._folder = folder
        self._format = QComboBox()
        self._scope = QComboBox()
        self._target = QLineEdit(str(folder))
        self._browse = QPushButton("Browse…")
        self._note = QLabel()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._accept = self._buttons.addButton(self._verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self._build(has_files)
        self._format.currentIndexChanged.connect(self._on_format)
        self._browse.clicked.connect(self._on_browse)
        self._target.textChanged.connect(self._on_target)
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        self._on_format()

    def _build(self, has_files: bool) -> None:
        for name, title in FORMAT_TITLES.items():
            self._format.addItem(title, name)
        self._format.setCurrentIndex(self._format.findData("labelme"))
        if has_files:
            self._scope.addItem("All pictures in the list that have annotations", "all")
        self._scope.addItem("This picture", "picture")
        for widget, name, description in (
            (self._format, "export_format", "Format"),
            (self._scope, "export_scope", "Which pictures"),
            (self._target, "export_target", "File or folder to write"),
            (self._browse, "export_browse", "Choose the place"),
            (self._accept, "export_accept", self._verb),
        ):
            widget.setObjectName(f"images.{name}")
            widget.setAccessibleName(description)
        self._accept.setProperty("class", "primary")
        self._note.setProperty("class", "caption")
        place = QHBoxLayout()
        place.addWidget(self._target, 1)
        place.addWidget(self._browse)
        form = QFormLayout()
        form.setSpacing(GRID_PX)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.addRow("Format", self._format)
        form.addRow("", self._note)
        form.addRow("Pictures", self._scope)
        form.addRow("To", place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addWidget(self._buttons)
        self.resize(WIDTH_PX, 0)

    @property
    def _is_file(self) -> bool:
        return bool(self._format.currentData() == "coco")

    @Slot()
    def _on_format(self) -> None:
        self._note.setText(NOTES[self._format.currentData()])
        path = Path(self._target.text() or self._folder)
        with QSignalBlocker(self._target):
            if self._is_file and path.suffix.lower() != ".json":
                self._target.setText(str(path / COCO_NAME))
            elif not self._is_file and path.suffix.lower() == ".json":
                self._target.setText(str(path.parent))
        self._on_target()

    @Slot()
    def _on_target(self) -> None:
        self._accept.setEnabled(bool(self._target.text().strip()))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Where to write", self._target.text())
        if self._is_file:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("json")
            dialog.setNameFilter("COCO (*.json)")
            # What is there is named in the report before writing; asking twice helps nobody.
            dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._target.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def _on_accepted(self) -> None:
        name = cast(AnnotationFormat, self._format.currentData())
        scope = cast(Scope, self._scope.currentData())
        target = expanded(self._target.text().strip())
        self.accept()
        self.export_wanted.emit(Export(name, target, scope, self._is_save))
