"""The branches of atrous spatial pyramid pooling, and how far each one sees by its gradient.

torch is imported when a trace is built, not with this file.

Axes: C channels, h and w of the features, H and W of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import (
    BarsMark,
    BoxesMark,
    BuildTrace,
    HeatTile,
    ImageTile,
    MaskMark,
    Tile,
    Tiles,
)
from engine.traces.deeplabv3plus import DeeplabSteps
from engine.traces.marks import bars, gallery, heats, image, on
from engine.traces.network_stages.maps import reduced_picture
from engine.traces.network_stages.network_steps import as_images
from engine.traces.network_stages.networks import SOURCE_NOTE, segmenter
from engine.traces.segmentation_pictures import Pixels, scene_classes, subject
from engine.traces.small_models import Source
from engine.traces.steps import Topic
from engine.traces.wording import numbered

if TYPE_CHECKING:
    from torch import Tensor
_LONGEST_PX = 320

_SHOWN_PX = 128

Floats = NDArray[np.float32]
Place = tuple[int, int]  # row, column


@dataclass(frozen=True, slots=True)
class AsppConfig(Parameters):
    """Which place of the picture is followed, and by which weights."""

    across: float = parameter(
        0.5, low=0.0, high=1.0, note="place that is followed: 0 left, 1 right"
    )
    down: float = parameter(0.6, low=0.0, high=1.0, note="place that is followed: from top")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of a small network")


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One way of looking at the features.

    Attributes:
        rate: features between its taps; 0 where it has a single one, -1 for the mean of all.
        maps: what it answers, (C, h, w).
        taps: which features move its answer at the place, by the gradient, (h, w).
        field: how much each pixel moves it, reduced, the greatest 1; (H', W').
        field_px: width and height of the pixels that move it at all.
        radius_px: mean distance of these pixels, weighed by how much they move it.
        weights: how many it has.
        loudness: mean length of its weights in the layer that joins all branches.
        changed: share of the picture whose class changes where its answer is set to 0.
        classes_without: at each place of the features, (h, w), where its answer is set to 0.
    """

    name: str
    rate: int
    maps: Floats
    taps: NDArray[np.bool_]
    field: Floats
    field_px: tuple[int, int]
    radius_px: float
    weights: int
    loudness: float
    changed: float
    classes_without: Pixels

    @property
    def words(self) -> str:
        """What it is called inside a sentence."""
        return self.name if self.rate > 0 else f"the {self.name}"

    @property
    def reach(self) -> int:
        """Features along a side that its taps span, where none lies beyond the border."""
        return 2 * self.rate + 1 if self.rate >= 0 else max(self.taps.shape)

    @property
    def strongest(self) -> list[int]:
        """Channels by the spread of their map, widest first."""
        return by_spread(self.maps)


def by_spread(maps: Floats) -> list[int]:
    """Return the channels of maps (C, h, w) by the spread of their map, widest first."""
    order: list[int] = np.argsort(-maps.std(axis=(1, 2)), kind="stable").tolist()
    return order


def strongest_maps(maps: Floats, most: int = 3) -> list[HeatTile]:
    """Show the maps of greatest spread."""
    order = by_spread(maps)[:most]
    return heats(maps[order], numbered("map", order))


def linear(branch: Any, features: Tensor) -> Tensor:
    """Run a branch without its rectifiers: what it could see, whatever the picture."""
    from torch import nn

    for layer in branch:
        if not isinstance(layer, nn.ReLU):
            features = layer(features)
    return features


