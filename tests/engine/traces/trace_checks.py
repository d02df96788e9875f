"""What holds for every step of every trace, whatever it is about."""

import json
import re
from typing import Any

import numpy as np
from matplotlib.mathtext import MathTextParser

from engine.api.tasks import TaskContext
from engine.api.tile_shapes import arrows_of, shape_of
from engine.api.traces import (
    ArrowsMark,
    BoxesMark,
    BuildTrace,
    CellsTile,
    PolygonsMark,
    Step,
    Tile,
    Tiles,
    Trace,
)
from engine.cli.trace import mark_as_data
from engine.traces.building import build_trace
from tests.engine.traces.stated_numbers import check_equations, check_grammar, check_parts

MOST_CHARACTERS = 4_000_000
"""Of the marks of one step, as JSON: more would make a file of them huge."""
TITLE_CHARACTERS = 44


def traced(topic: str, config: object = None, **given: Any) -> Trace:
    """Build a trace that nobody cancels; `given` are the picture or the boxes."""
    return build_trace(BuildTrace(topic, config, **given), TaskContext(lambda _: None))


def tiles_of(step: Step) -> Tiles | None:
    """Return what a step shows."""
    shown = [mark for mark in step.marks if isinstance(mark, Tiles)]
    assert len(shown) <= 1, f"{step.title}: tiles in more than one place"
    return shown[0] if shown else None


def check_steps(trace: Trace, most: int = 25) -> None:
    """Words, formulas and marks of every step; equations hold as they are printed."""
    parser = MathTextParser("path")
    steps = list(trace)
    assert 8 <= len(steps) <= most
    for step in steps:
        assert 0 < len(step.title) <= TITLE_CHARACTERS, step.title
        assert step.text.endswith(".")
        assert not {"nan", "inf", "None"} & set(re.findall(r"\w+", step.text))
        assert "{" not in step.text
        assert step.marks, f"{step.title}: nothing to be seen"
        assert len(json.dumps([mark_as_data(mark) for mark in step.marks])) <= MOST_CHARACTERS
        check_grammar(f"{step.title}. {step.text}")
        check_parts(step.text)
        check_equations(step.formula)
        if step.formula:
            parser.parse(f"${step.formula}$")
        shown = tiles_of(step)
        if shown is not None:
            check_tiles(shown)


def check_tiles(shown: Tiles) -> None:
    """Arrows lead between tiles that are there; what lies on a tile lies inside of it."""
    entries = list(shown)
    assert entries
    by_name = {tile.name: tile for tile in entries if tile.name}
    assert len(by_name) == sum(bool(tile.name) for tile in entries)
    for arrow in arrows_of(shown):
        for name, place in ((arrow.start, arrow.start_place), (arrow.end, arrow.end_place)):
            assert place is None or _is_inside(place, by_name[name])
    for tile in entries:
        for mark in tile.marks:
            width, height = shape_of(tile)[::-1]
            points = _points(mark)
            assert (points >= -1e-3).all(), tile.caption
            assert (points <= np.array([width, height]) + 1e-3).all(), tile.caption
        if isinstance(tile, CellsTile):
            assert all(_is_inside(at, tile) for at in (*tile.lit, *tile.removed, *tile.blank))
            assert len(tile.row_names) in (0, tile.values.shape[0])
            assert len(tile.column_names) in (0, tile.values.shape[1])


def _points(mark: object) -> np.ndarray:
    if isinstance(mark, BoxesMark):
        return mark.boxes_xyxy.reshape(-1, 2)
    if isinstance(mark, PolygonsMark):
        return np.concatenate(mark.polygons)
    if isinstance(mark, ArrowsMark):
        return np.concatenate([mark.starts_xy, mark.ends_xy])
    return np.array(mark.extent_xyxy).reshape(-1, 2)  # type: ignore[attr-defined]


def _is_inside(place: tuple[float, float], tile: Tile) -> bool:
    return all(0 <= at < side for at, side in zip(place, shape_of(tile), strict=True))
