"""One round of greedy suppression: the best box left is kept and removes its duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BarsMark, Mark, Role, Step
from engine.layers.non_maximum_suppression import Ranks
from engine.traces.non_maximum_suppression.ranked_boxes import (
    BARS_UP_TO,
    RankedBoxes,
    without_empty,
)
from engine.traces.steps import explain
from engine.traces.wording import apart, area, compare, count, listing, sentence

Overlaps = NDArray[np.float32]  # IoU with the keeper, by rank


def greedy_round(ranked: RankedBoxes, round_index: int) -> Step:
    """Keep one box and remove those that overlap it by more than the IoU threshold."""
    record, keeper = ranked.record, int(ranked.record.keepers[round_index])
    overlaps = record.columns.iou_with(keeper)
    rivals = np.flatnonzero(record.rivals(round_index))
    rivals = rivals[np.argsort(-overlaps[rivals], kind="stable")]  # closest first
    removed = rivals[record.decided_in[rivals] == round_index]
    touching = rivals[overlaps[rivals] > 0]
    left = np.flatnonzero(record.decided_in > round_index)
    captions = [f"{ranked.numbers[r]}: IoU {_iou_text(ranked, overlaps[r])}" for r in removed[:99]]
    marks: list[Mark] = [
        ranked.boxes_mark(left, "candidate"),
        *ranked.settled_marks(round_index),
        ranked.boxes_mark(removed, "removed", captions),
        ranked.keeper_mark(round_index),
        ranked.table(round_index),
    ]
    marks.append(_overlap_bars(ranked, keeper, touching[:BARS_UP_TO], overlaps, len(removed)))
    formula = _iou_formula(ranked, keeper, int(touching[0])) if len(touching) else ""
    title = f"Keep {ranked.labels[keeper]} {ranked.scores[keeper]:.2f}"
    if len(removed):
        title += f", remove {len(removed)}"
    text = (
        f"{sentence(ranked.full_name(keeper))} has the best score left, "
        f"{ranked.scores[keeper]:.2f}, so it is kept."
        + (_removed_text(ranked, removed, overlaps) or _nearest_text(ranked, rivals, overlaps))
        + _spared_text(ranked, round_index, overlaps)
        + f" {sentence(count(len(left), 'box'))} {'is' if len(left) == 1 else 'are'} left."
    )
    return explain(title, text, *without_empty(marks), formula=formula)


def _iou_text(ranked: RankedBoxes, overlap: np.float32) -> str:
    return apart(float(overlap), ranked.config.iou_threshold)[0]


def _removed_text(ranked: RankedBoxes, removed: Ranks, overlaps: Overlaps) -> str:
    if not len(removed):
        return ""
    limit = ranked.config.iou_threshold
    threshold = apart(float(overlaps[removed].min()), limit)[1]
    named = [ranked.name(r, f"IoU {_iou_text(ranked, overlaps[r])}") for r in removed[:3].tolist()]
    fate = "a duplicate, so it is removed"
    if len(removed) > 1:
        fate = "duplicates, so they are removed"
    return f" It overlaps {listing(named, len(removed))} by more than {threshold}: {fate}."


def _nearest_text(ranked: RankedBoxes, rivals: Ranks, overlaps: Overlaps) -> str:
    """How close the round came to removing something."""
    if not len(rivals):
        return ""
    other = (
        "other box of its class" if ranked.config.class_aware and ranked.has_classes else "other"
    )
    nearest = int(rivals[0])
    if overlaps[nearest] == 0:
        return f" No {other} touches it."
    most, threshold = apart(float(overlaps[nearest]), ranked.config.iou_threshold)
    if most == threshold:  # exactly at it
        name = sentence(ranked.name(nearest))
        return f" {name} has an IoU of exactly {most}: not more, so it stays."
    return f" No {other} overlaps it by more than {threshold}; the closest is " + (
        f"{ranked.name(nearest, f'IoU {most}')}."
    )


def _spared_text(ranked: RankedBoxes, round_index: int, overlaps: Overlaps) -> str:
    """Name the box that only its class saves."""
    record = ranked.record
    keeper = record.keepers[round_index]
    is_other = record.class_indices != record.class_indices[keeper]
    is_waiting = record.decided_in > round_index
    is_over = overlaps > np.float64(ranked.config.iou_threshold)
    spared = np.flatnonzero(is_other & is_waiting & is_over)
    if not len(spared):
        return ""
    most = int(spared[overlaps[spared].argmax()])
    return (
        f" {sentence(ranked.full_name(most))} has an IoU of {_iou_text(ranked, overlaps[most])} "
        "with it but is of another class, so it stays."
    )


def _overlap_bars(
    ranked: RankedBoxes, keeper: int, ranks: Ranks, overlaps: Overlaps, removed: int
) -> BarsMark:
    roles: tuple[Role, ...] = tuple(
        "removed" if place < removed else "candidate" for place in range(len(ranks))
    )
    return BarsMark(
        ranked.bar_names(ranks),
        overlaps[ranks].astype(np.float64),
        f"IoU with box {ranked.numbers[keeper]}",
        roles,
        limit=ranked.config.iou_threshold,
        limit_name="IoU threshold",
    )


def _iou_formula(ranked: RankedBoxes, keeper: int, other: int) -> str:
    pair = ranked.record.columns.overlap(keeper, other)
    return (
        rf"\mathrm{{IoU}}({ranked.numbers[keeper]},{ranked.numbers[other]})="
        r"\dfrac{|A\cap B|}{|A\cup B|}="
        rf"\dfrac{{{area(pair.intersection)}}}{{{area(pair.union)}}}="
        + compare(pair.iou, ranked.config.iou_threshold)
    )
