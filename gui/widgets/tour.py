"""A small card that shows a newcomer every page and the places that matter; never in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from gui.theme import GRID_PX

WIDTH_PX = 40 * GRID_PX
TASK_BAR_PX = 4 * GRID_PX


@dataclass(frozen=True, slots=True)
class TourStep:
    """One stop.

    Attributes:
        text: what it says.
        place: the widget that is framed and that the card stands beside; None for the middle.
        begin: brings in front what it is about.
    """

    title: str
    text: str
    place: QWidget | None
    begin: Callable[[], object] | None = None


class TourCard(QFrame):
    """Stands beside one place after another; everything under and around it stays usable."""

    ended = Signal()  # gone through or skipped

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setObjectName("tour")
        self.setProperty("class", "card")
        self._steps: tuple[TourStep, ...] = ()
        self._index = 0
        self._title, self._text, self._count = QLabel(), QLabel(), QLabel()
        self._skip, self._back, self._next = QPushButton("Skip"), QPushButton("Back"), QPushButton()
        self._frame = QFrame(parent)
        self._frame.setProperty("class", "pointed")
        self._frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._frame.hide()
        self._focus_before: QWidget | None = None
        self._build()
        self._skip.clicked.connect(self.end)
        self._back.clicked.connect(self._on_back)
        self._next.clicked.connect(self._on_next)
        parent.installEventFilter(self)
        self.hide()

    def _build(self) -> None:
        self.setFixedWidth(WIDTH_PX)
        self._title.setProperty("class", "heading")
        self._text.setWordWrap(True)
        self._count.setProperty("class", "caption")
        self._skip.setProperty("class", "quiet")
        self._next.setProperty("class", "primary")
        for button, name, title in (
            (self._skip, "skip", "Skip the tour"),
            (self._back, "back", "Previous stop"),
            (self._next, "next", "Next stop"),
        ):
            button.setObjectName(f"tour.{name}")
            button.setAccessibleName(title)
        buttons = QHBoxLayout()
        buttons.addWidget(self._count)
        buttons.addStretch(1)
        for button in (self._skip, self._back, self._next):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(buttons)

    def begin(self, steps: Sequence[TourStep]) -> None:
        """Show the first stop."""
        self._focus_before = QApplication.focusWidget()
        self._steps, self._index = tuple(steps), 0
        self.show()
        self._show()

    @Slot()
    def end(self) -> None:
        """Put the card away."""
        if not self.isHidden():
            self.hide()
            self._frame.hide()
            before, self._focus_before = self._focus_before, None
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus()
            self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, Next at first; Esc puts the card away."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (focused if isinstance(focused, QPushButton) else self._next).click()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay beside the place when the window changes its size."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    @Slot()
    def _on_back(self) -> None:
        self._index = max(0, self._index - 1)
        self._show()

    @Slot()
    def _on_next(self) -> None:
        if self._index + 1 >= len(self._steps):
            self.end()
            return
        self._index += 1
        self._show()

    def _show(self) -> None:
        step = self._steps[self._index]
        is_last = self._index + 1 == len(self._steps)
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._count.setText(f"{self._index + 1} of {len(self._steps)}")
        self._back.setVisible(self._index > 0)
        self._next.setText("Done" if is_last else "Next")
        self._skip.setVisible(not is_last)
        if step.begin is not None:
            step.begin()
        self._place()
        for part in (self._frame, self):
            part.raise_()
        self._next.setFocus()  # a page that is shown takes the focus

    def _place(self) -> None:
        """Stand to the right of the place, else above or below it, always inside the window."""
        window = self._window
        self.resize(WIDTH_PX, max(self.heightForWidth(WIDTH_PX), self.sizeHint().height()))
        place = self._steps[self._index].place
        inside = window.rect().adjusted(GRID_PX, GRID_PX, -GRID_PX, -GRID_PX)
        spot = inside.center() - self.rect().center()
        self._frame.setVisible(place is not None and place.isVisible())
        if place is not None and place.isVisible():
            near = QRect(place.mapTo(window, QPoint(0, 0)), place.size())
            self._frame.setGeometry(near)
            spot = QPoint(near.right() - self.width(), near.top() - self.height() - GRID_PX)
            if near.right() + self.width() + GRID_PX <= inside.right():
                # At the lower end of the page: what one begins with lies at the upper one.
                low = inside.bottom() - self.height() - TASK_BAR_PX
                spot = QPoint(near.right() + GRID_PX, low)
            elif spot.y() < inside.top():
                spot.setY(near.bottom() + GRID_PX)
        x = min(max(spot.x(), inside.left()), inside.right() - self.width())
        y = min(max(spot.y(), inside.top()), inside.bottom() - self.height())
        self.move(x, y)
