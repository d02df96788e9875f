"""How large a picture is drawn: fit, 100 %, and a menu of zooms."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.theme import GRID_PX
from gui.widgets.canvas import Canvas
from gui.widgets.named import icon_button, named

ZOOMS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
FIT, FIT_WIDTH = "fit", "width"


class ZoomButtons(QWidget):
    """Buttons only; `set_zoom` does to a canvas what they ask for."""

    zoom_wanted = Signal(object)  # "fit", "width", or screen pixels per picture pixel

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        fit = icon_button(f"{prefix}.fit", "fit-to-page-outline", "Fit the picture (Ctrl+F)")
        full = icon_button(f"{prefix}.full_size", "numeric-1-box-outline", "100 % (Ctrl+0)")
        tip = "Zoom; the wheel zooms at the pointer"
        self._zoom = named(QToolButton(), f"{prefix}.zoom", "Zoom", tip)
        self._zoom.setMenu(self._menu())
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setFixedWidth(9 * GRID_PX)
        self._zoom.setText("100 %")
        fit.clicked.connect(self._on_fit)
        full.clicked.connect(self._on_full_size)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for button in (fit, full, self._zoom):
            layout.addWidget(button)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for title, value in (("Fit", FIT), ("Fit width", FIT_WIDTH)):
            menu.addAction(title).setData(value)
        menu.addSeparator()
        for scale in ZOOMS:
            menu.addAction(f"{100 * scale:.0f} %").setData(scale)
        menu.triggered.connect(self._on_zoom)
        return menu

    @Slot(float)
    def show_zoom(self, scale: float) -> None:
        """Show how large the picture is drawn."""
        percent = 100 * scale
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    @Slot(QAction)
    def _on_zoom(self, action: QAction) -> None:
        self.zoom_wanted.emit(action.data())

    @Slot()
    def _on_fit(self) -> None:
        self.zoom_wanted.emit(FIT)

    @Slot()
    def _on_full_size(self) -> None:
        self.zoom_wanted.emit(1.0)


def set_zoom(canvas: Canvas, zoom: str | float) -> None:
    """Draw the picture of a canvas as large as `ZoomButtons.zoom_wanted` says."""
    if zoom == FIT:
        canvas.fit()
    elif zoom == FIT_WIDTH:
        canvas.fit_width()
    else:
        canvas.zoom_to(float(zoom))
