"""Which classes are taken for which: the worst in words, and all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.theme import THEME
from gui.widgets.named import caption

SIZE = QSize(720, 480)
WORST = 3
LEAST_SHARE = 0.001
"""Of the compared pixels; what is rarer is not worth a sentence."""


def confusion_words(classes: Sequence[str], confusion: NDArray[np.float64]) -> list[str]:
    """Return the classes that are most often taken for another, a line each.

    Args:
        classes: K names.
        confusion: (K, K), shares of the compared pixels by true class and answer.
    """
    wrong = confusion * (1 - np.eye(len(classes)))
    order = np.argsort(wrong, axis=None)[::-1][:WORST]
    pairs = [divmod(int(place), len(classes)) for place in order]
    return [
        f"{classes[truth]} taken for {classes[answer]}: {100 * wrong[truth, answer]:.1f} %"
        for truth, answer in pairs
        if wrong[truth, answer] >= LEAST_SHARE
    ]


class ConfusionDialog(QDialog):
    """Rows are true classes, columns what was answered; each row adds up to 100 %."""

    def __init__(
        self, title: str, classes: Sequence[str], confusion: NDArray[np.float64], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("segment.confusion_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Confusion matrix")
        self.resize(SIZE)
        names = np.array(classes)
        is_there, is_answered = confusion.sum(axis=1) > 0, confusion.sum(axis=0) > 0
        seen = confusion[is_there]
        shares = (seen / seen.sum(axis=1, keepdims=True))[:, is_answered]
        table = _table(shares, names[is_there].tolist(), names[is_answered].tolist())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(title))
        layout.addWidget(
            caption("Row: the true class. Column: what was answered. Per cent of the row.")
        )
        layout.addWidget(table, 1)
        layout.addWidget(buttons)


def _table(
    shares: NDArray[np.float64], truths: Sequence[str], answers: Sequence[str]
) -> QTableWidget:
    table = QTableWidget(len(truths), len(answers))
    table.setObjectName("segment.confusion_table")
    table.setAccessibleName("Confusion matrix, per cent of each true class")
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalHeaderLabels(list(truths))
    table.setHorizontalHeaderLabels(list(answers))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        item = QTableWidgetItem(f"{100 * share:.1f}" if share else "")
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        is_right = truths[row] == answers[column]
        item.setBackground(_shade(THEME.tokens.accent if is_right else THEME.tokens.danger, share))
        item.setToolTip(f"{truths[row]} called {answers[column]}: {100 * share:.2f} %")
        table.setItem(row, column, item)
    return table


def _shade(colour: str, share: float) -> QColor:
    """The stronger the more; never so strong that the number is not read."""
    shade = QColor(colour)
    shade.setAlphaF(0.5 * share)
    return shade
