"""Which key does what on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gui.widgets.canvas.shape_actions import ShapeActions
from gui.widgets.canvas.stage import Stage
from gui.widgets.canvas.tools.tool import Tool

_PAN_PX = 64.0
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_NONE = Qt.KeyboardModifier.NoModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier

Chord = tuple[Qt.KeyboardModifier, int]  # Qt has keys without a name


class View(Protocol):
    """What the keyboard asks of the canvas."""

    def fit(self) -> None: ...  # noqa: D102
    def fit_width(self) -> None: ...  # noqa: D102
    def zoom_in(self) -> None: ...  # noqa: D102
    def zoom_out(self) -> None: ...  # noqa: D102
    def zoom_to(self, scale: float) -> None: ...  # noqa: D102
    def toggle_all(self) -> None: ...  # noqa: D102


class Keyboard:
    """Looks keys up in a table; `press` returns whether the key meant something."""

    def __init__(self, stage: Stage, actions: ShapeActions, view: View) -> None:
        self._stage = stage
        self._actions = actions
        self._chords: dict[Chord, Callable[[], object]] = {
            (_CONTROL, Qt.Key.Key_A): actions.select_all,
            (_CONTROL, Qt.Key.Key_C): actions.copy,
            (_CONTROL, Qt.Key.Key_X): actions.cut,
            (_CONTROL, Qt.Key.Key_V): actions.paste,
            (_CONTROL, Qt.Key.Key_D): actions.duplicate,
            (_CONTROL, Qt.Key.Key_E): actions.ask_label,
            (_NONE, Qt.Key.Key_F2): actions.ask_label,
            (_CONTROL, Qt.Key.Key_Z): self._undo,
            (_CONTROL | _SHIFT, Qt.Key.Key_Z): self._redo,
            (_CONTROL, Qt.Key.Key_Y): self._redo,
            (_NONE, Qt.Key.Key_N): self._next,
            (_SHIFT, Qt.Key.Key_N): self._previous,
            (_NONE, Qt.Key.Key_Insert): actions.add_box,
            (_NONE, Qt.Key.Key_T): view.toggle_all,
            (_CONTROL, Qt.Key.Key_F): view.fit,
            (_CONTROL | _SHIFT, Qt.Key.Key_F): view.fit_width,
            (_CONTROL, Qt.Key.Key_0): self._full_size,
        }
        for key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            for modifier in (_NONE, _SHIFT, _CONTROL, _CONTROL | _SHIFT):
                self._chords[modifier, key] = view.zoom_in
        for modifier in (_NONE, _CONTROL):
            self._chords[modifier, Qt.Key.Key_Minus] = view.zoom_out
        for key, tool in (
            (Qt.Key.Key_V, "select"),
            (Qt.Key.Key_R, "box"),
            (Qt.Key.Key_W, "box"),
            (Qt.Key.Key_P, "polygon"),
        ):
            self._chords[_NONE, key] = _Wish(stage, tool)
        self._view = view

    def press(self, event: QKeyEvent, tool: Tool) -> bool:
        """Act on a key; what is being drawn comes before everything else."""
        key, modifiers = _chord(event)
        if key in _ARROWS:
            return self._arrow(_ARROWS[key], modifiers)
        if modifiers == _NONE and self._drawing_key(key, tool):
            return True
        if modifiers == _NONE and Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            return self._digit(key - Qt.Key.Key_1, tool)
        action = self._chords.get((modifiers, key))
        if action is None:
            return False
        if tool.is_busy and action == self._undo and tool.step_back():
            return True
        if action == self._redo and tool.step_forward():
            return True
        return action() is not False  # with nothing to paste the window may know what to do

    def wants_before_shortcuts(self, event: QKeyEvent, tool: Tool) -> bool:
        """Whether a key belongs to the drawing, though the window may have a shortcut for it."""
        key, modifiers = _chord(event)
        drawing = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
        if modifiers == _NONE and key == Qt.Key.Key_Space:
            return True
        undoes_vertex = (modifiers, key) == (_CONTROL, Qt.Key.Key_Z) and bool(
            self._stage.draft.points
        )
        if tool.can_step_forward and self._chords.get((modifiers, key)) == self._redo:
            return True
        return tool.is_busy and ((modifiers == _NONE and key in drawing) or undoes_vertex)

    def _drawing_key(self, key: int, tool: Tool) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return tool.confirm()
        if key == Qt.Key.Key_Backspace:
            return tool.step_back() or (not tool.is_busy and self._actions.delete())
        if key == Qt.Key.Key_Delete:
            return not tool.is_busy and self._actions.delete()
        return key == Qt.Key.Key_Escape and self._escape(tool)

    def _escape(self, tool: Tool) -> bool:
        """Drop the drawing, else leave the drawing tool, else drop the selection."""
        if tool.cancel():
            return True
        if tool.draws:
            self._stage.tool_wanted.emit("select")
            return True
        if self._stage.document is not None and self._stage.selection:
            self._stage.document.select(())
            return True
        return False

    def _arrow(self, direction: tuple[int, int], modifiers: Qt.KeyboardModifier) -> bool:
        step = 10 if modifiers & _SHIFT else 1
        dx, dy = float(direction[0] * step), float(direction[1] * step)
        if modifiers & _CONTROL:
            return self._actions.grow(dx, dy)
        if self._actions.nudge(dx, dy):
            return True
        self._stage.view.pan(-direction[0] * _PAN_PX, -direction[1] * _PAN_PX)
        self._stage.redraw_wanted.emit()
        return True

    def _digit(self, index: int, tool: Tool) -> bool:
        if index >= len(self._stage.classes):
            return False
        self._actions.choose_class(self._stage.classes[index], tool.draws, tool.is_busy)
        return True

    def _undo(self) -> None:
        if self._stage.document is not None:
            self._stage.document.undo_stack.undo()

    def _redo(self) -> None:
        if self._stage.document is not None:
            self._stage.document.undo_stack.redo()

    def _next(self) -> None:
        self._actions.select_next(1)

    def _previous(self) -> None:
        self._actions.select_next(-1)

    def _full_size(self) -> None:
        self._view.zoom_to(1.0)


class _Wish:
    """Asks for a tool."""

    def __init__(self, stage: Stage, tool: str) -> None:
        self._stage, self._tool = stage, tool

    def __call__(self) -> None:
        self._stage.tool_wanted.emit(self._tool)


def _chord(event: QKeyEvent) -> tuple[int, Qt.KeyboardModifier]:
    keypad = Qt.KeyboardModifier.KeypadModifier
    return event.key(), event.modifiers() & ~keypad
