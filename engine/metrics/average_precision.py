"""Precision, recall, and the three ways to make one number of them: average precision.

Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010, has the mean over eleven
recalls (until 2007) and the area below the envelope (from 2010 on); Lin et al., Microsoft COCO,
ECCV 2014, the mean over 101 recalls.

Axes: N detections in a ranked list, best first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_EPSILON = 1e-9  # recalls of 3/10 and the like must reach their threshold


class PrecisionRecall(NamedTuple):
    """What is reached by keeping the first 1, 2, … N of a ranked list; both (N,) in [0, 1]."""

    precision: Values
    recall: Values


def precision_recall(is_true: NDArray[np.bool_], positives: int) -> PrecisionRecall:
    """Count down a ranked list.

    Args:
        is_true: whether each detection has found an object that none before it had, (N,).
        positives: objects that there are; recall is 0 where there are none.
    """
    true = np.cumsum(is_true, dtype=np.float64)
    kept = np.arange(1, len(is_true) + 1, dtype=np.float64)
    return PrecisionRecall(true / kept, true / max(positives, 1))


def envelope(precision: Values) -> Values:
    """Return the best precision at this recall or any higher one, (N,): it never rises."""
    return np.maximum.accumulate(precision[::-1])[::-1]


def all_point_average_precision(curve: PrecisionRecall) -> float:
    """Return the area below the envelope, the sum of its steps: VOC from 2010 on."""
    widths = np.diff(curve.recall, prepend=0.0)
    return float((widths * envelope(curve.precision)).sum())


def eleven_point_average_precision(curve: PrecisionRecall) -> float:
    """Return the mean of the envelope at the recalls 0, 0.1, … 1: VOC until 2007."""
    return _mean_at(curve, np.linspace(0, 1, 11))


def coco_average_precision(curve: PrecisionRecall) -> float:
    """Return the mean of the envelope at the recalls 0, 0.01, … 1, at one IoU: COCO."""
    return _mean_at(curve, np.linspace(0, 1, 101))


def _mean_at(curve: PrecisionRecall, recalls: Values) -> float:
    """Mean of the envelope where each recall is first reached; 0 where it never is."""
    places = np.searchsorted(curve.recall + _EPSILON, recalls)
    heights = np.append(envelope(curve.precision), 0.0)
    return float(heights[places].mean())
