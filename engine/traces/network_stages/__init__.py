"""A segmenter stage by stage: what the topics on single networks share.

A topic names the modules that are looked at and writes a few sentences about each; the picture,
the recording, and the scores at the end are the same for all.
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Trace
from engine.traces.marks import table
from engine.traces.network_stages.closing import Closing
from engine.traces.network_stages.maps import class_shares
from engine.traces.network_stages.network_steps import NetworkSteps, Stage, StageStep
from engine.traces.steps import explain, trace_of


def network_trace(topic: type[NetworkSteps], request: BuildTrace, context: TaskContext) -> Trace:
    """Return the steps from the picture through every stage to the class of each pixel.

    The result has `weights`, `size` of the picture in the network (width, height), `stages` with
    name, shape (C, h, w), stride and receptive field in pixels, and `shares` of the classes.

    Raises:
        WeightsError: shipped weights cannot be read.
        TaskCancelled: between two layers, or two batches of a small network.
    """
    assert request.pixels is not None  # the topics need a picture, see building.py
    from engine.core.devices import thread_share

    with thread_share():
        source = topic(request.config, request.pixels, context)
        # Written at once: a trace that is looked at must not hold the network and all its maps.
        steps = list(trace_of(topic.card, [source, Closing(source)], {}))
    stages = [(at, stage) for at, one in enumerate(steps) if (stage := _stage_of(one))]
    rows = [_row(stage) for _, stage in stages]
    written = [_with_table(at, one, stages, rows) for at, one in enumerate(steps)]
    shares = class_shares(source.mask, len(source.classes)).tolist()
    result = {
        "weights": source.found.origin,
        "size": [source.pixels.shape[1], source.pixels.shape[0]],
        "stages": [
            {
                "name": stage.name,
                "shape": list(stage.shape),
                "stride": stage.reach.stride,
                "receptive_field": stage.reach.field,
            }
            for _, stage in stages
        ],
        "shares": dict(zip(source.classes, shares, strict=True)),
    }
    return Trace(topic.card.key, len(written), written.__getitem__, result)


def _stage_of(one: Step) -> Stage | None:
    return one.stage if isinstance(one, StageStep) else None


def _row(stage: Stage) -> tuple[str, ...]:
    shape = " x ".join(map(str, stage.shape))
    return stage.name, shape, f"{stage.reach.stride:g}", str(stage.reach.field)


def _with_table(
    at: int, one: Step, stages: list[tuple[int, Stage]], rows: list[tuple[str, ...]]
) -> Step:
    """List the stages after what is shown; the one last reached is current."""
    reached = [row for row, (place, _) in enumerate(stages) if place <= at]
    is_over = bool(stages) and at > stages[-1][0]
    overview = table(
        ("stage", "maps", "stride", "sees px"),
        rows,
        current=reached[-1] if reached and not is_over else None,
        steps=[place for place, _ in stages],
    )
    shown, *panels = one.marks
    return explain(one.title, one.text, shown, overview, *panels, formula=one.formula)
