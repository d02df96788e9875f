"""Shows the newest frame with what was found on it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QEvent, QObject, Signal, Slot

from engine.api.live import LiveResult
from engine.api.live_session import LiveAnswer
from engine.api.pictures import Picture
from gui.pages.live.marks import box_marks, region_marks, segmentation_marks, trail_marks
from gui.widgets.canvas import Canvas

LAYERS = ("live.segmentation", "live.trails", "live.found", "live.counted")
SEGMENTATION_OPACITY = 0.5


def is_hidden_on(result: LiveResult, private_classes: Collection[str]) -> bool:
    """Whether all classes that are private are hidden on a frame."""
    if not isinstance(result.answer, LiveAnswer):
        return not private_classes
    return set(private_classes) <= set(result.answer.analysis.config.private_classes)


class FramePresenter(QObject):
    """Puts frames on the canvas, and says when one has been painted.

    Args:
        painted: called with each result once, when it comes on the screen.
    """

    cleared = Signal()  # nothing is shown any more

    def __init__(
        self, canvas: Canvas, painted: Callable[[LiveResult], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._canvas, self._painted = canvas, painted
        self._unpainted: LiveResult | None = None
        self.result: LiveResult | None = None
        self._opacity = 1.0
        canvas.installEventFilter(self)

    @property
    def answer(self) -> LiveAnswer | None:
        """What was found on the frame that is shown."""
        answer = self.result.answer if self.result is not None else None
        return answer if isinstance(answer, LiveAnswer) else None

    def show_result(self, result: LiveResult, private_classes: Collection[str]) -> bool:
        """Show a frame; whether one is shown.

        One that no model has looked at stays unseen where something is private. One that was
        looked at before that was wished for makes room for the next, which is on its way.
        """
        answer = result.answer
        if not is_hidden_on(result, private_classes):
            if isinstance(answer, LiveAnswer):
                return self.result is not None
            self.clear()
            return False
        if not isinstance(answer, LiveAnswer):
            for layer in LAYERS:
                self._canvas.remove_layer(layer)
            self._take(result, Picture(result.frame.pixels, None, "RGB"))
            return True
        self._take(result, Picture(answer.pixels, None, "RGB"))
        self._show_marks(answer)
        return True

    @Slot(float)
    def set_opacity(self, opacity: float) -> None:
        """Draw what lies over the picture so strongly, 0 to 1; half of it the classes of pixels."""
        self._opacity = opacity
        if self.answer is not None:
            self._show_marks(self.answer)

    def _show_marks(self, answer: LiveAnswer) -> None:
        canvas, analysis, opacity = self._canvas, answer.analysis, self._opacity
        found = segmentation_marks(answer.segmentation, analysis.config.shown_classes)
        canvas.set_layer("live.segmentation", found, opacity=SEGMENTATION_OPACITY * opacity)
        canvas.set_layer("live.trails", trail_marks(analysis), opacity=opacity)
        canvas.set_layer("live.found", box_marks(analysis.tracked), opacity=opacity)
        canvas.set_layer("live.counted", region_marks(analysis), opacity=opacity)

    def clear(self) -> None:
        """Show nothing."""
        self.result = self._unpainted = None
        for layer in LAYERS:
            self._canvas.remove_layer(layer)
        self._canvas.set_picture(None)
        self.cleared.emit()

    def _take(self, result: LiveResult, picture: Picture) -> None:
        self.result = self._unpainted = result
        self._canvas.set_picture(picture)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that a frame is painted."""
        if event.type() == QEvent.Type.Paint and self._unpainted is not None:
            result, self._unpainted = self._unpainted, None
            self._painted(result)
        return super().eventFilter(watched, event)
