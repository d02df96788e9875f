"""Keeps the legend true to the segmented frame that is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from engine.api.annotations import Point
from engine.api.segmentation import MeasureAreas, SegmentationResult
from gui.bridge.page_request import PageRequest
from gui.pages.live.analysis_panel import AnalysisPanel
from gui.pages.live.presenter import FramePresenter
from gui.widgets.canvas import Canvas
from gui.workbench import Workbench


class ClassWatch(QObject):
    """Areas of the classes and probabilities under the pointer, about once a second.

    Probabilities at once where the pointer moves: each frame anew they could not be read.

    Args:
        timer: says when to look; runs while frames do.
    """

    def __init__(
        self,
        workbench: Workbench,
        canvas: Canvas,
        presenter: FramePresenter,
        analysis: AnalysisPanel,
        timer: QTimer,
    ) -> None:
        super().__init__(timer)
        self._presenter, self._analysis = presenter, analysis
        self._at: Point | None = None
        self._areas = PageRequest(workbench.client, self, quiet=True, is_current=self._is_shown)
        self._areas.answered.connect(self._on_areas)
        presenter.cleared.connect(self._areas.drop)
        canvas.pointer_at.connect(self._on_pointer)
        timer.timeout.connect(self._look)

    @property
    def _found(self) -> SegmentationResult | None:
        answer = self._presenter.answer
        return answer.segmentation if answer is not None else None

    @Slot()
    def _look(self) -> None:
        found = self._found
        self._show_scores()
        if found is None or not self._analysis.isVisible():
            return
        self._areas.ask(MeasureAreas(found), about=found.classes)

    def _is_shown(self, classes: tuple[str, ...]) -> bool:
        """Whether the frame of now has these classes: another model has others."""
        return self._found is not None and self._found.classes == classes

    @Slot(object, object)
    def _on_areas(self, request: MeasureAreas, areas: dict[str, float]) -> None:
        self._analysis.show_areas(request.result.classes, areas)

    @Slot(object)
    def _on_pointer(self, at: Point | None) -> None:
        if at != self._at:
            self._at = at
            self._show_scores()

    def _show_scores(self) -> None:
        found, at = self._found, self._at
        scores = found.scores_at(*at) if found is not None and at is not None else None
        if found is None or scores is None:
            self._analysis.legend.set_scores({})
        else:
            self._analysis.legend.set_scores(dict(zip(found.classes, scores.tolist(), strict=True)))
