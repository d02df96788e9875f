"""Numbers of answers as people read them."""

from __future__ import annotations

import math

from engine.api.segmentation import ScalarMap, SegmentationResult, SegmentationScores
from gui.pages.segment.answers import Answer
from gui.pages.segment.marks import View
from gui.widgets.class_legend import Column


def run_words(result: SegmentationResult) -> str:
    """One line for the status bar."""
    device = "CPU" if result.device == "cpu" else result.device
    tiles = f" in {result.tiles} tiles" if result.tiles > 1 else ""
    return f"Segmented by {result.weights}{tiles} in {result.milliseconds:.0f} ms on {device}"


def columns(first: Answer | None, second: Answer | None) -> list[Column]:
    """Return the numbers of the legend: areas, and IoU where there is a truth."""
    found: list[Column] = []
    answers = [answer for answer in (first, second) if answer is not None]
    is_narrow = len(answers) > 1 and any(answer.scores is not None for answer in answers)
    for number, answer in enumerate(answers, 1):
        mark = f" {number}" if len(answers) > 1 else ""
        name = answer.result.weights
        areas = {key: percent(share) for key, share in answer.areas.items()}
        if not is_narrow:  # of two answers with scores the scores tell more
            found.append((f"Area{mark}", areas, f"Share of the picture, by {name}"))
        if answer.scores is not None:
            iou = {
                key: "–" if value is None else f"{value:.2f}"
                for key, value in answer.scores.iou.items()
            }
            tip = f"Intersection over union with the truth of this picture, by {name}"
            found.append((f"IoU{mark}", iou, tip))
    return found


def score_words(answer: Answer) -> str:
    """Return the scores of one picture and what they were measured on."""
    scores = answer.scores
    if scores is None:
        return ""
    if math.isnan(scores.mean_iou):
        return f"{answer.result.weights}: no pixel of the picture has a true class."
    parts = (
        f"mIoU {scores.mean_iou:.3f}",
        f"pixel accuracy {percent(scores.pixel_accuracy)}",
        f"mean accuracy {percent(scores.mean_accuracy)}",
        f"boundary F1 {scores.boundary_f1:.2f} within {scores.boundary_tolerance_px:.1f} px",
    )
    return f"{answer.result.weights}: " + ", ".join(parts)


def compared_words(scores: SegmentationScores) -> str:
    """Say which part of the picture was compared."""
    return f"On this picture alone; {percent(scores.compared)} of it has a true class."


def map_words(view: View, found: ScalarMap) -> str:
    """Say what a map shows."""
    if view.kind == "entropy":
        return f"Mean entropy {found.mean:.2f} bits; {found.limits[1]:.2f} if all were alike."
    above = f"; {percent(found.share)} of the picture at {view.threshold:.2f} or more"
    return f"{view.class_name}: mean {percent(found.mean)}{above if view.threshold else ''}."


def error_words(scores: SegmentationScores) -> str:
    """Say how much is wrong."""
    return f"{percent(1 - scores.pixel_accuracy)} of the compared pixels are wrong."


def percent(share: float) -> str:
    """Return a share of 1 as percent with as many digits as tell something."""
    return f"{100 * share:.1f} %"
