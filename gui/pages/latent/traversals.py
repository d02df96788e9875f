"""Traversals: a row for each axis, what it costs in nats, and a second model beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import DecodedPictures, Floats, LatentSource, Pixels
from engine.api.latent_space import TraverseLatents
from engine.api.models import ModelCard
from gui.pages.latent.desk import LatentDesk
from gui.theme import GRID_PX, THEME
from gui.widgets.named import caption, heading, named, narrow
from gui.widgets.picture_grid import as_image
from gui.widgets.wheel_guard import WHEEL_GUARD
from gui.workbench import Workbench

MOST_ROWS = 40
BAR_PX, NAME_PX, NUMBER_PX = 70, 46, 78
CELL_RANGE_PX = (24, 96)
HEIGHT_PX = 560


class TraversalView(QWidget):
    """Rows of pictures with a name and a bar each; a click asks for the code under it."""

    code_picked = Signal(int)  # index into the latents of the answer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._rows = self._columns = 0
        self._names: Sequence[str] = ()
        self._nats: Sequence[float] | None = None
        self._is_active: Sequence[bool] = ()
        self._cell = CELL_RANGE_PX[0]
        self._text = ""
        self._index = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        THEME.changed.connect(self.update)

    def set_rows(
        self,
        sheet: Pixels | None,
        names: Sequence[str] = (),
        columns: int = 1,
        nats: Sequence[float] | None = None,
        is_active: Sequence[bool] = (),
    ) -> None:
        """Show a sheet (rows * H, columns * W, 3) with the names of its rows."""
        self._image = QImage() if sheet is None else as_image(sheet)
        self._rows, self._columns = len(names), columns
        self._names, self._nats, self._is_active = names, nats, is_active
        self._index = min(self._index, max(0, self._rows * columns - 1))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows take the width that there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        low, high = CELL_RANGE_PX
        wide = (self.width() - self._left()) // max(1, self._columns)
        self._cell = max(low, min(high, HEIGHT_PX // max(1, self._rows), wide))
        left = self._left() + self._columns * low if self._rows else 0
        self.setMinimumSize(left, max(8 * GRID_PX, self._sheet_size().height()))
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Say why there are no rows."""
        self._text = text
        self.update()

    @property
    def image(self) -> QImage:
        """The sheet; null without one."""
        return self._image

    def _left(self) -> int:
        return NAME_PX + (BAR_PX + NUMBER_PX if self._nats is not None else 0)

    def _sheet_size(self) -> QSize:
        if self._image.isNull():
            return QSize(0, 0)
        return QSize(self._columns * self._cell, self._rows * self._cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the code under the pointer."""
        column = int((event.position().x() - self._left()) // self._cell)
        row = int(event.position().y() // self._cell)
        if 0 <= column < self._columns and 0 <= row < self._rows:
            self._index = row * self._columns + column
            self.code_picked.emit(self._index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from picture to picture; Enter or Space takes the code."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        key, count = Qt.Key(event.key()), self._rows * self._columns
        if key in steps and 0 <= self._index + steps[key] < count:
            self._index += steps[key]
            self.update()
        elif count and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.code_picked.emit(self._index)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which picture keys start from."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, bars and pictures."""
        painter = QPainter(self)
        tokens = THEME.tokens
        if self._image.isNull():
            painter.setPen(QColor(tokens.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect(), flags, self._text)
            return
        size = self._sheet_size()
        painter.drawImage(QRectF(self._left(), 0, size.width(), size.height()), self._image)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        highest = max([1e-6, *(self._nats or ())])
        for row, name in enumerate(self._names):
            top = row * self._cell
            is_active = not self._is_active or self._is_active[row]
            painter.setPen(QColor(tokens.text if is_active else tokens.muted))
            painter.drawText(QRectF(0, top, NAME_PX - 8, self._cell), middle, name)
            if self._nats is None:
                continue
            share = self._nats[row] / highest
            bar = QRectF(NAME_PX, top + self._cell / 2 - 6, max(2.0, share * BAR_PX), 12)
            painter.fillRect(bar, QColor(tokens.accent if is_active else tokens.muted))
            number = QRectF(NAME_PX + BAR_PX, top, NUMBER_PX - 8, self._cell)
            painter.drawText(number, middle, f"{self._nats[row]:.2f} nats")
        if self.hasFocus():
            row, column = divmod(self._index, self._columns)
            corner = (self._left() + column * self._cell, row * self._cell)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(QRectF(*corner, self._cell - 1, self._cell - 1))
        painter.end()


class TraversalPanel(QWidget):
    """The traversal of one desk."""

    def __init__(self, desk: LatentDesk, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._order: list[int] = []
        self._rows_in_all = 0
        self._latents: Floats | None = None
        self._options = (9, 3.0, "axes", True, False)
        self._title = heading("")
        self.view = named(TraversalView(), f"{prefix}.traversal", "One row an axis")
        self.about = caption(name=f"{prefix}.traversal_text")
        scroll = QScrollArea()
        scroll.setWidget(self.view)
        scroll.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._title)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.about)
        desk.opened.connect(self.refresh)
        desk.cloud_changed.connect(self.refresh)
        desk.code_changed.connect(self.refresh)
        self.view.code_picked.connect(self._on_picked)

    def set_options(
        self, count: int, reach: float, basis: str, is_sorted: bool, is_sampled: bool
    ) -> None:
        """Choose pictures a row, how far it goes, along what, in which order, and from where."""
        self._options = (count, reach, basis, is_sorted, is_sampled)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask for the rows of the present code; only while somebody looks."""
        facts, cloud = self._desk.facts, self._desk.cloud
        if facts is None or not self.isVisible():
            return
        count, reach, basis, is_sorted, is_sampled = self._options
        self._title.setText(f"{facts.weights}")
        directions = np.eye(facts.latent_dimensions, dtype=np.float32)
        if basis == "pca" and cloud is not None:
            directions = cloud.components * cloud.deviations[:, None]
        elif cloud is not None and facts.prior not in ("gaussian", "uniform"):
            directions = np.diag(cloud.spread)
        self._rows_in_all = len(directions)
        order = np.arange(len(directions))
        if is_sorted and basis == "axes" and cloud is not None and cloud.kl is not None:
            order = np.argsort(-cloud.kl, kind="stable")
        self._order = [int(index) for index in order[:MOST_ROWS]]
        base = self._posterior_sample() if is_sampled else self._desk.code
        request = TraverseLatents(
            facts.source, base, directions[self._order], count, reach, self._desk.class_index
        )
        self._desk.ask("traverse", request).succeeded.connect(self._on_rows)

    def _posterior_sample(self) -> Floats:
        """Return a draw from the posterior around the code, as wide as posteriors are here."""
        cloud = self._desk.cloud
        if cloud is None or cloud.log_variances is None:
            return self._desk.code
        deviations = np.exp(0.5 * cloud.log_variances.mean(axis=0))
        noise = np.random.default_rng(0).standard_normal(len(self._desk.code))
        return np.asarray(self._desk.code + deviations * noise, np.float32)

    @Slot(object)
    def _on_rows(self, found: DecodedPictures) -> None:
        if not self._desk.is_current(self.sender()):
            return
        count, _, basis, _, _ = self._options
        if len(found.latents) != len(self._order) * count:
            return
        self._latents = found.latents
        letter = "PC" if basis == "pca" else "z"
        names = [f"{letter}{index + 1}" for index in self._order]
        cloud = self._desk.cloud
        nats = active = None
        if basis == "axes" and cloud is not None and cloud.kl is not None:
            nats = cloud.kl[self._order].tolist()
            active = [] if cloud.is_active is None else cloud.is_active[self._order].tolist()
        self.view.set_rows(found.pixels[0], names, count, nats, active or ())
        self.about.setText(self._say())

    def _say(self) -> str:
        cloud, parts = self._desk.cloud, []
        if len(self._order) < self._rows_in_all:
            parts.append(f"The first {len(self._order)} of {self._rows_in_all} rows.")
        if cloud is not None and cloud.kl is not None and cloud.is_active is not None:
            active, nats = int(cloud.is_active.sum()), float(cloud.kl.sum())
            parts.append(
                f"{active} of {len(cloud.is_active)} axes in use (the posterior mean varies by "
                f"more than 0.01); {nats:.1f} nats together."
            )
        return " ".join((*parts, "A click on a picture takes its code."))

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        if self._latents is not None and index < len(self._latents):
            self._desk.set_code(self._latents[index])


class TraversalsTab(QWidget):
    """The model of the page, and another one beside it where that is chosen."""

    def __init__(
        self, workbench: Workbench, desk: LatentDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self.second = LatentDesk(workbench.client, "latent.beside", self)
        self._basis = named(QComboBox(), "latent.traverse_basis", "What the rows go along")
        self._count = named(QSpinBox(), "latent.traverse_count", "Pictures a row")
        self._reach = named(QDoubleSpinBox(), "latent.traverse_reach", "How far a row goes")
        self._sorted = named(QCheckBox("Dearest first"), "latent.traverse_sorted", "Sort by nats")
        self._sampled = named(
            QCheckBox("From a posterior sample"),
            "latent.traverse_sampled",
            "Start at a draw of the posterior in place of its mean",
        )
        self.compare = named(QComboBox(), "latent.traverse_compare", "Model to compare with")
        narrow(self.compare, 22)
        self.first_panel = TraversalPanel(desk, "latent")
        self.second_panel = TraversalPanel(self.second, "latent.second")
        self._build()
        self._connect()

    def _build(self) -> None:
        self._basis.addItem("Axes", "axes")
        self._basis.addItem("PCA directions", "pca")
        self._count.setRange(3, 15)
        self._count.setValue(9)
        self._count.setSuffix(" pictures")
        self._reach.setRange(0.5, 6.0)
        self._reach.setSingleStep(0.5)
        self._reach.setValue(3.0)
        self._reach.setPrefix("± ")
        self._sorted.setChecked(True)
        for box in (self._count, self._reach):
            box.installEventFilter(WHEEL_GUARD)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for part in (self._basis, self._count, self._reach, self._sorted, self._sampled):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(QLabel("Beside it"))
        row.addWidget(self.compare)
        panels = QHBoxLayout()
        panels.setSpacing(2 * GRID_PX)
        panels.addWidget(self.first_panel, 1)
        panels.addWidget(self.second_panel, 1)
        self.second_panel.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addLayout(panels, 1)

    def _connect(self) -> None:
        self._basis.activated.connect(self._on_options)
        self._count.valueChanged.connect(self._on_options)
        self._reach.valueChanged.connect(self._on_options)
        self._sorted.toggled.connect(self._on_options)
        self._sampled.toggled.connect(self._on_options)
        self.compare.activated.connect(self._on_compare)
        self._desk.cloud_changed.connect(self._on_cloud)

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """List the models that can stand beside."""
        chosen = self.compare.currentData()
        self.compare.clear()
        self.compare.addItem("no other model", None)
        for card in cards:
            for weights in card.weights:
                source = LatentSource(card.key, weights.name)
                self.compare.addItem(weights.name, source)
                last = self.compare.count() - 1
                self.compare.setItemData(last, card.title, Qt.ItemDataRole.ToolTipRole)
                if source == chosen:
                    self.compare.setCurrentIndex(self.compare.count() - 1)

    def showEvent(self, event: object) -> None:
        """Ask for what nobody looked at before."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.first_panel.refresh()
        self.second_panel.refresh()

    @Slot()
    def _on_options(self) -> None:
        self._on_cloud()
        for panel in (self.first_panel, self.second_panel):
            panel.set_options(
                self._count.value(),
                self._reach.value(),
                str(self._basis.currentData()),
                self._sorted.isChecked(),
                self._sampled.isChecked(),
            )

    @Slot()
    def _on_cloud(self) -> None:
        cloud = self._desk.cloud
        has_posterior = cloud is not None and cloud.log_variances is not None
        self._sampled.setEnabled(has_posterior)
        # Nats belong to axes; principal directions come by their deviation in any case.
        self._sorted.setEnabled(has_posterior and self._basis.currentData() == "axes")

    @Slot()
    def _on_compare(self) -> None:
        source = self.compare.currentData()
        self.second_panel.setVisible(source is not None)
        if source is not None:
            self.second.open(source)
