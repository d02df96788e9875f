"""What models have found on each picture."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Generic, TypeVar

from gui.document.picture_document import PictureDocument

ResultT = TypeVar("ResultT")
Choice = tuple[str, str | Path | None]
"""Key of a model, and its weights."""
NOBODY: Choice = ("", None)


class ResultMemory(Generic[ResultT]):
    """Keeps the latest results, each under the model that found it; the oldest go first.

    Args:
        limit: so many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[PictureDocument, str, Choice], ResultT] = OrderedDict()

    def put(self, document: PictureDocument, side: str, choice: Choice, result: ResultT) -> None:
        """Remember what a model found on a picture."""
        key = (document, side, choice)
        self._kept[key] = result
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def get(self, document: PictureDocument | None, side: str, choice: Choice) -> ResultT | None:
        """Return what a model found, or None where it did not run."""
        return self._kept.get((document, side, choice)) if document is not None else None

    def latest(
        self, document: PictureDocument | None, side: str
    ) -> tuple[Choice, ResultT] | tuple[Choice, None]:
        """Return what was found last, and by which model; None where nothing was."""
        for key, kept in reversed(self._kept.items()):
            if key[:2] == (document, side):
                return key[2], kept
        return NOBODY, None
