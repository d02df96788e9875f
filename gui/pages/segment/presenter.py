"""Draws answers on the canvas, and asks the engine for the numbers that belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.segmentation import (
    DrawMap,
    MeasureAreas,
    ScalarMap,
    ScoreSegmentation,
    SegmentationScores,
)
from engine.api.traces import PictureMark
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.pages.segment.answers import SIDES, Answer, Side
from gui.pages.segment.marks import (
    WHOLE,
    Span,
    View,
    class_mark,
    error_mark,
    map_mark,
    outline_mark,
    size_of,
)
from gui.widgets.canvas import Canvas

FILLED, LINES = "segment.filled", "segment.lines"


class AnswerPresenter(QObject):
    """Toggles, sliders and the split act on what the network said once; it never runs again."""

    numbers_changed = Signal()  # areas, scores or the map of an answer have arrived

    def __init__(self, client: EngineClient, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._canvas = client, canvas
        self._answers: dict[Side, Answer | None] = dict.fromkeys(SIDES)
        self._view = View()
        self._split = 0.5

    def answer(self, side: Side) -> Answer | None:
        """What is shown of a side."""
        return self._answers[side]

    @property
    def is_split(self) -> bool:
        """Whether two answers are shown."""
        return all(self._answers.values())

    def set_answers(self, first: Answer | None, second: Answer | None) -> None:
        """Show one or two answers to the picture of the canvas."""
        self._answers = {"first": first, "second": second}
        for side, answer in self._answers.items():
            if answer is not None and not answer.areas:
                self._ask(side, MeasureAreas(answer.result), self._on_areas)
            self.score(side)
        self._ask_for_maps()
        self.draw()

    def set_view(self, view: View) -> None:
        """Look at the answers in another way."""
        self._view = view
        self._ask_for_maps()
        self.draw()

    def set_split(self, share: float) -> None:
        """Draw the first answer left of a share of the width, the second one right of it."""
        self._split = share
        self.draw()

    def score(self, side: Side) -> None:
        """Compare an answer with the truth, where there is one and it is not done yet."""
        answer = self._answers[side]
        if answer is not None and answer.truth is not None and answer.scores is None:
            self._ask(side, ScoreSegmentation(answer.result, answer.truth), self._on_scores)

    def draw(self) -> None:
        """Bring the canvas up to date with what is known."""
        filled: list[PictureMark] = []
        lines: list[PictureMark] = []
        for answer, span in self._shown():
            filled += _filled(answer, self._view, span)
            if self._view.has_outlines and self._view.kind != "errors":
                lines.append(outline_mark(answer.result, self._view.hidden, span))
        self._canvas.set_layer(FILLED, filled, opacity=self._view.opacity)
        self._canvas.set_layer(LINES, lines)

    def _shown(self) -> Iterator[tuple[Answer, Span]]:
        first, second = self._answers["first"], self._answers["second"]
        if first is not None and second is not None:
            yield first, (0.0, self._split)
            yield second, (self._split, 1.0)
        elif first is not None or second is not None:
            only = first or second
            assert only is not None
            yield only, WHOLE

    def _ask_for_maps(self) -> None:
        view = self._view
        if not view.map_key:
            return
        for side, answer in self._answers.items():
            if answer is None or answer.map_of == view.map_key:
                continue
            kind = "entropy" if view.kind == "entropy" else "probability"
            classes = answer.result.classes
            if kind == "probability" and view.class_name not in classes:
                answer.map, answer.map_of = None, view.map_key
                continue
            index = classes.index(view.class_name) if kind == "probability" else 0
            request = DrawMap(answer.result, kind, index, view.threshold)  # type: ignore[arg-type]
            task = self._ask(side, request, self._on_map)
            task.setProperty("map_key", view.map_key)

    def _ask(self, side: Side, request: Any, then: Any) -> EngineTask:
        slot = f"segment.{type(request).__name__}.{side}"
        task = self._client.latest(slot, request)
        task.setProperty("side", side)
        task.succeeded.connect(then)
        return task

    def _answer_of(self, task: QObject) -> Answer | None:
        """The answer that a task was about; None where another one is shown by now."""
        if not isinstance(task, EngineTask):
            return None
        answer = self._answers[task.property("side")]
        return answer if answer and answer.result is task.request.result else None

    @Slot(object)
    def _on_areas(self, areas: dict[str, float]) -> None:
        answer = self._answer_of(self.sender())
        if answer is not None:
            answer.areas = areas
            self.numbers_changed.emit()

    @Slot(object)
    def _on_scores(self, scores: SegmentationScores) -> None:
        task = self.sender()
        answer = self._answer_of(task)
        if answer is None or not isinstance(task, EngineTask):
            return
        if answer.truth is task.request.truth:
            answer.scores = scores
            self.numbers_changed.emit()
            self.draw()

    @Slot(object)
    def _on_map(self, found: ScalarMap) -> None:
        task = self.sender()
        answer = self._answer_of(task)
        if answer is not None and task is not None:
            answer.map, answer.map_of = found, tuple(task.property("map_key"))
            self.numbers_changed.emit()
            self.draw()


def _filled(answer: Answer, view: View, span: Span) -> list[PictureMark]:
    result = answer.result
    if view.kind == "classes":
        return [class_mark(result, view.hidden, span)]
    if view.kind == "errors":
        return [error_mark(answer.scores, size_of(result), span)] if answer.scores else []
    is_of_view = answer.map is not None and answer.map_of[:2] == view.map_key[:2]
    # While a slider moves, the map of the threshold before stays until the new one is there.
    return [map_mark(answer.map, size_of(result), span)] if is_of_view and answer.map else []
