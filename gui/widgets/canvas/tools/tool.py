"""What every tool answers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from PySide6.QtCore import Qt

from engine.api.annotations import Point
from gui.widgets.canvas.stage import Stage

CLICK_PX = 4.0
"""A press that moves less than this on the screen is a click, not a drag."""


class PointerEvent(NamedTuple):
    """The mouse with the left button, or without any.

    Attributes:
        screen: logical pixels of the view.
        picture: picture pixels, perhaps outside of the picture.
    """

    screen: Point
    picture: Point
    is_shift: bool = False
    is_control: bool = False
    is_alt: bool = False

    def is_near(self, other: Point) -> bool:
        """Whether the pointer has moved no more than a click's tremble from a screen point."""
        return (
            abs(self.screen[0] - other[0]) < CLICK_PX and abs(self.screen[1] - other[1]) < CLICK_PX
        )


class Tool(ABC):
    """A state machine over mouse events. `cancel` brings it back to its first state."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def is_busy(self) -> bool:
        """Whether something is half done that Esc would drop."""
        return False

    @property
    def draws(self) -> bool:
        """Whether the tool makes shapes, and so wants a crosshair."""
        return True

    @abstractmethod
    def press(self, event: PointerEvent) -> None:
        """The left button went down."""

    @abstractmethod
    def move(self, event: PointerEvent) -> None:
        """The mouse moved, with or without the button."""

    @abstractmethod
    def release(self, event: PointerEvent) -> None:
        """The left button went up."""

    def double_click(self, event: PointerEvent) -> None:
        """The second press of a double click; a plain press unless a tool says otherwise."""
        self.press(event)

    def confirm(self) -> bool:
        """Finish by Enter; returns whether there was something to finish."""
        return False

    @property
    def can_finish(self) -> bool:
        """Whether what is half done is enough for a shape."""
        return False

    def finish(self) -> None:
        """Keep what is half done where it is enough for a shape, else drop it."""
        if not (self.can_finish and self.confirm()):
            self.cancel()

    @property
    def can_step_forward(self) -> bool:
        """Whether the last part that was taken back can be had again."""
        return False

    def step_forward(self) -> bool:
        """Have the last part again that was taken back; returns whether there was one."""
        return False

    def step_back(self) -> bool:
        """Take back the last part by Backspace; returns whether there was one."""
        return False

    def cancel(self) -> bool:
        """Drop what is half done; returns whether there was something."""
        was_busy = self.is_busy
        self._stage.clear_drag()
        return was_busy

    def cursor(self, event: PointerEvent) -> Qt.CursorShape:
        """Return the pointer's look at a place."""
        del event
        return Qt.CursorShape.CrossCursor
