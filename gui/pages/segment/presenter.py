"""Draws answers on the canvas, and asks the engine for the numbers that belong to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from gui.bridge.page_request import PageRequest
from gui.pages.segment.answers import SIDES, Answer, Side
from gui.pages.segment.marks import (
    WHOLE,
    Span,
    View,
    class_mark,
    error_mark,
    map_key,
    map_mark,
    outline_mark,
    size_of,
    truth_mark,
)
from gui.widgets.canvas import Canvas

FILLED, LINES = "segment.filled", "segment.lines"


class AnswerPresenter(QObject):
    """Toggles, sliders and the split act on what the network said once; it never runs again.

    Attributes:
        answers: what is shown, by side.
    """

    numbers_changed = Signal()  # areas, scores or the map of an answer have arrived

    def __init__(self, client: EngineClient, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._measuring = PageRequest(client, self, "interactive")
        self._measuring.answered.connect(self._on_areas)
        self._scoring = {side: self._asking(client, self._on_scores) for side in SIDES}
        self._mapping = {side: self._asking(client, self._on_map) for side in SIDES}
        self.answers: dict[Side, Answer | None] = dict.fromkeys(SIDES)
        self._view = View()
        self._split = 0.5

    def _asking(self, client: EngineClient, then: Callable[..., None]) -> PageRequest:
        """Return what asks about the answer of one side that is shown."""
        request = PageRequest(client, self, "interactive", is_current=self._is_shown)
        request.answered.connect(then)
        return request

    def _is_shown(self, answer: Answer) -> bool:
        return answer in self.answers.values()

    @property
    def is_split(self) -> bool:
        """Whether two answers are shown."""
        return all(self.answers.values())

    def set_answers(self, first: Answer | None, second: Answer | None) -> None:
        """Show one or two answers to the picture of the canvas."""
        self.answers = {"first": first, "second": second}
        for answer in (first, second):
            is_known = answer is None or answer.areas or self._measuring.is_busy_about(answer)
            if answer is not None and not is_known:
                self._measuring.add(MeasureAreas(answer.result), about=answer)
        self.score()
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

    @Slot()
    def score(self) -> None:
        """Compare answers with the truth, where there is one and it is not done yet."""
        for side, answer in self.answers.items():
            if answer is not None and answer.truth is not None and answer.scores is None:
                request = ScoreSegmentation(answer.result, answer.truth)
                self._scoring[side].ask(request, about=answer)

    def draw(self) -> None:
        """Bring the canvas up to date with what is known."""
        filled: list[PictureMark] = []
        lines: list[PictureMark] = []
        for answer, span in self._shown():
            filled += _filled(answer, self._view, span)
            # Over a map of numbers they would hide where it changes.
            if self._view.has_outlines and self._view.kind == "classes":
                lines.append(outline_mark(answer.result, self._view, span))
        self._canvas.set_layer(FILLED, filled, opacity=self._view.opacity)
        self._canvas.set_layer(LINES, lines)

    def _shown(self) -> Iterator[tuple[Answer, Span]]:
        first, second = self.answers["first"], self.answers["second"]
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
        for side, answer in self.answers.items():
            if answer is None or answer.map_of == view.map_key:
                continue
            request = _map_request(answer, view)
            if request is None:
                answer.map, answer.map_of = None, view.map_key
            else:
                self._mapping[side].ask(request, about=answer)

    @Slot(object, object, object)
    def _on_areas(self, _: MeasureAreas, areas: dict[str, float], answer: Answer) -> None:
        answer.areas = areas
        self.numbers_changed.emit()

    @Slot(object, object, object)
    def _on_scores(
        self, request: ScoreSegmentation, scores: SegmentationScores, answer: Answer
    ) -> None:
        if answer.truth is request.truth:
            answer.scores = scores
            self.numbers_changed.emit()
            self.draw()

    @Slot(object, object, object)
    def _on_map(self, request: DrawMap, found: ScalarMap, answer: Answer) -> None:
        name = answer.result.classes[request.class_index]
        answer.map, answer.map_of = found, map_key(request.kind, name, request.threshold)
        self.numbers_changed.emit()
        self.draw()


def _map_request(answer: Answer, view: View) -> DrawMap | None:
    """Return what asks for the map of a view; None where the answer has no such class."""
    if view.kind == "entropy":
        return DrawMap(answer.result, "entropy")
    classes = answer.result.classes
    if view.class_name not in classes:
        return None
    index = classes.index(view.class_name)
    return DrawMap(answer.result, "probability", index, view.threshold)


def _filled(answer: Answer, view: View, span: Span) -> list[PictureMark]:
    result = answer.result
    if view.kind == "classes":
        return [class_mark(result, view, span)]
    if view.kind == "truth":
        truth = answer.truth
        return [] if truth is None else [truth_mark(result, truth, view, span)]
    if view.kind == "errors":
        return [error_mark(answer.scores, size_of(result), span)] if answer.scores else []
    is_of_view = answer.map is not None and answer.map_of[:2] == view.map_key[:2]
    # While a slider moves, the map of the threshold before stays until the new one is there.
    return [map_mark(answer.map, size_of(result), span)] if is_of_view and answer.map else []
