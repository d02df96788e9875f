"""Plays any trace: a step's tiles, words, formula and panels here.

Marks that lie on the person's own picture are drawn by the page's canvas.
"""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QEvent, QMargins, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from engine.api.traces import PanelMark, PictureMark, Step, TableMark, Tiles, Trace
from gui.theme import GRID_PX
from gui.widgets.background import BackgroundCalls
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.empty_state import EmptyState
from gui.widgets.formula import FormulaLabel
from gui.widgets.tiles import TileView
from gui.widgets.trace_panels import TracePanels
from gui.widgets.transport_bar import TransportBar

PACE_MS = 1600
"""How long a step stays at normal speed: time to find on the picture what the title says."""
BESIDE_FROM_PX = 640
"""From this width on the words stand beside the panels instead of above them."""
TEXT_LINES = 6
TILES_STRETCH, BODY_STRETCH = 5, 2


class StepPlayer(QWidget):
    """Shows one step at a time; `marks_changed` carries what to draw on the picture.

    Connect `marks_changed` to a layer of the canvas. Left, Right, Home, End and Space work while
    the focus is anywhere inside.
    """

    marks_changed = Signal(object)  # tuple of picture marks of the step, () without a trace
    step_changed = Signal(int)  # position
    row_picked = Signal(int)  # key of a table row that the person chose, such as a box's index

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trace: Trace | None = None
        self._index = 0
        self._step: Step | None = None
        self._timer = QTimer(self)
        self._slow_steps = BackgroundCalls()
        self._title, self._text = ElidedLabel(), QLabel()
        self._formula = FormulaLabel()
        self._words = QScrollArea()
        self._tiles = TileView()
        self._panels = TracePanels(prefix)
        self._transport = TransportBar(prefix)
        self._empty = EmptyState(
            "debug-step-over", "Nothing to step through yet", "Run an algorithm to see its steps."
        )
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._stack = QStackedLayout(self)
        self._build(prefix)
        self._connect()

    # What is played

    @property
    def trace(self) -> Trace | None:
        """What is played."""
        return self._trace

    @property
    def index(self) -> int:
        """Position in the trace, from 0."""
        return self._index

    @property
    def step(self) -> Step | None:
        """The step that is shown; None without a trace, and while a slow first step is built."""
        return self._step

    @property
    def has_tiles(self) -> bool:
        """Whether the step that is shown has tiles, and so needs no picture beside them."""
        return self._tiles.tiles is not None

    @property
    def is_playing(self) -> bool:
        """Whether steps follow by themselves."""
        return self._timer.isActive()

    def set_trace(self, trace: Trace | None) -> None:
        """Play another trace; of the same topic it goes on at the same relative position."""
        old, self._trace = self._trace, trace
        self._slow_steps.drop()
        if trace is None or not len(trace):
            self._trace = None
            self.pause()
            self._clear()
            return
        is_same_topic = old is not None and old.topic == trace.topic
        if not is_same_topic:
            self._formula.warm_up()
            self.pause()
            self._panels.forget_sizes()
        place = _same_place(self._index, len(old), len(trace)) if old and is_same_topic else 0
        self._stack.setCurrentIndex(1)
        self._show(place)

    def set_large(self, is_large: bool) -> None:
        """Write in type for a room of people, or in that of the window again."""
        self.setProperty("class", "large" if is_large else None)
        for part in (self, *self.findChildren(QWidget)):
            part.style().unpolish(part)
            part.style().polish(part)
        self._arrange()

    def set_empty_text(self, title: str, text: str) -> None:
        """Say what to do while there is no trace."""
        self._empty.set_texts(title, text)

    @Slot(int)
    def go_to(self, index: int) -> None:
        """Show a step; beyond either end the nearest one."""
        if self._trace is None:
            return
        index = min(max(index, 0), len(self._trace) - 1)
        if index != self._index:
            self._show(index)

    @Slot()
    def first(self) -> None:
        """Go to the first step."""
        self.go_to(0)

    @Slot()
    def back(self) -> None:
        """Go one step back; a person who does so wants to look, so playing stops."""
        self.pause()
        self.go_to(self._index - 1)

    @Slot()
    def next(self) -> None:
        """Go one step on."""
        self.go_to(self._index + 1)

    @Slot()
    def last(self) -> None:
        """Go to the last step."""
        self.go_to(self._length - 1)

    @Slot()
    def play(self) -> None:
        """Let steps follow by themselves; from the first one again after the last."""
        if self._length < 2:
            return
        if self._index == self._length - 1:
            self.go_to(0)
        self._timer.start(round(PACE_MS / self._transport.speed))
        self._transport.set_playing(True)

    @Slot()
    def pause(self) -> None:
        """Stay at the present step."""
        self._timer.stop()
        self._transport.set_playing(False)

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by keys."""
        actions = {
            Qt.Key.Key_Home: self.first,
            Qt.Key.Key_Left: self.back,
            Qt.Key.Key_Space: self.toggle,
            Qt.Key.Key_Right: self.next,
            Qt.Key.Key_End: self.last,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None or event.modifiers() not in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            super().keyPressEvent(event)
            return
        action()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays unseen."""
        self.pause()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words beside panels where there is width, above them where not."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Keep room for the words in another font."""
        if event.type() == QEvent.Type.FontChange:
            self._arrange()
        super().changeEvent(event)

    # Inside

    @property
    def _length(self) -> int:
        return len(self._trace) if self._trace is not None else 0

    def _show(self, index: int) -> None:
        trace = self._trace
        assert trace is not None  # callers have checked
        self._index = index
        self._transport.set_position(index, len(trace))
        if trace.is_quick:
            self._show_step(trace[index])
        else:
            self._slow_steps.submit("step", lambda: (trace, index, trace[index]))
        self.step_changed.emit(index)

    @Slot(str, object)
    def _on_slow_step(self, _slot: str, built: tuple[Trace, int, Step]) -> None:
        trace, index, step = built
        if trace is self._trace and index == self._index:  # still wanted
            self._show_step(step)

    def _show_step(self, step: Step) -> None:
        self._step = step
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._formula.setVisible(bool(step.formula))
        self._formula.set_formula(step.formula)
        self._show_tiles(next((m for m in step.marks if isinstance(m, Tiles)), None))
        self._panels.set_marks([m for m in step.marks if isinstance(m, get_args(PanelMark))])
        self.marks_changed.emit(
            tuple(m for m in step.marks if isinstance(m, get_args(PictureMark)))
        )

    def _show_tiles(self, tiles: Tiles | None) -> None:
        self._tiles.setVisible(tiles is not None)
        self._tiles.set_tiles(tiles)

    def _clear(self) -> None:
        self._index, self._step = 0, None
        self._show_tiles(None)
        self._formula.set_formula("")
        self._panels.set_marks(())
        self._transport.set_position(0, 0)
        self._stack.setCurrentIndex(0)
        self.marks_changed.emit(())

    @Slot()
    def _on_tick(self) -> None:
        if not self._trace_is_ready():
            return  # a slow step is still being built
        self.next()
        if self._index == self._length - 1:
            self.pause()

    def _trace_is_ready(self) -> bool:
        return not self._slow_steps.is_running

    @Slot(float)
    def _on_speed_changed(self, speed: float) -> None:
        if self.is_playing:
            self._timer.start(round(PACE_MS / speed))

    @Slot(int)
    def _on_scrubbed(self, index: int) -> None:
        self.pause()
        self.go_to(index)

    @Slot(object, int)
    def _on_row_picked(self, table: TableMark, row: int) -> None:
        self.pause()
        if table.steps and table.steps[row] >= 0:
            self.go_to(table.steps[row])
        self.row_picked.emit(table.keys[row] if table.keys else row)

    def _build(self, prefix: str) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Step player")
        self._title.setObjectName(f"{prefix}.title")
        self._title.setProperty("class", "title")
        self._text.setObjectName(f"{prefix}.text")
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._formula.setObjectName(f"{prefix}.formula")
        self._panels.setObjectName(f"{prefix}.panels")
        self._build_words()
        self._build_parts(prefix)
        self._arrange()

    def _build_words(self) -> None:
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(QMargins())
        column.setSpacing(GRID_PX)
        column.addWidget(self._text)
        column.addWidget(self._formula)
        column.addStretch(1)
        self._words.setWidget(words)
        self._words.setWidgetResizable(True)
        self._words.setFrameShape(QFrame.Shape.NoFrame)
        self._words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body.setSpacing(2 * GRID_PX)
        self._body.addWidget(self._words)
        self._body.addWidget(self._panels)

    def _build_parts(self, prefix: str) -> None:
        """Tiles above, words and panels below, and a handle between them."""
        self._tiles.setObjectName(f"{prefix}.tiles")
        self._tiles.hide()
        body = QWidget()
        titled = QVBoxLayout(body)  # the title has the whole width, so that none is cut
        titled.setContentsMargins(QMargins())
        titled.setSpacing(GRID_PX // 2)
        titled.addWidget(self._title)
        titled.addLayout(self._body, 1)
        self._body.setContentsMargins(QMargins())
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setObjectName(f"{prefix}.parts")
        parts.setChildrenCollapsible(False)
        for part, stretch in ((self._tiles, TILES_STRETCH), (body, BODY_STRETCH)):
            parts.addWidget(part)
            parts.setStretchFactor(parts.indexOf(part), stretch)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(*(4 * [GRID_PX]))
        layout.addWidget(parts, 1)
        layout.addWidget(self._transport)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(content)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_tick)
        self._slow_steps.finished.connect(self._on_slow_step, Qt.ConnectionType.QueuedConnection)
        self._panels.row_picked.connect(self._on_row_picked)
        transport = self._transport
        transport.first_wanted.connect(self.first)
        transport.back_wanted.connect(self.back)
        transport.play_toggled.connect(self.toggle)
        transport.next_wanted.connect(self.next)
        transport.last_wanted.connect(self.last)
        transport.scrubbed.connect(self._on_scrubbed)
        transport.speed_changed.connect(self._on_speed_changed)
        transport.focus_dropped.connect(self._take_focus)

    @Slot()
    def _take_focus(self) -> None:
        """Keep the keys working when the button that had the focus leads nowhere any more."""
        self.setFocus()

    def _arrange(self) -> None:
        is_beside = self.width() >= BESIDE_FROM_PX
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.LeftToRight if is_beside else direction.TopToBottom)
        self._body.setStretch(0, 1 if is_beside else 0)
        self._body.setStretch(1, 2 if is_beside else 1)
        self._panels.set_beside(is_beside)
        self._transport.set_one_row(is_beside)
        # A fixed height keeps the controls and panels where they are while texts come and go.
        height = TEXT_LINES * QFontMetrics(self._text.font()).lineSpacing() + GRID_PX
        height += self._formula.sizeHint().height()
        self._words.setMinimumHeight(height)
        self._words.setMaximumHeight(16777215 if is_beside else height)


def _same_place(index: int, old_length: int, new_length: int) -> int:
    """The ends stay ends; between them the same share of the way."""
    if index == 0 or new_length < 2:
        return 0
    if index == old_length - 1:
        return new_length - 1
    place = round(index / (old_length - 1) * (new_length - 1))
    return min(max(place, 1), max(new_length - 2, 1))
