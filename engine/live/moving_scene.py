"""A drawn scene in motion, for machines without a camera: all that moves is known at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.api.live import MovingSceneSource
from engine.data.scene_textures import Random, contrasting_colour, draw_background
from engine.live import scene_figures
from engine.live.scene_figures import Colour, Points
from engine.live.source_reader import Pixels, SourceReader

KINDS = ("face", "person", "circle", "person", "square", "triangle")
"""What moves in a scene, in turn; each is in front of those after it."""

_STEPS_PER_HEIGHT = 2.5  # that a walker takes over a way as long as he is tall


@dataclass(frozen=True, slots=True)
class Mover:
    """One thing that moves in straight lines and turns round at the border.

    Attributes:
        height_px: of a person or head; diameter of a shape.
        start_px: x and y of the centre at time 0, within the reach of the centre.
        speed_px_s: in x and y; signs change at the border.
        turns_per_s: how fast a shape turns.
    """

    kind: str
    height_px: int
    start_px: tuple[float, float]
    speed_px_s: tuple[float, float]
    turns_per_s: float
    colour: Colour

    @property
    def half_size(self) -> tuple[float, float]:
        """Half the width and height that it may fill."""
        widths = {"person": scene_figures.PERSON_WIDTH, "face": scene_figures.HEAD_WIDTH}
        return self.height_px * widths.get(self.kind, 1.0) / 2, self.height_px / 2


@dataclass(frozen=True, slots=True)
class SceneObject:
    """Where a thing is at a moment.

    Attributes:
        index: names the same thing at all times.
        box_xyxy: corners in pixels, of the whole thing, whether or not others are before it.
    """

    index: int
    label: str
    box_xyxy: tuple[float, float, float, float]


class MovingScene:
    """The scene of a seed, to be asked about any moment."""

    def __init__(self, source: MovingSceneSource) -> None:
        self.size = source.width_px, source.height_px
        random = np.random.default_rng(source.seed)
        background = draw_background(random, source.height_px, source.width_px)
        self._background = np.rint(background * 255).astype(np.uint8)
        colours = [
            contrasting_colour(random, background.mean(axis=(0, 1), dtype=np.float32))
            for _ in range(source.object_count)
        ]
        self.movers = tuple(
            _mover(random, KINDS[index % len(KINDS)], self.size, _bytes(colour))
            for index, colour in enumerate(colours)
        )
        self._heads = {
            mover.height_px: scene_figures.head_photograph(mover.height_px)
            for mover in self.movers
            if mover.kind == "face"
        }

    def centre(self, index: int, time_s: float) -> tuple[float, float]:
        """Return x and y of a thing's centre in pixels."""
        mover = self.movers[index]
        x, y = (
            _fold(start + speed * time_s, half, side - half)
            for start, speed, half, side in zip(
                mover.start_px, mover.speed_px_s, mover.half_size, self.size, strict=True
            )
        )
        return x, y

    def objects(self, time_s: float) -> tuple[SceneObject, ...]:
        """Return all things with their boxes, the one in front first."""
        found = []
        for index, mover in enumerate(self.movers):
            centre, half = np.array(self.centre(index, time_s)), np.array(mover.half_size)
            if mover.kind == "face":
                corners = scene_figures.face_box(centre, mover.height_px)
            elif mover.kind == "person":
                corners = np.stack((centre - half, centre + half))
            else:
                corners = self._outline(mover, centre, time_s)
            (x1, y1), (x2, y2) = corners.min(0).tolist(), corners.max(0).tolist()
            found.append(SceneObject(index, mover.kind, (x1, y1, x2, y2)))
        return tuple(found)

    def draw(self, time_s: float) -> Pixels:
        """Draw the moment, RGB uint8 (H, W, 3)."""
        canvas = self._background.copy()
        for index, mover in reversed(list(enumerate(self.movers))):
            centre = np.array(self.centre(index, time_s))
            head = self._heads.get(mover.height_px) if mover.kind == "face" else None
            if head is not None:
                scene_figures.paste(canvas, head, centre)
            elif mover.kind == "person":
                way = abs(mover.speed_px_s[0]) * time_s / mover.height_px
                stride = way * _STEPS_PER_HEIGHT
                scene_figures.draw_person(canvas, centre, mover.height_px, stride, mover.colour)
            else:
                scene_figures.fill(canvas, self._outline(mover, centre, time_s), mover.colour)
        return canvas

    @staticmethod
    def _outline(mover: Mover, centre: Points, time_s: float) -> Points:
        # Where the photograph of the head is not installed, a disc stands for it.
        kind = "circle" if mover.kind == "face" else mover.kind
        angle = 2 * np.pi * mover.turns_per_s * time_s
        radius = min(mover.half_size)
        return scene_figures.shape_outline(kind, centre, radius, angle)


class MovingSceneReader(SourceReader):
    """Plays a scene without an end."""

    is_live = False

    def __init__(self, source: MovingSceneSource) -> None:
        self._scene = MovingScene(source)
        self.period_s = 1 / source.frames_per_second
        self._next = 0

    def grab(self) -> float:
        """Go to the next picture; see SourceReader."""
        self._next += 1
        return (self._next - 1) * self.period_s

    def retrieve(self) -> Pixels:
        """Return the picture gone to; see SourceReader."""
        return self._scene.draw((self._next - 1) * self.period_s)

    def seek(self, time_s: float) -> None:
        """Let the next `grab` go to the picture shown at that time; see SourceReader."""
        self._next = max(0, int(time_s / self.period_s + 1e-6))

    def close(self) -> None:
        """Nothing is held open."""


def _mover(random: Random, kind: str, size: tuple[int, int], colour: Colour) -> Mover:
    shorter = min(size)
    low, high = {"face": (0.35, 0.45), "person": (0.3, 0.45)}.get(kind, (0.1, 0.2))
    height_px = round(shorter * random.uniform(low, high))
    speed = shorter * random.uniform(0.1, 0.3)
    angle = random.uniform(0, 2 * np.pi)
    velocity = speed * np.array((np.cos(angle), np.sin(angle)))
    if kind == "person":  # people walk on the level
        velocity = speed * np.array((np.sign(np.cos(angle)), 0.0))
    turns_per_s = float(random.uniform(-0.3, 0.3))
    still = Mover(kind, height_px, (0.0, 0.0), (0.0, 0.0), turns_per_s, colour)
    x, y = (
        float(random.uniform(half, side - half))
        for half, side in zip(still.half_size, size, strict=True)
    )
    return replace(still, start_px=(x, y), speed_px_s=(float(velocity[0]), float(velocity[1])))


def _fold(place: float, low: float, high: float) -> float:
    """Reflect a place at both ends of its range as often as it takes."""
    span = high - low
    if span <= 0:
        return (low + high) / 2
    along = (place - low) % (2 * span)
    return low + min(along, 2 * span - along)


def _bytes(colour: NDArray[np.float32]) -> Colour:
    red, green, blue = np.rint(colour * 255).astype(int).tolist()
    return red, green, blue
