"""A segmenter stage by stage: what the topics on single networks share.

A topic names the modules that are looked at and writes a few sentences about each; the picture,
the recording, the sheet, and the scores at the end are the same for all.
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, PictureMark, Step, TableMark, Trace
from engine.traces.network_stages.board import Board, Photo
from engine.traces.network_stages.closing import closing, opening
from engine.traces.network_stages.maps import class_shares, reduced_picture
from engine.traces.network_stages.run import NetworkTopic, Run, Scene, Stage

_PICTURE_PX = 192  # longer side where the picture stands beside maps


def network_trace(topic: NetworkTopic, request: BuildTrace, context: TaskContext) -> Trace:
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
        run = Run(topic, request.config, request.pixels, context)
        story = _Story(run, [opening(run), *topic.scenes(run), *closing(run)])
    return Trace(
        topic.card.key,
        len(story.scenes),
        story.step,
        story.result,
        sheet_px=story.board.sheet_px,
    )


class _Story:
    """Lays scenes on the sheet; keeps nothing of the network."""

    def __init__(self, run: Run, scenes: list[Scene]) -> None:
        height, width = run.pixels.shape[:2]
        self.scenes = scenes
        self.board = Board(height, width)
        self.photo = Photo(reduced_picture(run.pixels, _PICTURE_PX), "picture")
        self.stages: list[tuple[int, Stage]] = [
            (at, scene.stage) for at, scene in enumerate(scenes) if scene.stage is not None
        ]
        fields = [stage.reach.field for _, stage in self.stages]
        self.rows = tuple(
            (
                stage.name,
                " x ".join(map(str, stage.shape)),
                f"{stage.reach.stride:g}",
                f"{field}",
            )
            for (_, stage), field in zip(self.stages, fields, strict=True)
        )
        shares = class_shares(run.mask, len(run.classes)).tolist()
        self.result = {
            "weights": run.found.origin,
            "size": [width, height],
            "stages": [
                {
                    "name": stage.name,
                    "shape": list(stage.shape),
                    "stride": stage.reach.stride,
                    "receptive_field": field,
                }
                for (_, stage), field in zip(self.stages, fields, strict=True)
            ],
            "shares": dict(zip(run.classes, shares, strict=True)),
        }

    def step(self, at: int) -> Step:
        """Lay one scene out."""
        scene = self.scenes[at]
        lead = (self.photo,) if scene.lead is None else scene.lead
        marks: list[PictureMark] = []
        for place, cell in enumerate(lead):
            marks += self.board.lay(cell, 0, place * scene.span, scene.span)
        for frame in scene.frames:
            marks += self.board.frame(frame, scene.span)
        marks += self.board.rows(scene.rows, len(lead) * scene.span)
        for place, cell in enumerate(scene.below):
            marks += self.board.lay(cell, scene.span, place)
        return Step(
            scene.title, scene.text, (*marks, self._table(at), *scene.panels), scene.formula
        )

    def _table(self, at: int) -> TableMark:
        """List the stages; the one last reached is current."""
        reached = [row for row, (step, _) in enumerate(self.stages) if step <= at]
        is_over = self.stages and at > self.stages[-1][0]
        return TableMark(
            ("stage", "maps", "stride", "sees px"),
            self.rows,
            current=reached[-1] if reached and not is_over else None,
            steps=tuple(step for step, _ in self.stages),
        )
