"""Numbers of answers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.api.segmentation import ScalarMap, SegmentationResult, SegmentationScores
from gui.pages.segment.answers import Answer
from gui.pages.segment.confusion import confusion_words
from gui.pages.segment.marks import View
from gui.widgets.class_legend import Column


def run_words(result: SegmentationResult) -> str:
    """One line for the status bar."""
    device = "CPU" if result.device == "cpu" else result.device
    tiles = f" in {result.tiles} tiles" if result.tiles > 1 else ""
    note = f"; {result.note}" if result.note else ""
    return f"Segmented by {result.weights}{tiles} in {result.milliseconds:.0f} ms on {device}{note}"


def columns(answers: Sequence[Answer]) -> list[Column]:
    """Return the numbers of the legend: areas, and IoU where there is a truth."""
    found: list[Column] = []
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


def score_text(answers: Sequence[Answer]) -> str:
    """Return the scores of one picture, a line an answer, and what they were measured on."""
    scored = [(answer, answer.scores) for answer in answers if answer.scores is not None]
    if not scored:
        return "Scores appear once the picture is segmented."
    compared = percent(scored[0][1].compared)
    lines = [_score_words(answer, scores) for answer, scores in scored]
    lines.append(f"On this picture alone; {compared} of it has a true class.")
    for answer, scores in scored[:1]:
        lines += confusion_words(answer.result.classes, scores.confusion)
    return "\n".join(lines)


def _score_words(answer: Answer, scores: SegmentationScores) -> str:
    if math.isnan(scores.mean_iou):
        return f"{answer.result.weights}: no pixel of the picture has a true class."
    parts = (
        f"mIoU {scores.mean_iou:.3f}{_everywhere(scores)}",
        f"pixel accuracy {percent(scores.pixel_accuracy)}",
        f"mean accuracy {percent(scores.mean_accuracy)}",
        f"boundary F1 {scores.boundary_f1:.2f} within {scores.boundary_tolerance_px:.1f} px",
    )
    return f"{answer.result.weights}: " + ", ".join(parts)


def _everywhere(scores: SegmentationScores) -> str:
    """Of a truth that is not the whole picture: what it is if all the rest is another class."""
    if scores.compared == 1 or math.isnan(scores.mean_iou_everywhere):
        return ""
    return f" where there is a true class, {scores.mean_iou_everywhere:.3f} over the whole picture"


def map_texts(view: View, answers: Sequence[Answer]) -> list[str]:
    """Return what the maps or the errors of answers say, or what they still need."""
    if view.kind == "truth":
        known = any(answer.truth is not None for answer in answers)
        return [] if known else ["Where the true classes are looked for: see Ground truth below."]
    if view.kind == "errors":
        found = [answer.scores for answer in answers if answer.scores is not None]
        wrong = (percent(1 - scores.pixel_accuracy) for scores in found)
        texts = [f"{share} of the compared pixels are wrong." for share in wrong]
        return texts or ["Errors need the true classes: see Ground truth below."]
    maps = [answer.map for answer in answers if answer.map_of == view.map_key]
    return [_map_words(view, found) for found in maps if found is not None]


def _map_words(view: View, found: ScalarMap) -> str:
    if view.kind == "entropy":
        return f"Mean entropy {found.mean:.2f} bits; {found.limits[1]:.2f} if all were alike."
    above = f"; {percent(found.share)} of the picture at {view.threshold:.2f} or more"
    return f"{view.class_name}: mean {percent(found.mean)}{above if view.threshold else ''}."


def percent(share: float) -> str:
    """Return a share of 1 as percent with as many digits as tell something."""
    return f"{100 * share:.1f} %"
