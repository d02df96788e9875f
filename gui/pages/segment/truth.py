"""Where the true classes of a picture come from: a mask beside it, a file, or drawn shapes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.segmentation import ClassMask, DrawTruth, ReadTruth
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.picture_document import PictureDocument
from gui.pages.segment.answers import SIDES, Answer, Side, TruthSource

NOT_BESIDE = (
    "No mask lies beside the picture. Load one, or draw shapes named like the classes on the "
    "Images page."
)


class TruthFinder(QObject):
    """Fills `truth` of answers; a mask belongs to one picture and one list of classes."""

    found = Signal()  # an answer has its truth
    problem = Signal(str)  # one line for the panel; empty where there is none

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._files: dict[PictureDocument, Path] = {}
        self._asked: dict[Side, Answer] = {}
        self._finding = {side: self._asking(client) for side in SIDES}

    def _asking(self, client: EngineClient) -> PageRequest:
        """Return what looks for the truth of one side; about its answer."""
        request = PageRequest(client, self, "browse", quiet=True, is_current=self._is_asked)
        request.answered.connect(self._on_found)
        request.failed.connect(self._on_failed)
        return request

    def _is_asked(self, answer: Answer) -> bool:
        return answer in self._asked.values()

    def set_file(self, document: PictureDocument, mask: Path) -> None:
        """Remember the mask that a person chose for a picture."""
        self._files[document] = mask

    def ask(
        self, document: PictureDocument, side: Side, answer: Answer, source: TruthSource
    ) -> None:
        """Look for the truth; what was known before is forgotten."""
        answer.truth, answer.scores, answer.truth_source = None, None, source
        self._finding[side].drop()
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
        self._finding[side].start(request, about=answer)

    @Slot(object, object, object)
    def _on_found(self, _: ReadTruth | DrawTruth, mask: ClassMask | None, answer: Answer) -> None:
        if mask is None:
            self.problem.emit(NOT_BESIDE)
        elif mask.shape == answer.result.labels.shape:
            answer.truth = mask
            self.problem.emit("")
            self.found.emit()

    @Slot(object, EngineError)
    def _on_failed(self, _: ReadTruth | DrawTruth, error: EngineError) -> None:
        self.problem.emit(str(error))
