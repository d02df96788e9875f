"""Keeps the legend true to the segmented frame that is shown."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from engine.api.annotations import Point
from engine.api.segmentation import MeasureAreas, SegmentationResult
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
        self._workbench, self._presenter, self._analysis = workbench, presenter, analysis
        self._at: Point | None = None
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
        task = self._workbench.client.latest("live.areas", MeasureAreas(found), quiet=True)
        task.succeeded.connect(partial(self._analysis.show_areas, found))

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
