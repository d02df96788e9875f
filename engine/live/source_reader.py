"""What every source is once it is open, whatever gives its pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import SourceError

Pixels = NDArray[np.uint8]


class SourceReader(ABC):
    """An open source. One thread opens it, reads it and closes it: OpenCV crashes otherwise.

    Attributes:
        is_live: pictures come when they come; else each has its time, and `seek` works.
        period_s: from one picture to the next, on average; of use where it is not live.
        duration_s: None where there is no end or none is known.
        shortfall: once the end has come, one line where it came too early; empty else.
    """

    is_live: bool = True
    period_s: float = 1 / 30
    duration_s: float | None = None
    shortfall: str = ""

    @abstractmethod
    def grab(self) -> float | None:
        """Go to the next picture; returns its time in seconds from the start, None at the end.

        The times of a live source mean nothing.

        Raises:
            SourceError: the source is lost.
        """

    @abstractmethod
    def retrieve(self) -> Pixels | None:
        """Return the picture gone to, RGB uint8 (H, W, 3), upright; None where it is unreadable."""

    @abstractmethod
    def close(self) -> None:
        """Release the source."""

    def seek(self, time_s: float) -> None:
        """Let the next `grab` go to the picture shown at that time, or the nearest there is."""
        raise SourceError(f"{type(self).__name__} is live: there is nothing to seek")
