"""One picture on its way through one network: what a topic's scenes are written from.

Axes: C channels, H and W of the picture as the network sees it, h and w of a grid, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, PanelMark, TraceCard
from engine.traces.network_stages.board import (
    COLUMNS,
    PICTURE_COLUMNS,
    Cell,
    Classes,
    Frame,
    Heat,
    Photo,
)
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
from engine.traces.network_stages.networks import SOURCE_NOTE, Segmenter, segmenter, small_classes
from engine.traces.network_stages.reach import Reach
from engine.traces.network_stages.recording import Change, Recording, changed_answer, record
from engine.traces.small_models import Source

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_PX = (480, 360)
"""Longer and shorter side of what a network is shown; CamVid's pictures are that large."""


_MAPS_IN_ROW = COLUMNS - PICTURE_COLUMNS
_DARK = 0.3


@dataclass(frozen=True, slots=True)
class NetworkTraceConfig:
    """Which place of the picture is followed, how many maps are shown, and by which weights."""

    across: float = parameter(
        0.5, low=0.0, high=1.0, note="place that is followed: 0 left, 1 right"
    )
    down: float = parameter(0.5, low=0.0, high=1.0, note="place that is followed: 0 top, 1 bottom")
    maps: int = parameter(12, low=4, high=12, note="shown of each stage, those of most spread")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of a small network")

    def __post_init__(self) -> None:
        validate(self)


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


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A step before it is laid on the sheet.

    Attributes:
        stage: the row of the table that the step is about; None keeps the last one.
        lead: cells at the left, as wide and high as `span` others; None for the picture.
        frames: boxes on those.
        rows: small cells from top to bottom, to the right of those.
        below: small cells under a lead that leaves room for them.
        panels: beside the sheet, after the table.
    """

    title: str
    text: str
    formula: str = ""
    stage: Stage | None = None
    lead: tuple[Cell, ...] | None = None
    span: int = 2
    frames: tuple[Frame, ...] = ()
    rows: Sequence[Sequence[Cell]] = ()
    below: Sequence[Cell] = ()
    panels: tuple[PanelMark, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkTopic:
    """What is particular to a network.

    Attributes:
        model_key: of the model.
        weights: names of shipped weights, best first.
        small_config: makes the config of the small network for so many classes.
        inputs: names of the modules of which to keep what enters.
        outputs: names of the modules of which to keep what leaves.
        padding: of a network and the height and width of a picture.
        scenes: writes the steps between the picture and the final scores.
    """

    card: TraceCard
    model_key: str
    weights: tuple[str, ...]
    small_config: Callable[[int], Any]
    inputs: Callable[[Any], Sequence[str]]
    outputs: Callable[[Any], Sequence[str]]
    padding: Callable[[Any, int, int], Padding]
    scenes: Callable[[Run], list[Scene]]


class Run:
    """A network, a picture, and all that was recorded on the way.

    Attributes:
        pixels: RGB (h, w, 3), reduced where it was larger than `LARGEST_PX`.
        given: width and height of the picture before.
        images: what entered the network, (1, C, h, w).
        mask: the answer, a class index a pixel.
    """

    def __init__(
        self,
        topic: NetworkTopic,
        config: NetworkTraceConfig,
        pixels: NDArray[np.uint8],
        context: TaskContext,
    ) -> None:
        small = topic.small_config(len(small_classes()))
        found = segmenter(
            topic.model_key, topic.weights, small, config.weights, config.seed, context
        )
        self.config, self.found, self._context = config, found, context
        self.given = (pixels.shape[1], pixels.shape[0])
        self.pixels = fitted(pixels)
        self.images = as_images(self.pixels, found)
        self.padding = topic.padding(found.network, *self.pixels.shape[:2])
        context.report(None, "running the network")
        self.recording: Recording = record(
            found.network,
            self.images,
            topic.inputs(found.network),
            topic.outputs(found.network),
            context,
        )
        self.mask = class_mask(self.recording.logits)

    @property
    def network(self) -> Any:
        """The network."""
        return self.found.network

    @property
    def classes(self) -> tuple[str, ...]:
        """K names."""
        return self.found.classes

    @property
    def pixel(self) -> tuple[int, int]:
        """Row and column of the place that is followed."""
        height, width = self.pixels.shape[:2]
        return (
            min(int(self.config.down * height), height - 1),
            min(int(self.config.across * width), width - 1),
        )

    def maps(self, values: Tensor) -> Maps:
        """Reduce maps to what is shown of them."""
        return summarise(values, self.config.maps)

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

    def stage(
        self, name: str, values: Tensor, reach: Reach, title: str, text: str, formula: str = ""
    ) -> Scene:
        """Return the scene of a stage: its maps, and how far a value of them sees."""
        maps = self.maps(values)
        captions = [f"map {channel + 1}" for channel in maps.channels]
        cells = [Heat(one, caption) for one, caption in zip(maps.small, captions, strict=True)]
        return Scene(
            title,
            text.format(
                count=maps.shape[0],
                size=f"{maps.shape[2]} x {maps.shape[1]}",
                field=f"{reach.field} x {reach.field}",
                stride=f"{reach.stride:g}",
                silent=f"{100 * maps.silent:.0f}",
                least=f"{maps.limits[0]:.2f}",
                most=f"{maps.limits[1]:.2f}",
            ),
            formula,
            Stage(name, maps.shape, reach),
            frames=(self.sight(reach),),
            rows=[cells[at : at + _MAPS_IN_ROW] for at in range(0, len(cells), _MAPS_IN_ROW)],
            below=_overview(maps),
            panels=(BarsMark(tuple(captions), maps.spreads, "Spread of each map"),),
        )

    def mask_if(self, module: str, change: Change) -> NDArray[np.uint8]:
        """Return the classes that are answered where what enters a module is changed first."""
        self._context.raise_if_cancelled()
        self._context.report(None, "asking what if")
        return class_mask(changed_answer(self.network, self.images, module, change))

    def changes(self, masks: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> Scene:
        """Compare the answer with others; words are left to the topic.

        Every other answer has a column: its classes, and where they differ.
        """
        shown = range(min(len(masks), _MAPS_IN_ROW))
        differs = [(mask != self.mask).astype(np.float32) for mask in masks]
        return Scene(
            "",
            "",
            lead=(Classes(reduced_mask(self.mask, 3 * SMALL_PX), self.classes, "the answer"),),
            rows=[
                [Classes(reduced_mask(masks[at]), self.classes, names[at]) for at in shown],
                [Heat(reduced_field(differs[at]), "changed", (0.0, 1.0)) for at in shown],
                [Photo(self._lit(differs[at]), "where") for at in shown],
            ],
            below=(
                Photo(reduced_picture(self.pixels, SMALL_PX), "picture"),
                Heat(reduced_field(np.mean(differs, axis=0)), "mean change", (0.0, 1.0)),
            ),
            panels=(
                BarsMark(
                    tuple(names),
                    np.array([100 * float(one.mean()) for one in differs]),
                    "Changed pixels, %",
                ),
            ),
        )

    def _lit(self, part: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the small picture, dark where `part` is 0."""
        lit = self.pixels * (_DARK + (1 - _DARK) * part[..., None])
        return reduced_picture(lit.astype(np.uint8), SMALL_PX)

    def overview(self, values: Tensor) -> tuple[Cell, ...]:
        """Return two fields that sum all maps up."""
        return _overview(self.maps(values))

    def of_classes(self, scores: Tensor, most: int = 12) -> list[list[Cell]]:
        """Return rows of the maps of scores (K, h, w), the class of most places first."""
        shares = class_shares(class_mask(scores), len(self.classes))
        order = np.argsort(-shares, kind="stable")[:most].tolist()
        small = reduced(scores[order])
        cells: list[Cell] = [
            Heat(one, self.classes[at]) for one, at in zip(small, order, strict=True)
        ]
        return [cells[at : at + _MAPS_IN_ROW] for at in range(0, len(cells), _MAPS_IN_ROW)]

    def classes_of(self, scores: Tensor, caption: str) -> Cell:
        """Return the small mask of scores (K, h, w)."""
        return Classes(reduced_mask(class_mask(scores)), self.classes, caption)

    def some(self, values: Tensor, channels: Sequence[int], caption: str) -> list[Cell]:
        """Return a row of chosen maps."""
        small = reduced(values[list(channels)])
        return [
            Heat(one, f"{caption} {channel + 1}")
            for one, channel in zip(small, channels, strict=True)
        ]

    def best(self, values: Tensor, caption: str, most: int = 4) -> list[Cell]:
        """Return a row of the maps of greatest spread."""
        return self.some(values, strongest(values, most), caption)


def _overview(maps: Maps) -> tuple[Cell, ...]:
    return Heat(maps.mean, "mean of all"), Heat(maps.active, "part above 0", (0.0, 1.0))


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


def as_images(pixels: NDArray[np.uint8], found: Segmenter) -> Tensor:
    """Return (1, C, h, w) in [0, 1], grey where the network takes one channel."""
    import torch

    images = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255
    return images.mean(dim=1, keepdim=True) if found.is_grey else images
