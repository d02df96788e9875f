"""What does not match in annotations, shown before anything is changed or written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.api.annotations import Finding
from gui.theme import GRID_PX
from gui.widgets.icons import icon

COLUMNS = ("Kind", "File", "What, and what will be done")
ROW_PX = 28
SIZE = QSize(800, 480)
Index = QModelIndex | QPersistentModelIndex


class _FindingModel(QAbstractTableModel):
    def __init__(self, findings: Sequence[Finding], parent: QWidget) -> None:
        super().__init__(parent)
        self._all = list(findings)
        self.shown = self._all
        self._error, self._note = (
            icon("alert-circle-outline", "danger"),
            icon("information-outline", "muted"),
        )

    def narrow(self, kind: str, text: str) -> None:
        needle = text.lower()
        self.beginResetModel()
        self.shown = [
            finding
            for finding in self._all
            if kind in ("", finding.kind)
            and (needle in finding.file.lower() or needle in finding.text.lower())
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.shown):
            return None
        finding = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (finding.kind, Path(finding.file).name, finding.text)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{finding.file}\n{finding.text}"
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._error if finding.is_error else self._note
        return None


def _detail_label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setAccessibleName("The chosen finding in full")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setProperty("class", "caption")
    label.setMinimumHeight(5 * GRID_PX)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label


def _search_line(name: str) -> QLineEdit:
    line = QLineEdit()
    line.setObjectName(name)
    line.setAccessibleName("Search in the findings")
    line.setPlaceholderText("Search file or text")
    line.setClearButtonEnabled(True)
    return line


class FindingsDialog(QDialog):
    """Accepted when a person goes on, rejected when everything is to stay as it is."""

    def __init__(
        self,
        title: str,
        summary: str,
        findings: Sequence[Finding],
        accept_text: str,
        prefix: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{prefix}.findings_dialog")
        self.setWindowTitle(title)
        self._model = _FindingModel(findings, self)
        self._summary = QLabel(summary)
        self._summary.setObjectName(f"{prefix}.findings_summary")
        self._summary.setWordWrap(True)
        self._kinds = self._kind_box(findings, f"{prefix}.findings_kind")
        self._text = _search_line(f"{prefix}.findings_search")
        self._table = self._make_table(f"{prefix}.findings")
        self._copy = QPushButton(icon("content-copy"), "Copy")
        self._copy.setObjectName(f"{prefix}.findings_copy")
        self._copy.setToolTip("Copy the list as shown, tab-separated")
        self._buttons = QDialogButtonBox()
        self._accept = self._buttons.addButton(accept_text, QDialogButtonBox.ButtonRole.AcceptRole)
        self._accept.setObjectName(f"{prefix}.findings_accept")
        self._accept.setProperty("class", "primary")
        self._cancel = self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._cancel.setObjectName(f"{prefix}.findings_cancel")
        self._detail = _detail_label(f"{prefix}.findings_detail")
        self._arrange()
        self._table.selectionModel().currentChanged.connect(self._on_current)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._copy.clicked.connect(self._on_copy)
        self._kinds.currentIndexChanged.connect(self._on_narrowed)
        self._text.textChanged.connect(self._on_narrowed)
        self._table.selectRow(0)  # read in full at once

    def set_acceptable(self, is_acceptable: bool) -> None:
        """Whether there is anything to go on with."""
        self._accept.setEnabled(is_acceptable)

    def _arrange(self) -> None:
        filters = QHBoxLayout()
        filters.addWidget(self._kinds)
        filters.addWidget(self._text, 1)
        filters.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._summary)
        layout.addLayout(filters)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._detail)
        layout.addWidget(self._buttons)
        if self._model.shown:
            self.resize(SIZE)
        else:  # everything matches: the summary says it all
            for widget in (self._kinds, self._text, self._copy, self._table, self._detail):
                widget.hide()
            # A window asks for no height by width: the lines would be cut off.
            width = SIZE.width() // 2
            self._summary.ensurePolished()
            self._summary.setFixedSize(width, self._summary.heightForWidth(width))
            layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)

    def _kind_box(self, findings: Sequence[Finding], name: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName("Kind of finding")
        box.addItem(f"All ({len(findings):,})", "")
        for kind, count in Counter(finding.kind for finding in findings).most_common():
            box.addItem(f"{kind} ({count:,})", kind)
        return box

    def _make_table(self, name: str) -> QTableView:
        table = QTableView()
        table.setObjectName(name)
        table.setAccessibleName("Findings")
        table.setModel(self._model)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.resizeSection(0, 20 * GRID_PX)
        header.resizeSection(1, 24 * GRID_PX)
        header.setStretchLastSection(True)
        return table

    @Slot()
    def _on_narrowed(self) -> None:
        self._model.narrow(self._kinds.currentData(), self._text.text().strip())

    @Slot(QModelIndex)
    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            finding = self._model.shown[current.row()]
            self._detail.setText(f"{finding.file}\n{finding.text}")

    @Slot()
    def _on_copy(self) -> None:
        lines = (f"{f.kind}\t{f.file}\t{f.text}" for f in self._model.shown)
        QGuiApplication.clipboard().setText("\n".join(lines))
