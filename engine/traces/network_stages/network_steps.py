"""One picture on its way through one network: what the steps of a topic are written from.

Axes: C channels, H and W of the picture as the network sees it, h and w of a grid, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, ImageTile, Role, Step, Tile, Tiles
from engine.core.registry import MODELS
from engine.traces.marks import bars, heat, heats, image, mask, on, tiles
from engine.traces.network_stages.maps import (
    SMALL_PX,
    Maps,
    class_mask,
    class_shares,
    reduced,
    reduced_field,
    reduced_mask,
    reduced_picture,
    strongest,
    summarise,
)
from engine.traces.network_stages.networks import SOURCE_NOTE, segmenter
from engine.traces.network_stages.reach import Reach
from engine.traces.network_stages.recording import Change, changed_answer, named_like, record
from engine.traces.segmentation_pictures import scene_classes
from engine.traces.small_models import Learned, Source
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import at_place, numbered

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_PX = (480, 360)
"""Longer and shorter side of what a network is shown; CamVid's pictures are that large."""

PHOTO_PX, LARGE_PHOTO_PX = 192, 280  # longer side where the picture stands beside maps, and alone
MAPS_IN_ROW = 4
_ZOOMS = (10, 40)  # so many times nearer
_DARK = 0.3


@dataclass(frozen=True, slots=True)
class NetworkTraceConfig(Parameters):
    """Which place of the picture is followed, how many maps are shown, and by which weights."""

    across: float = parameter(
        0.5, low=0.0, high=1.0, note="place that is followed: 0 left, 1 right"
    )
    down: float = parameter(0.5, low=0.0, high=1.0, note="place that is followed: 0 top, 1 bottom")
    maps: int = parameter(12, low=4, high=12, note="shown of each stage, those of most spread")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of a small network")


class Padding(NamedTuple):
    """How a picture is extended before it enters; sizes in pixels."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of the table: what left a part of the network."""

    name: str
    shape: tuple[int, int, int]  # C, h, w
    reach: Reach


@dataclass(frozen=True, slots=True)
class StageStep(Step):
    """A step with the row of the table that it is about; without one the last row stays current."""

    stage: Stage | None = None


class Frame(NamedTuple):
    """A box on a picture, in parts of its sides."""

    box: tuple[float, float, float, float]
    caption: str = ""
    role: Role = "current"


