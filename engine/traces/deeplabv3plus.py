"""DeepLabv3+ at work: several distances at once on a coarse grid, then fine maps for the borders.

Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution for
Semantic Image Segmentation, ECCV 2018, https://arxiv.org/abs/1802.02611

Axes: C channels, h and w of a grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Step, Tile, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, heat, image
from engine.traces.network_stages import NetworkTopic
from engine.traces.network_stages.maps import class_mask, class_shares, reduced, reduced_picture
from engine.traces.network_stages.network_steps import (
    PHOTO_PX,
    Frame,
    NetworkTraceConfig,
    framed,
    shares_of_change,
)
from engine.traces.network_stages.reach import PICTURE, Reach
from engine.traces.steps import explain, step
from engine.traces.wording import listing, maps_of, upright

if TYPE_CHECKING:
    from torch import Tensor


_PICTURES = 3  # side by side
_ROWS = 3


class _Stage(NamedTuple):
    """A stage of the backbone, and how far its values see before and after it."""

    number: int
    before: Reach
    reach: Reach


@TRACES.register(
    TraceCard(
        key="deeplabv3plus",
        title="DeepLabv3+, stage by stage",
        summary="Looks at several distances side by side, then sharpens borders with fine maps.",
        needs="picture",
        config_type=NetworkTraceConfig,
        area="segment",
        order=95,
    )
)
class DeeplabSteps(NetworkTopic):
    """The backbone, the branches of ASPP, fine maps beside them, and without each of them."""

    model_key, weights = "deeplabv3plus", ("deeplabv3plus-camvid",)
    small: ClassVar[Mapping[str, Any]] = {
        "base_channels": 8,
        "aspp_channels": 16,
        "low_level_channels": 8,
        "rates": "small",
    }
    entering = ("decoder.0",)
    leaving = (
        "backbone.stem",
        "backbone.stages.*",
        "aspp.branches.*",
        "aspp.image_pooling",
        "aspp.project",
        "low_level",
        "decoder.*",
        "head",
    )

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        super().__init__(request, context)
        network = self.network
        self.stem_reach = reach = PICTURE.through(network.backbone.stem)
        self.stages: list[_Stage] = []
        for number, stage in enumerate(network.backbone.stages):
            before, reach = reach, reach.through(stage)
            self.stages.append(_Stage(number, before, reach))
        self.deep, low = reach, self.stages[0].reach
        self.branch_reaches = [reach.through(branch) for branch in network.aspp.branches]
        self.widest = max(self.branch_reaches, key=lambda branch: branch.field)
        enlarged = self.widest.bilinear(round(reach.stride / low.stride))
        self.joined_reach = reach = enlarged.joined(low)
        self.blocks: list[tuple[int, Reach]] = []
        for number, block in enumerate(network.decoder):
            reach = reach.through(block)
            self.blocks.append((number, reach))

    @step
    def stem(self) -> Step:
        return self.stage(
            "stem",
            self.outputs["backbone.stem"],
            self.stem_reach,
            "The stem",
            "Two layers of stride 2 reduce the picture four times each way: {count} maps of "
            "{size}. A value sees {field} pixels, neighbours lie {stride} px apart. {silent} % of "
            "the values are 0.",
            r"2\cdot 2=4",
        )

    @step(each="stages")
    def stage_of_backbone(self, entry: _Stage) -> Step:
        number, before, reach = entry
        stage = self.network.backbone.stages[number]
        is_halved = reach.stride > before.stride
        size = "The first of them halves the grid. " if is_halved else ""
        rate = max(layer.dilation[0] for layer in stage.modules() if hasattr(layer, "dilation"))
        holes = f"Their convolutions have holes, rate {rate}. " if rate > 1 else ""
        kept = " They are kept for the end, as the fine ones." if number == 0 else ""
        blocks = f"{len(stage)} residual blocks" if len(stage) > 1 else "A residual block"
        return self.stage(
            f"stage {number + 1}",
            self.outputs[f"backbone.stages.{number}"],
            reach,
            f"Backbone, stage {number + 1}",
            f"{blocks}: what the convolutions find is added to what came in. {size}{holes}"
            "{count} maps of {size}, a value sees {field} pixels, neighbours lie {stride} px apart."
            f"{kept}",
            r"y=\mathrm{max}(0,\,x+F(x))",
        )

    @step
    def taps(self) -> Step:
        rates, deep = self._rates(), self.deep
        shown = list(range(len(rates)))[-_PICTURES:]
        photo = reduced_picture(self.pixels, PHOTO_PX)
        fields = [str(self.branch_reaches[at + 1].field) for at in shown]
        lead = [
            framed(image(photo, f"rate {rates[at]}", size=2), *self._taps_of(rates[at]))
            for at in shown
        ]
        below = [
            tile
            for at in shown
            for tile in self.best(self.outputs[f"aspp.branches.{at + 1}"], "map", 2)
        ]
        widths = bars(
            "Width of the taps, px",
            [f"rate {rate}" for rate in rates],
            [2 * rate * deep.stride for rate in rates],
        )
        return explain(
            "Holes in the kernels",
            f"A convolution of 3 x 3 on this grid reads 9 values, {deep.stride:g} px apart. With "
            f"rates of {listing([str(rate) for rate in rates])} it leaves the values between out, "
            "and still has 9 weights a map. Through what each value sees itself, that makes "
            f"{listing(fields)} pixels.",
            lead,
            below,
            widths,
            formula=rf"{deep.field}+(3-1)\cdot {rates[-1]}\cdot {deep.stride:g}"
            rf"={self.branch_reaches[-1].field}",
        )

    @step
    def branches(self) -> Step:
        names, maps = self._branch_names(), self.branch_maps()
        mixed = self.outputs["aspp.project"]
        columns = [self.best(one, n, _ROWS) for n, one in zip(names[:4], maps[:4], strict=True)]
        columns += [_constants(maps[-1], mixed), self.best(mixed, "mixed", _ROWS)]
        weights = next(self.network.aspp.project.parameters()).detach().abs()[:, :, 0, 0]
        parts = np.array([float(one.sum()) for one in weights.split(len(mixed), dim=1)])
        shares = 100 * parts / parts.sum()
        best = int(shares.argmax())
        return explain(
            "The branches of ASPP, side by side",
            f"{len(names)} branches of {len(mixed)} maps look at the same {maps[0].shape[2]} x "
            f"{maps[0].shape[1]} places: at each alone, with holes, and at the mean of the whole "
            f"picture, one number a map. The 1 x 1 convolution that mixes them leans on "
            f"{names[best]} most, with {shares[best]:.0f} % of its weights by size.",
            *([column[row] for column in columns] for row in range(_ROWS)),
            bars("Share of the weights, %", names, shares, current=best),
            formula=rf"{len(names)}\cdot {len(mixed)}\to {len(mixed)}",
        )

    @step
    def mixed(self) -> Step:
        return self.stage(
            "ASPP",
            self.outputs["aspp.project"],
            self.widest,
            "What ASPP hands on",
            "Mixed into {count} maps of {size}. The widest branch sees {field} pixels, image "
            "pooling sees all; neighbours still lie {stride} px apart. {silent} % of the values "
            "are 0.",
        )

    @step
    def joined(self) -> Step:
        both = self.inputs["decoder.0"]
        fine = self.outputs["low_level"]
        context = both[: len(both) - len(fine)]
        stage = len(self.outputs["backbone.stages.0"])
        rows = [
            self.best(context, "ASPP"),
            self.best(fine, "fine"),
            self.best(self.outputs["decoder.0"], "mixed"),
        ]
        sizes = [float(one.abs().mean()) for one in (context, fine)]
        fewer = f"reduced them from {stage} to {len(fine)}"
        brought = fewer if len(fine) < stage else f"mixed them, {len(fine)} as before"
        return explain(
            f"Joined: {len(context)} + {len(fine)} maps",
            f"The maps of ASPP are enlarged bilinearly to {both.shape[2]} x {both.shape[1]}. "
            f"Beside them lie the fine maps of stage 1, {self.joined_reach.stride:g} px apart; a "
            f"1 x 1 convolution has {brought}, so that they do not outweigh the {len(context)}.",
            self.shown(self.joined_reach, rows, self.overview(both)),
            bars("Mean size of a value", ("ASPP", "fine"), sizes),
            formula=upright(
                f"{len(context)} + {len(fine)} maps of {both.shape[2]} x {both.shape[1]}"
            ),
        )

    @step(each="blocks")
    def decoder(self, entry: tuple[int, Reach]) -> Step:
        number, reach = entry
        return self.stage(
            f"decoder {number + 1}",
            self.outputs[f"decoder.{number}"],
            reach,
            f"Decoder, convolution {number + 1}",
            "A separable convolution, 3 x 3 in each map and then 1 x 1 across them, makes {count} "
            "maps of {size}. A value sees {field} pixels, neighbours lie {stride} px apart. "
            "{silent} % of the values are 0.",
        )

    @step
    def coarse_scores(self) -> Step:
        scores = self.outputs["head"]
        count, height, width = scores.shape
        shares = class_shares(class_mask(scores), count)
        best = int(shares.argmax())
        rows, columns = self.mask.shape
        below = (
            self.classes_of(scores, "classes"),
            heat(reduced(scores.amax(dim=0, keepdim=True))[0], "highest score"),
        )
        words = (
            "Scores, a quarter as fine",
            f"A 1 x 1 convolution gives {count} scores at each of {width} x {height} places; "
            f"{self.classes[best]} leads at {100 * shares[best]:.0f} % of them. Bilinear "
            f"enlargement brings the scores to {columns} x {rows} pixels: nothing is learned any "
            "more.",
            rf"{upright(maps_of(scores.shape))}\to {upright(f'{columns} x {rows}')}",
        )
        return self.scores_stage("scores", scores, self.blocks[-1][1], below, words)

    @step
    def without(self) -> Step:
        names, each = self._branch_names(), len(self.outputs["aspp.project"])
        left_out = [0, len(names) - 2, len(names) - 1]
        fine = len(self.outputs["low_level"])
        masks = [self.mask_without("decoder.0", slice(-fine, None))]
        masks += [
            self.mask_without("aspp.project", slice(at * each, (at + 1) * each)) for at in left_out
        ]
        captions = ["no fine", *(f"no {names[at]}" for at in left_out)]
        changes = shares_of_change(self.mask, masks)
        worst = 1 + int(np.argmax(changes[1:]))
        return self.changes(
            "Without a part",
            "The same weights answer again, with zeros in place of a part. Without the fine maps "
            f"{changes[0]:.1f} % of the pixels change their class; of these branches "
            f"{names[left_out[worst - 1]]} is missed most, with {changes[worst]:.1f} %. The "
            "network never learned to do without: this shows what it leans on.",
            masks,
            captions,
        )

    def branch_maps(self) -> list[Tensor]:
        """Return what each branch answers, (C, h, w); image pooling (C, 1, 1)."""
        outputs = self.outputs
        numbers = range(len(self.network.aspp.branches))
        return [*(outputs[f"aspp.branches.{at}"] for at in numbers), outputs["aspp.image_pooling"]]

    def _rates(self) -> list[int]:
        from engine.models.segmentation.deeplabv3plus import aspp_rates

        return list(aspp_rates(self.network.config))

    def _branch_names(self) -> list[str]:
        return ["1 x 1", *(f"rate {rate}" for rate in self._rates()), "image pooling"]

    def _taps_of(self, rate: int) -> list[Frame]:
        """Return the nine places that a convolution of a rate reads, on the picture."""
        stride, (height, width) = self.deep.stride, self.pixels.shape[:2]
        top, left = (at // stride * stride for at in self.pixel)
        offsets = [-rate * stride, 0.0, rate * stride]
        corners = [(left + across, top + down) for down in offsets for across in offsets]
        return [
            Frame((x / width, y / height, (x + stride) / width, (y + stride) / height))
            for x, y in corners
        ]


def _constants(pooled: Tensor, like: Tensor) -> list[Tile]:
    """Return the three largest numbers of image pooling, each the same at every place."""
    values = pooled[:, 0, 0]
    order = values.argsort(descending=True)[:_ROWS].tolist()
    limits = (0.0, max(float(values.max()), 1e-6))
    shape = like.shape[1:]
    return [
        heat(np.full(shape, float(values[at])), f"all {at + 1}: {values[at]:.2f}", limits=limits)
        for at in order
    ]
