"""Shows raw boxes through the thresholds: on the canvas, in the list, or step by step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from engine.api.detection import Detections, Suppress, Suppressed, SuppressionConfig
from engine.api.traces import BoxesMark, BuildTrace, PictureMark, PolygonsMark, Trace
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.detect.detection_table import DetectionTable
from gui.widgets.canvas import Canvas
from gui.widgets.step_player import StepPlayer

RESULT_LAYER, TRACE_LAYER, PICKED_LAYER = "detections", "trace", "picked"


class ResultPresenter(QObject):
    """Answers a moved slider on the interactive lane; the detector is not run again."""

    shown_changed = Signal(object)  # Suppressed, or None where there are no boxes

    def __init__(
        self,
        client: EngineClient,
        canvas: Canvas,
        table: DetectionTable,
        player: StepPlayer,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._table, self._player = canvas, table, player
        self._suppression = PageRequest(client, self, "interactive", is_current=self._is_present)
        self._trace = PageRequest(client, self, "interactive", is_current=self._is_present)
        self._raw: Detections | None = None
        self._config = SuppressionConfig()
        self._is_stepping = False
        self.shown: Suppressed | None = None
        self._suppression.answered.connect(self._on_suppressed)
        self._trace.answered.connect(self._on_trace)
        table.row_chosen.connect(self._on_row_chosen)
        canvas.mark_clicked.connect(self._on_mark_clicked)
        player.marks_changed.connect(self._on_trace_marks)
        player.row_picked.connect(self._on_row_picked)

    @property
    def raw(self) -> Detections | None:
        """The boxes before thresholds."""
        return self._raw

    def present(self, raw: Detections | None, config: SuppressionConfig) -> None:
        """Show these boxes through these thresholds, as soon as they are computed."""
        if raw is not self._raw:
            # Boxes of another picture must not stay while the new ones are computed.
            self._canvas.remove_layer(RESULT_LAYER)
            self._canvas.remove_layer(TRACE_LAYER)
            self._player.set_trace(None)
            self._table.set_detections(None)
            self.shown = None
        self._raw, self._config = raw, config
        if raw is None:
            self._show(None)
            return
        self._suppression.ask(Suppress(raw, config), about=raw)
        if self._is_stepping:
            self._ask_for_trace()

    def set_stepping(self, is_stepping: bool) -> None:
        """Show the suppression step by step instead of its result."""
        self._is_stepping = is_stepping
        if is_stepping:
            self._ask_for_trace()
        else:
            self._canvas.remove_layer(TRACE_LAYER)
            self._canvas.remove_layer(PICKED_LAYER)
            self._player.set_trace(None)
        self._draw_result()

    def _ask_for_trace(self) -> None:
        if self._raw is None:
            self._player.set_trace(None)
            return
        self._trace.ask(BuildTrace("nms", self._config, detections=self._raw), about=self._raw)

    def _is_present(self, raw: Detections) -> bool:
        """Whether an answer is about the boxes that are shown now."""
        return raw is self._raw

    @Slot(object, object)
    def _on_suppressed(self, _: Suppress, result: Suppressed) -> None:
        self._show(result)

    @Slot(object, object)
    def _on_trace(self, _: BuildTrace, trace: Trace) -> None:
        if self._is_stepping:
            self._player.set_trace(trace)

    @Slot(object)
    def _on_trace_marks(self, marks: tuple[PictureMark, ...]) -> None:
        self._canvas.remove_layer(PICKED_LAYER)
        if self._is_stepping:
            self._canvas.set_layer(TRACE_LAYER, marks)

    @Slot(int)
    def _on_row_picked(self, index: int) -> None:
        """Show which box a row of the player's table is about."""
        if self._raw is None or not 0 <= index < len(self._raw):
            return
        box = np.asarray(self._raw.boxes_xyxy[index : index + 1])
        caption = f"box {index}: {self._raw.labels[index]} {self._raw.scores[index]:.2f}"
        self._canvas.set_layer(PICKED_LAYER, (BoxesMark(box, "current", (caption,)),))

    def _show(self, result: Suppressed | None) -> None:
        self.shown = result
        self._table.set_detections(result.detections if result else None)
        self._draw_result()
        self.shown_changed.emit(result)

    def _draw_result(self) -> None:
        marks = detection_marks(self.shown) if self.shown else ()
        self._canvas.set_layer(RESULT_LAYER, marks, dashed=True, visible=not self._is_stepping)

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        self._canvas.set_highlight(RESULT_LAYER, 0, row)
        if row >= 0 and self.shown is not None:
            box = self.shown.detections.boxes_xyxy[row]
            self._canvas.show_region(tuple(float(side) for side in box))

    @Slot(str, int, int)
    def _on_mark_clicked(self, layer: str, mark: int, item: int) -> None:
        if layer == RESULT_LAYER and mark == 0:
            self._table.choose(item)
            self._canvas.set_highlight(layer, mark, item)


def detection_marks(result: Suppressed) -> tuple[PictureMark, ...]:
    """Return what the canvas draws: boxes in their class colours, and outlines of masks."""
    found = result.detections
    captions = tuple(
        f"{label} {score:.2f}"
        for label, score in zip(found.labels, found.scores.tolist(), strict=True)
    )
    boxes = BoxesMark(np.asarray(found.boxes_xyxy), "prediction", captions, found.labels)
    if not result.outlines:
        return (boxes,)
    polygons = [(p, label) for p, label in result.outlines]
    return (
        boxes,
        PolygonsMark(tuple(p for p, _ in polygons), "prediction", tuple(n for _, n in polygons)),
    )
