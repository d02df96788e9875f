"""Shows a bug with its traceback; the program goes on."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID_PX


class CrashDialog(QDialog):
    """Non-modal; a second bug while it is open is added to the first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("crash")
        self.setWindowTitle("Something went wrong")
        self.setModal(False)
        self._troubles: list[str] = []
        self._report = ""
        self._heading = QLabel()
        self._text = QPlainTextEdit()
        self._copy = QPushButton("Copy report")
        self._continue = QPushButton("Continue")
        self._build()
        self._copy.clicked.connect(self._on_copy)
        self._continue.clicked.connect(self.accept)

    def _build(self) -> None:
        title = QLabel("Something went wrong inside the program")
        title.setProperty("class", "title")
        self._heading.setWordWrap(True)
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._continue.setProperty("class", "primary")
        self._continue.setDefault(True)
        for widget, name in ((self._text, "text"), (self._copy, "copy"), (self._continue, "close")):
            widget.setObjectName(f"crash.{name}")
        self._text.setAccessibleName("Traceback")
        self._copy.setAccessibleName("Copy report")
        self._continue.setAccessibleName("Continue working")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._copy)
        buttons.addWidget(self._continue)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(GRID_PX)
        layout.addWidget(title)
        layout.addWidget(self._heading)
        layout.addWidget(self._text)
        layout.addLayout(buttons)
        self.resize(720, 440)

    def show_trouble(self, trouble: str, report: str) -> None:
        """Add a traceback and bring the dialog up.

        Args:
            trouble: the traceback; the same one again is not added again.
            report: what "copy report" copies.
        """
        if self.isHidden():
            self._troubles.clear()
        if trouble not in self._troubles:
            self._troubles.append(trouble)
            self._text.setPlainText("\n".join(self._troubles))
        self._report = report
        count = len(self._troubles)
        self._heading.setText(
            ("A bug stopped one action. " if count == 1 else f"{count} bugs stopped actions. ")
            + "Your pictures and annotations are still here and you can go on working. "
            "Please send the report with a word on what you did."
        )
        self._copy.setText("Copy report")
        self.show()
        self.raise_()

    @property
    def report(self) -> str:
        """What "copy report" copies."""
        return self._report

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.setText("Copied")
