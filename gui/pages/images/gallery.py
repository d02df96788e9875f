"""The sample gallery: photographs and drawn scenes that are there without any network."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QIcon, QPainter, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.api.pictures import SampleCard
from gui.pages.images.sample_files import sample_file
from gui.theme import GRID_PX
from gui.widgets.thumbnail_model import Tile

CARD_WIDTH_PX = 184
THUMBNAIL_PX = 128


class _Card(QWidget):
    chosen = Signal(str)  # key of the sample

    def __init__(self, card: SampleCard) -> None:
        super().__init__()
        self._key = card.key
        self.button = QToolButton()
        self.button.setObjectName(f"images.sample.{card.key}")
        self.button.setAccessibleName(f"Open {card.title}. {card.note}")
        self.button.setText(card.title)
        self.button.setToolTip(f"Open {card.title}")
        self.button.setIconSize(QSize(CARD_WIDTH_PX - 2 * GRID_PX, THUMBNAIL_PX))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.setFixedHeight(THUMBNAIL_PX + 5 * GRID_PX)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        note, credit = QLabel(card.note), QLabel(card.credit)
        credit.setProperty("class", "caption")
        for label in (note, credit):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.button)
        layout.addWidget(note)
        layout.addWidget(credit)
        layout.addStretch(1)
        self.setFixedWidth(CARD_WIDTH_PX)
        self.button.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self._key)


class Gallery(QScrollArea):
    """Cards in as many columns as fit."""

    chosen = Signal(str)  # key of the sample
    wanted = Signal(object)  # tuple[Path, ...]: cards in sight without a thumbnail

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[Path, _Card] = {}
        self._columns = 0
        title = QLabel("Samples to begin with")
        title.setProperty("class", "title")
        text = QLabel("Choose a picture, or open your own: drop files here, or press Ctrl+O.")
        text.setProperty("class", "caption")
        self._content = QWidget()
        self._grid = QGridLayout()
        self._grid.setSpacing(2 * GRID_PX)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(GRID_PX)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self.setObjectName("images.gallery")
        self.setAccessibleName("Sample gallery")
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_samples(self, cards: tuple[SampleCard, ...]) -> None:
        """Fill the gallery; thumbnails come by `show_tile`."""
        for old in self._cards.values():
            old.deleteLater()
        self._cards = {sample_file(card.key): _Card(card) for card in cards}
        for widget in self._cards.values():
            widget.chosen.connect(self.chosen)
        self._columns = 0
        self._arrange()
        self._ask()

    def show_tile(self, file: Path, tile: Tile) -> None:
        """Show the thumbnail of a sample."""
        card = self._cards.get(file)
        if card is not None and tile.pixmap is not None:
            card.button.setIcon(QIcon(_filled(tile.pixmap, card.button.iconSize())))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for thumbnails only once somebody looks: drawing the scenes takes a while."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is in sight any more."""
        super().hideEvent(event)
        self.wanted.emit(())

    def _ask(self) -> None:
        if self.isVisible():
            bare = (file for file, card in self._cards.items() if card.button.icon().isNull())
            self.wanted.emit(tuple(bare))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        room = self.viewport().width() - 6 * GRID_PX
        columns = max(1, (room + 2 * GRID_PX) // (CARD_WIDTH_PX + 2 * GRID_PX))
        if columns == self._columns:
            return
        self._grid.setColumnStretch(self._columns, 0)
        self._columns = columns
        for number, card in enumerate(self._cards.values()):
            self._grid.addWidget(card, number // columns, number % columns)
        self._grid.setColumnStretch(columns, 1)


def _filled(pixmap: QPixmap, size: QSize) -> QPixmap:
    """Centre a thumbnail in a transparent one of the whole size, so that titles stand level."""
    ratio = pixmap.devicePixelRatio()
    shown = pixmap.deviceIndependentSize().toSize()
    target = QRect(QPoint(0, 0), shown.scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
    target.moveCenter(QRect(QPoint(0, 0), size).center())
    filled = QPixmap(size * ratio)
    filled.setDevicePixelRatio(ratio)
    filled.fill(Qt.GlobalColor.transparent)
    painter = QPainter(filled)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(target, pixmap)
    painter.end()
    return filled
