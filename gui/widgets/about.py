"""What this program is, and whose work it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.api.version import VERSION
from gui.theme import GRID_PX

TEXT = (
    "Loads pictures or a camera, and draws, runs, steps through and scores the vision models of a "
    "deep-learning course. Free software under the MIT licence."
)


@dataclass(frozen=True, slots=True)
class LibraryCredit:
    """One library that the program uses."""

    name: str
    version: str
    licence: str
    purpose: str


class AboutDialog(QDialog):
    """Name, sentence, libraries with their licences."""

    def __init__(
        self, picture: QIcon, credits_: Sequence[LibraryCredit], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle("About Vision Workbench")
        self._table = _table(credits_)
        close = QPushButton("Close")
        close.setObjectName("about.close")
        close.setAccessibleName("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(_head(picture))
        layout.addWidget(self._table)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.resize(680, 480)


def _head(picture: QIcon) -> QHBoxLayout:
    sign, title, text = QLabel(), QLabel(f"Vision Workbench {VERSION}"), QLabel(TEXT)
    sign.setPixmap(picture.pixmap(QSize(56, 56)))
    title.setProperty("class", "title")
    title.setObjectName("about.version")
    text.setWordWrap(True)
    column = QVBoxLayout()
    column.addWidget(title)
    column.addWidget(text)
    row = QHBoxLayout()
    row.setSpacing(2 * GRID_PX)
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(column, 1)
    return row


def _table(credits_: Sequence[LibraryCredit]) -> QTableWidget:
    table = QTableWidget(len(credits_), 4)
    table.setObjectName("about.libraries")
    table.setAccessibleName("Libraries and their licences")
    table.setHorizontalHeaderLabels(["Library", "Version", "Licence", "For"])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    for row, entry in enumerate(credits_):
        texts = (entry.name, entry.version, entry.licence, entry.purpose)
        for column, text in enumerate(texts):
            table.setItem(row, column, QTableWidgetItem(text))
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    return table