class NetworkSteps(Topic):
    """A network, a picture, and all that was recorded on the way; a topic adds its steps.

    Attributes:
        model_key: of the model.
        weights: names of shipped ones, best first.
        small: parameters of the small network that learns where none are here.
        entering: names of the modules of which to keep what enters; "*" is any one part of a name.
        leaving: names of the modules of which to keep what leaves.
        pixels: RGB (h, w, 3), reduced where it was larger than `LARGEST_PX`.
        given: width and height of the picture before.
        images: what entered the network, (1, C, h, w).
        inputs: what entered modules, (C, h, w) each, by their names.
        outputs: what left modules.
        logits: the scores of the classes, (K, h, w), and their `probabilities`.
        mask: the answer, a class index a pixel.
    """

    model_key: ClassVar[str]
    weights: ClassVar[tuple[str, ...]]
    small: ClassVar[Mapping[str, Any]]
    entering: ClassVar[tuple[str, ...]]
    leaving: ClassVar[tuple[str, ...]]

    @classmethod
    def small_config(cls, classes: int) -> Any:
        """Return the config of the small network."""
        return MODELS.card(cls.model_key).config_type(classes=classes, **cls.small)

    @staticmethod
    def padding_of(network: Any, height: int, width: int) -> Padding:
        """Return how a picture is extended; not at all unless the network does."""
        return Padding(0, 0, height, width)

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        assert request.pixels is not None  # the card asks for a picture
        from engine.core.devices import thread_share

        self.config: NetworkTraceConfig = request.config
        self._context, pixels = context, request.pixels
        self.given = (pixels.shape[1], pixels.shape[0])
        self.pixels = fitted(pixels)
        with thread_share():
            small = self.small_config(len(scene_classes()))
            wanted, seed = self.config.weights, self.config.seed
            self.found: Learned = segmenter(
                self.model_key, self.weights, small, wanted, seed, context
            )
            self.network, self.classes = self.found.model, self.found.classes
            self.images = as_images(self.pixels, self.found)
            self.padding = self.padding_of(self.network, *self.pixels.shape[:2])
            context.report(None, "asking the network")
            entering = named_like(self.network, self.entering)
            leaving = named_like(self.network, self.leaving)
            recording = record(self.network, self.images, entering, leaving, context)
            self.inputs, self.outputs, logits = recording
            self.logits: Tensor = logits.float()
            self.probabilities = self.logits.softmax(dim=0)
        self.mask = class_mask(self.logits)

    @property
    def pixel(self) -> tuple[int, int]:
        """Row and column of the place that is followed."""
        height, width = self.pixels.shape[:2]
        return (
            min(int(self.config.down * height), height - 1),
            min(int(self.config.across * width), width - 1),
        )

    def grid_place(self, height: int, width: int) -> tuple[int, int]:
        """Return row and column of the followed place on a grid of the whole extended picture."""
        (row, column), pad = self.pixel, self.padding
        return (row + pad.top) * height // pad.height, (column + pad.left) * width // pad.width

    @step
    def picture(self) -> Step:
        height, width = self.pixels.shape[:2]
        row, column = self.pixel
        given = f"{self.given[0]} x {self.given[1]}"
        if self.given == (width, height):
            size = f"Your picture has {given} pixels"
        else:
            size = f"Your picture of {given} pixels is reduced to {width} x {height} first"
        pad = self.padding
        if (pad.height, pad.width) != (height, width):
            size += f", which the network extends at the borders to {pad.width} x {pad.height}"
        values = ", ".join(f"{value:.2f}" for value in self.images[0, :, row, column].tolist())
        colours = ["grey"] if self.found.is_grey else ["red", "green", "blue"]
        rows = [heats(reduced(self.images[0]), colours)]
        for times in _ZOOMS:
            near = reduced(part_around(self.images[0], self.pixel, times))
            rows.append(heats(near, [f"{name}, {times} x" for name in colours]))
        lead = image(reduced_picture(self.pixels, LARGE_PHOTO_PX), "picture", size=3)
        words = "red, green and blue" if len(colours) > 1 else "grey"
        return explain(
            "The picture",
            f"{size}. At the followed place, {at_place(row, column)}, it is {values}: "
            f"{words} from 0 to 1. The network is {self.found.origin}.",
            beside(framed(lead, self.followed()), rows),
        )

    # What is shown

    def photo(self, *frames: Frame) -> Tile:
        """Return the picture with boxes on it, as it stands beside maps."""
        small = image(reduced_picture(self.pixels, PHOTO_PX), "picture", size=2)
        return framed(small, *frames)

    def followed(self) -> Frame:
        """Return a small box around the place that is followed."""
        height, width = self.pixels.shape[:2]
        row, column = self.pixel
        half = max(height, width) / 60
        box = (column + 0.5 - half, row + 0.5 - half, column + 0.5 + half, row + 0.5 + half)
        x1, y1, x2, y2 = box
        return Frame((x1 / width, y1 / height, x2 / width, y2 / height), "followed place")

    def sight(self, reach: Reach) -> Frame:
        """Return the receptive field of the value over the place that is followed."""
        (row, column), pad = self.pixel, self.padding
        height, width = self.pixels.shape[:2]
        top, bottom = reach.at(row + pad.top)
        left, right = reach.at(column + pad.left)
        box = (
            (left - pad.left) / width,
            (top - pad.top) / height,
            (right - pad.left + 1) / width,
            (bottom - pad.top + 1) / height,
        )
        return Frame(box, f"sees {reach.field} x {reach.field}")

    def shown(
        self, reach: Reach, rows: Sequence[Sequence[Tile]], below: Sequence[Tile] = ()
    ) -> Tiles:
        """Return what a value sees on the picture, with maps beside and below it."""
        return beside(self.photo(self.sight(reach)), rows, below)

    def stage(
        self, name: str, values: Tensor, reach: Reach, title: str, text: str, formula: str = ""
    ) -> StageStep:
        """Return the step of a stage: its maps, and how far a value of them sees."""
        maps = summarise(values, self.config.maps)
        captions = numbered("map", maps.channels)
        words = text.format(
            count=maps.shape[0],
            size=f"{maps.shape[2]} x {maps.shape[1]}",
            field=f"{reach.field} x {reach.field}",
            stride=f"{reach.stride:g}",
            silent=f"{100 * maps.silent:.0f}",
            least=f"{maps.limits[0]:.2f}",
            most=f"{maps.limits[1]:.2f}",
        )
        rows = in_rows(heats(maps.small, captions))
        marks = (
            self.shown(reach, rows, _overview(maps)),
            bars("Spread of each map", captions, maps.spreads),
        )
        return StageStep(title, words, marks, formula, Stage(name, maps.shape, reach))

    def scores_stage(
        self, name: str, scores: Tensor, reach: Reach, below: Sequence[Tile], words: tuple[str, ...]
    ) -> StageStep:
        """Return the step of scores (K, h, w): title, text and formula are `words`."""
        title, text, formula = words
        shown = self.shown(reach, self.of_classes(scores), below)
        stage = Stage(name, (scores.shape[0], scores.shape[1], scores.shape[2]), reach)
        return StageStep(title, text, (shown,), formula, stage)

    def mask_if(self, module: str, change: Change) -> NDArray[np.uint8]:
        """Return the classes that are answered where what enters a module is changed first."""
        self._context.raise_if_cancelled()
        self._context.report(None, "asking what if")
        return class_mask(changed_answer(self.network, self.images, module, change))

    def mask_without(self, module: str, channels: slice) -> NDArray[np.uint8]:
        """Return the classes that are answered with zeros in place of some maps of a module."""

        def empty(maps: Tensor) -> Tensor:
            changed = maps.clone()
            changed[:, channels] = 0
            return changed

        return self.mask_if(module, empty)

    def changes(
        self, title: str, text: str, masks: Sequence[NDArray[np.uint8]], names: Sequence[str]
    ) -> Step:
        """Compare the answer with others: their classes, and where they differ."""
        shown = range(min(len(masks), MAPS_IN_ROW))
        differs = [(one != self.mask).astype(np.float32) for one in masks]
        rows: list[Sequence[Tile]] = [
            [mask(reduced_mask(masks[at]), self.classes, names[at]) for at in shown],
            [heat(reduced_field(differs[at]), "changed", limits=(0.0, 1.0)) for at in shown],
            [image(self._lit(differs[at]), "where") for at in shown],
        ]
        below = (
            image(reduced_picture(self.pixels, SMALL_PX), "picture"),
            heat(reduced_field(np.mean(differs, axis=0)), "mean change", limits=(0.0, 1.0)),
        )
        answer = mask(reduced_mask(self.mask, 3 * SMALL_PX), self.classes, "the answer", size=2)
        changed = bars("Changed pixels, %", names, shares_of_change(self.mask, masks))
        return explain(title, text, beside(answer, rows, below), changed)

    def _lit(self, part: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the small picture, dark where `part` is 0."""
        lit = self.pixels * (_DARK + (1 - _DARK) * part[..., None])
        return reduced_picture(lit.astype(np.uint8), SMALL_PX)

    def overview(self, values: Tensor) -> tuple[Tile, ...]:
        """Return two fields that sum all maps up."""
        return _overview(summarise(values, 1))

    def of_classes(self, scores: Tensor, most: int = 12) -> list[list[Tile]]:
        """Return rows of the maps of scores (K, h, w), the class of most places first."""
        shares = class_shares(class_mask(scores), len(self.classes))
        order = np.argsort(-shares, kind="stable")[:most].tolist()
        return in_rows(heats(reduced(scores[order]), [self.classes[at] for at in order]))

    def classes_of(self, scores: Tensor, caption: str) -> Tile:
        """Return the small mask of scores (K, h, w)."""
        return mask(reduced_mask(class_mask(scores)), self.classes, caption)

    def best(self, values: Tensor, caption: str, most: int = MAPS_IN_ROW) -> list[Tile]:
        """Return a row of the maps of greatest spread."""
        channels = strongest(values, most)
        names = numbered(caption, channels)
        return [*heats(reduced(values[list(channels)]), names)]


def beside(lead: Tile, rows: Sequence[Sequence[Tile]], below: Sequence[Tile] = ()) -> Tiles:
    """Return something large, with small tiles at the right of it and below it."""
    return tiles([tiles([lead], below), tiles(*rows)])


def in_rows(entries: Sequence[Tile], columns: int = MAPS_IN_ROW) -> list[list[Tile]]:
    """Return tiles in rows of so many."""
    return [list(entries[at : at + columns]) for at in range(0, len(entries), columns)]


def framed(tile: ImageTile, *frames: Frame) -> Tile:
    """Return a picture with boxes on it, cut off at its border."""
    height, width = tile.pixels.shape[:2]
    marks = []
    for frame in frames:
        x1, y1, x2, y2 = np.clip(frame.box, 0.0, 1.0).tolist()
        if x1 < x2 and y1 < y2:
            box = np.array([[x1 * width, y1 * height, x2 * width, y2 * height]], np.float32)
            marks.append(BoxesMark(box, frame.role, (frame.caption,) if frame.caption else ()))
    return on(tile, *marks)


def shares_of_change(answer: NDArray[np.uint8], others: Iterable[NDArray[np.uint8]]) -> list[float]:
    """Return for each mask how many percent of the pixels have another class than the answer."""
    return [100 * float((other != answer).mean()) for other in others]


def part_around(values: Tensor, place: tuple[int, int], times: float) -> Tensor:
    """Return the part of (C, h, w) around a place, by so many times smaller each way."""
    height, width = values.shape[-2:]
    sides = [max(1, round(side / times)) for side in (height, width)]
    top, left = (
        min(max(at - side // 2, 0), full - side)
        for at, side, full in zip(place, sides, (height, width), strict=True)
    )
    return values[..., top : top + sides[0], left : left + sides[1]]


def _overview(maps: Maps) -> tuple[Tile, ...]:
    return heat(maps.mean, "mean of all"), heat(maps.active, "part above 0", limits=(0.0, 1.0))


def fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) that fits into `LARGEST_PX`, upright or lying; never enlarged."""
    import cv2

    height, width = pixels.shape[:2]
    longer, shorter = LARGEST_PX
    scale = min(longer / max(height, width), shorter / min(height, width))
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def as_images(pixels: NDArray[np.uint8], found: Learned) -> Tensor:
    """Return (1, C, h, w) in [0, 1], grey where the network takes one channel."""
    import torch

    images = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    return images.mean(dim=1, keepdim=True) if found.is_grey else images
