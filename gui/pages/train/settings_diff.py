"""The settings in which some runs differ, as a table: one row a setting, one column a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

ABSENT = "–"


def differing(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the settings that do not have one value in all runs, in their order."""
    names = dict.fromkeys(name for run in runs for name in run)
    return [name for name in names if len({run.get(name, ABSENT) for run in runs}) > 1]


class SettingsDiff(QTableWidget):
    """Shows what differs; nothing where nothing does."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("train.differences")
        self.setAccessibleName("Settings in which the ticked runs differ")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._shown: tuple[object, ...] = ()

    def set_runs(self, names: Sequence[str], settings: Sequence[Mapping[str, str]]) -> None:
        """Compare runs by their flat settings."""
        rows = differing(settings)
        shown = (*names, *((row, *(run.get(row, ABSENT) for run in settings)) for row in rows))
        if shown == self._shown:
            return
        self._shown = shown
        self.setColumnCount(1 + len(names))
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels(["Setting", *names])
        for place, row in enumerate(rows):
            texts = (row.replace("_", " "), *(run.get(row, ABSENT) for run in settings))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.setItem(place, column, item)
