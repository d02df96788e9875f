"""Where the true classes of a picture come from: a mask beside it, a file, or drawn shapes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.segmentation import ClassMask, DrawTruth, ReadTruth
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.document.picture_document import PictureDocument
from gui.pages.segment.answers import Answer, Side
from gui.pages.segment.inspector import TruthSource

NOT_BESIDE = (
    "No mask lies beside the picture. Load one, or draw shapes named like the classes on the "
    "Images page."
)


class TruthFinder(QObject):
    """Fills `truth` of answers; a mask belongs to one picture and one list of classes."""

    found = Signal(str)  # side
    problem = Signal(str)  # one line for the panel; empty where there is none

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._files: dict[PictureDocument, Path] = {}
        self._asked: dict[Side, Answer] = {}

    def set_file(self, document: PictureDocument, mask: Path) -> None:
        """Remember the mask that a person chose for a picture."""
        self._files[document] = mask

    def has_file(self, document: PictureDocument | None) -> bool:
        """Whether a person chose a mask for the picture."""
        return document in self._files

    def ask(
        self, document: PictureDocument, side: Side, answer: Answer, source: TruthSource
    ) -> None:
        """Look for the truth; what was known before is forgotten."""
        answer.truth, answer.scores = None, None
        classes = answer.result.classes
        height, width = answer.result.labels.shape
        size = (height, width)
        request: ReadTruth | DrawTruth
        if source == "drawn":
            request = DrawTruth(document.shapes, classes, size)
        elif source == "file" and document not in self._files:
            self.problem.emit("Load the mask of this picture.")
            return
        else:
            mask = self._files[document] if source == "file" else None
            request = ReadTruth(document.path, mask, classes, size)
        self._asked[side] = answer
        task = self._client.latest(f"segment.truth.{side}", request, "browse", quiet=True)
        task.setProperty("side", side)
        task.succeeded.connect(self._on_found)
        task.failed.connect(self._on_failed)

    @Slot(object)
    def _on_found(self, mask: ClassMask | None) -> None:
        task = self.sender()
        if not isinstance(task, EngineTask):
            return
        side: Side = task.property("side")
        answer = self._asked.get(side)
        if answer is None or task.request.classes != answer.result.classes:
            return
        if mask is None:
            self.problem.emit(NOT_BESIDE)
        elif mask.shape == answer.result.labels.shape:
            answer.truth = mask
            self.problem.emit("")
            self.found.emit(side)

    @Slot(object)
    def _on_failed(self, error: EngineError) -> None:
        self.problem.emit(str(error))