def answer(network: Any, scales: list[Tensor], low: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the logits (1, K, H, W) from the answers of all branches."""
    import torch
    from torch.nn.functional import interpolate

    fine = network.low_level(low)
    joined = network.aspp.project(torch.cat(scales, dim=1))
    context = interpolate(joined, size=fine.shape[-2:], mode="bilinear", align_corners=False)
    logits = network.head(network.decoder(torch.cat([context, fine], dim=1)))
    return interpolate(logits, size=size, mode="bilinear", align_corners=False)


class Views:
    """A network's ASPP run on one picture (1, C, H, W) that asks for its gradient."""

    def __init__(self, network: Any, images: Tensor) -> None:
        import torch

        self.network, self.images = network, images
        self.size = (images.shape[-2], images.shape[-1])
        self.low, self.deep = network.backbone(images)
        pyramid = network.aspp
        self.modules = [*pyramid.branches, pyramid.image_pooling]
        with torch.no_grad():
            deep = self.deep.detach()
            whole = pyramid.image_pooling(deep.mean(dim=(2, 3), keepdim=True))
            self.scales: list[Tensor] = [branch(deep.clone()) for branch in pyramid.branches]
            self.scales.append(whole.expand(-1, -1, *deep.shape[-2:]))
            self.joined: Tensor = pyramid.project(torch.cat(self.scales, dim=1))
            self.logits = answer(network, self.scales, self.low.detach(), self.size)

    def branch(self, index: int, place: tuple[int, int]) -> Branch:
        """Return what is known of a branch."""
        import torch

        module, is_whole = self.modules[index], index == len(self.modules) - 1
        deep = self.deep
        seen = deep.mean(dim=(2, 3), keepdim=True).expand_as(deep) if is_whole else deep
        target = linear(module, seen)[0, :, place[0], place[1]].sum()
        on_features, on_picture = torch.autograd.grad(
            target, [deep, self.images], retain_graph=True
        )
        field = on_picture[0].abs().sum(dim=0).numpy()
        rate = -1 if is_whole else _rate(module)
        return Branch(
            "mean of all" if is_whole else f"rate {rate}" if rate else "1 x 1",
            rate,
            self.scales[index][0].numpy(),
            (on_features[0].abs().sum(dim=0) > 0).numpy(),
            _reduced(field),
            _span(field > 0),
            _radius(field, place, int(self.network.config.output_stride)),
            sum(each.numel() for each in module.parameters()),
            self._loudness(index),
            *self._without(index),
        )

    def _loudness(self, index: int) -> float:
        """Return the mean length of the weights that read a branch when all are joined."""
        weights = self.network.aspp.project[0][0].weight.detach()[:, :, 0, 0]
        channels = weights.shape[1] // len(self.modules)
        part = weights[:, index * channels : (index + 1) * channels]
        return float(part.square().sum(dim=1).sqrt().mean())

    def _without(self, index: int) -> tuple[float, Pixels]:
        """Return the share of pixels whose class changes without a branch, and the classes."""
        import torch

        with torch.no_grad():
            scales = list(self.scales)
            scales[index] = torch.zeros_like(scales[index])
            without = answer(self.network, scales, self.low.detach(), self.size)
            differs = without.argmax(dim=1) != self.logits.argmax(dim=1)
        return float(differs.float().mean()), coarse_classes(without, self.joined)


def coarse_classes(logits: Tensor, features: Tensor) -> Pixels:
    """Return the class of each place (h, w) of features, from logits (1, K, H, W)."""
    from torch.nn.functional import adaptive_avg_pool2d

    coarse = adaptive_avg_pool2d(logits, (features.shape[-2], features.shape[-1]))
    return np.asarray(coarse[0].argmax(dim=0).numpy(), np.uint8)


def _rate(branch: Any) -> int:
    """Return the rate of a branch's first convolution, 0 for 1 x 1."""
    first = branch[0]
    return int(first.dilation[0]) if first.kernel_size[0] > 1 else 0


def _reduced(field: Floats) -> Floats:
    """Return the greatest value of each area, the greatest of all brought to 1."""
    import torch

    height, width = field.shape
    scale = _SHOWN_PX / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    wide = torch.from_numpy(field)[None, None]
    small = torch.nn.functional.adaptive_max_pool2d(wide, size)[0, 0].numpy()
    # The root brings out the outer parts, which move the answer little but do move it.
    return np.asarray(np.sqrt(small / max(float(small.max()), 1e-30)), np.float32)


def _span(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return width and height of what is True."""
    sides = []
    for axis in (0, 1):
        places = np.flatnonzero(mask.any(axis=axis))
        sides.append(int(places[-1] - places[0] + 1) if len(places) else 0)
    return sides[0], sides[1]


def _radius(field: Floats, place: tuple[int, int], stride: int) -> float:
    """Return the mean distance of pixels from the middle of a feature, weighed by the field."""
    rows, columns = np.indices(field.shape)
    middle = [(at + 0.5) * stride - 0.5 for at in place]
    distance = np.hypot(rows - middle[0], columns - middle[1])
    total = float(field.sum(dtype=np.float64))
    return float((distance * field).sum() / total) if total else 0.0


class Aspp(Topic):
    """The network run on a picture, and every branch followed back to what it sees.

    Attributes:
        place: row and column of the feature that is followed.
        features: what goes in, (C, h, w).
        grid: h and w.
        stride: pixels from one feature to the next.
        strongest: features by the spread of their map, widest first.
        joined: what comes out, (C', h, w).
        classes: at each place of the features, (h, w).
        input_px: height and width of the picture that the network saw.
        shown: the picture, made smaller for drawing.
        names: of the branches.
        rated: the branches with holes between their taps.
        numbers: of the branches before image pooling.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        config: AsppConfig = request.config
        key, weights = DeeplabSteps.model_key, DeeplabSteps.weights
        small = DeeplabSteps.small_config(len(scene_classes()))
        self.network = segmenter(key, weights, small, config.weights, config.seed, context)
        picture = subject(request.pixels, _LONGEST_PX)
        self.words, self.shown = picture.words, reduced_picture(picture.pixels, _SHOWN_PX)
        self.input_px = picture.pixels.shape[0], picture.pixels.shape[1]
        images = as_images(picture.pixels, self.network).requires_grad_()
        views = Views(self.network.model, images)
        rows, columns = views.deep.shape[-2:]
        self.place = round(config.down * (rows - 1)), round(config.across * (columns - 1))
        self.branches: list[Branch] = []
        for index in range(len(views.modules)):
            context.raise_if_cancelled()
            context.report(index / len(views.modules), "following the branches back")
            self.branches.append(views.branch(index, self.place))
        self.features: Floats = views.deep[0].detach().numpy()
        self.grid, self.strongest = (rows, columns), by_spread(self.features)
        self.stride = int(self.network.model.config.output_stride)
        self.joined: Floats = views.joined[0].numpy()
        self.classes = coarse_classes(views.logits, views.joined)
        self.names = [branch.name for branch in self.branches]
        self.rated = [branch for branch in self.branches if branch.rate > 0]
        self.numbers = range(len(self.branches) - 1)
        self.result = self._answer()

    def _answer(self) -> dict[str, object]:
        return {
            "weights": self.network.origin,
            "grid": self.grid,
            "place": self.place,
            "rates": [branch.rate for branch in self.rated],
            "taps": [branch.taps.sum() for branch in self.branches],
            "receptive_fields_px": [branch.field_px for branch in self.branches],
            "radii_px": [branch.radius_px for branch in self.branches],
            "changed": [branch.changed for branch in self.branches],
        }

    def taps_of(self, branch: Branch, caption: str = "") -> ImageTile:
        """Show which features move a branch, white on black."""
        return image(branch.taps.astype(np.float32), caption or branch.name)

    def with_places(self, places: list[Place], caption: str) -> Tile:
        """Show the picture with the pixels of some features framed."""
        height, width = self.input_px
        corners = np.array(places, np.float32)[:, ::-1] * self.stride
        boxes = np.hstack([corners, corners + self.stride])
        boxes = boxes.clip(0, (width, height, width, height)) * (self.shown.shape[1] / width)
        return on(image(self.shown, caption), BoxesMark(boxes.astype(np.float32), "current"))

    def with_classes(self, classes: Pixels, caption: str) -> Tile:
        """Show classes over the picture."""
        height, width = self.shown.shape[:2]
        mask = MaskMark(classes, self.network.classes, (0, 0, width, height))
        return on(image(self.shown, caption), mask)

    def fields(self) -> Tiles:
        """Show the picture and, beside it, the pixels that move each branch."""
        return gallery(
            [image(self.shown, "picture"), *heats([b.field for b in self.branches], self.names)]
        )

    def reaches(self, current: int) -> BarsMark:
        """Return how far the taps of each branch span."""
        return bars(
            "Taps span so many pixels of the picture",
            self.names[:-1],
            [branch.reach * self.stride for branch in self.branches[:-1]],
            current=current,
        )
