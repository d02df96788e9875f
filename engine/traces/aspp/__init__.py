"""Atrous spatial pyramid pooling: one grid of features looked at over several distances at once.

Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image Segmentation,
2017, https://arxiv.org/abs/1706.05587; separable in DeepLabv3+, ECCV 2018,
https://arxiv.org/abs/1802.02611
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.api.traces import Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.aspp.branches import Aspp, AsppConfig, strongest_maps
from engine.traces.dilated_convolution.reach import taps_at_each_place, weights_inside
from engine.traces.marks import bars, curve, gallery, heat, heats, image, points, table
from engine.traces.steps import explain, step
from engine.traces.wording import at_place, count, listing, numbered

if TYPE_CHECKING:
    pass


@TRACES.register(
    TraceCard(
        key="aspp",
        title="Atrous spatial pyramid pooling (ASPP)",
        summary="The branches of DeepLab's ASPP on your picture, and how far each one sees.",
        config_type=AsppConfig,
        area="segment",
        order=90,
        takes_picture=True,
    )
)
class AtrousSpatialPyramidPooling(Aspp):
    """What each branch looks at and answers, all of them joined, and each left out."""

    @step
    def coarse_grid(self) -> Step:
        height, width = self.input_px
        rows, columns = self.grid
        return explain(
            f"{width} x {height} pixels, {columns} x {rows} features",
            f"The network, {self.network.origin}, turns {self.words} into a grid of {columns} x "
            f"{rows}, one place for {self.stride} x {self.stride} pixels. The marked one, "
            f"{at_place(*self.place)}, is followed. What lies there one can only "
            "tell from what lies around it, near and far.",
            self.with_places([self.place], "picture"),
            heat(self.features.mean(axis=0), "mean of the features"),
            heat(self.features.std(axis=0), "spread of the features"),
            strongest_maps(self.features),
            bars("Places", {"pixels": height * width, "features": rows * columns}),
            formula=rf"\dfrac{{{width}}}{{{self.stride}}}\times\dfrac{{{height}}}{{{self.stride}}}",
        )

    @step
    def what_goes_in(self) -> Step:
        channels, names = self.features.shape[0], self.names
        order = self.strongest[:6]
        captions = numbered("feature", order)
        spreads = self.features.std(axis=(1, 2))[order]
        return explain(
            f"{channels} features at every place",
            f"The backbone has {channels} maps; the six of greatest spread are drawn. The ASPP "
            f"looks at all of them in {len(names)} ways at once, side by side: {listing(names)}.",
            gallery(heats(self.features[order], captions)),
            bars("Standard deviation", captions, spreads),
        )

    @step(each="numbers")
    def one_branch(self, number: int) -> Step:
        branch = self.branches[number]
        found = int(branch.taps.sum())
        wide = branch.reach
        span = wide * self.stride
        looks = (
            "This branch looks at the place alone and mixes its features."
            if not branch.rate
            else f"Nine taps lie {count(branch.rate, 'place')} apart and span {wide} x {wide}, "
            f"which is {span} x {span} pixels."
        )
        beyond = (9 if branch.rate else 1) - found
        missing = f", and {beyond} of 9 lie beyond the border" if beyond else ""
        rows, columns = np.nonzero(branch.taps)
        places = list(zip(rows.tolist(), columns.tolist(), strict=True))
        return explain(
            f"Branch {number + 1}: {branch.name}",
            f"{looks} By the gradient {count(found, 'place')} of the grid "
            f"{'moves' if found == 1 else 'move'} its answer{missing}. It answers with "
            f"{branch.maps.shape[0]} maps; the largest value is {branch.maps.max():.2f}.",
            self.with_places(places, "taps on the picture"),
            self.taps_of(branch, "gradient not 0"),
            heat(branch.field, "pixels that move it"),
            strongest_maps(branch.maps),
            self.reaches(number),
            formula=rf"2\,r+1=2\cdot{branch.rate}+1={wide}",
        )

    @step
    def image_pooling(self) -> Step:
        branch = self.branches[-1]
        means = self.features.mean(axis=(1, 2))
        values = branch.maps[:, 0, 0]
        order = np.argsort(-values, kind="stable")[:6].tolist()
        awake = int((values > 0).sum())
        return explain(
            f"Branch {len(self.branches)}: the mean of all",
            f"The mean of each feature over the whole picture, {len(means)} numbers, becomes "
            f"{len(values)} numbers, {awake} of them above 0, and these are the same at every "
            "place. So each place knows what kind of picture it is in: a street, a room.",
            image(self.shown, "picture"),
            self.taps_of(branch, "gradient not 0: everywhere"),
            heat(branch.field, "pixels that move it"),
            strongest_maps(self.features),
            bars("Largest answers, the same everywhere", numbered("map", order), values[order]),
            formula=r"m_c=\dfrac{1}{h\,w}\sum_{ij}\,f_{cij}",
        )

    @step
    def beside_each_other(self) -> Step:
        maps = [heat(branch.maps[branch.strongest[0]], branch.name) for branch in self.branches[:4]]
        # The last branch says the same everywhere, which no colour scale could show.
        pooled = image(np.ones(self.grid), f"{self.branches[-1].name}: one value")
        active = np.array([100 * float((branch.maps > 0).mean()) for branch in self.branches])
        return explain(
            "All branches side by side",
            "Of each branch the map of greatest spread. Small rates keep to single things, large "
            "ones smear over them and show where there is much of something. Between "
            f"{active.min():.0f} % and {active.max():.0f} % of their values are above 0.",
            gallery([image(self.shown, "picture"), *maps, pooled]),
            bars("Values above 0, per cent", self.names, active),
        )

    @step
    def fields_in_the_picture(self) -> Step:
        rows = [
            (branch.name, f"{branch.field_px[0]} x {branch.field_px[1]}", f"{branch.radius_px:.0f}")
            for branch in self.branches
        ]
        first, last = self.branches[0], self.rated[-1]
        return explain(
            "How far they see in the picture",
            "The gradient of each branch's answer, back to the pixels. Even the 1 x 1 branch "
            f"sees {first.field_px[0]} x {first.field_px[1]} pixels, for the backbone has looked "
            f"around already. What counts lies {first.radius_px:.0f} pixels away on average; for "
            f"{last.name} it is {last.radius_px:.0f}.",
            self.fields(),
            table(("branch", "pixels that count", "mean distance"), rows),
            formula=r"|\dfrac{\partial y_{ij}}{\partial x}|",
        )

    @step
    def beyond_the_border(self) -> Step:
        rows, columns = self.grid
        rates = np.arange(1, max(rows, columns) + 2)
        across, down = (
            np.array([np.sqrt(weights_inside(rate, side)) for rate in rates.tolist()])
            for side in (columns, rows)
        )
        shares = across * down
        own = [branch.rate for branch in self.rated]
        found = [float(shares[min(rate, len(shares)) - 1]) for rate in own]
        shown = self.rated[:3]
        taps = [taps_at_each_place(self.grid, branch.rate) for branch in shown]
        captions = ["taps on the grid"] * len(shown)
        titles = {"x_title": "rate", "y_title": "share of taps on the grid"}
        return explain(
            "Taps beyond the border",
            f"On a grid of {columns} x {rows}, averaged over all its places, "
            f"{listing([f'{100 * share:.0f} %' for share in found])} of the taps of the rates "
            f"{listing([str(rate) for rate in own])} lie on it; the others read zeros. A rate as "
            "large as the grid has its middle tap left. That is why the mean of all is a branch "
            "of its own.",
            [self.taps_of(branch) for branch in shown],
            heats(taps, captions, limits=(0, 9)),
            curve(rates, shares, "this grid", **titles),
            points(own, found, "the ASPP's", role="current", **titles),
        )

    @step
    def separable(self) -> Step:
        channels, wide = self.features.shape[0], self.branches[0].maps.shape[0]
        split, full = 9 * channels + channels * wide, 9 * channels * wide
        first_rated = len(self.branches) - 1 - len(self.rated)
        module = self.network.model.aspp.branches[first_rated]
        kernels = module[0].weight.detach().numpy()
        weights = [*(branch.weights for branch in self.branches), full]
        shown = self.strongest[:3]
        captions = [f"taps of feature {channel + 1}" for channel in shown]
        return explain(
            "Nine taps a channel, then 1 x 1",
            f"A full 3 x 3 convolution from {channels} to {wide} maps has {full:,} weights. Here "
            "every map is first filtered by nine taps of its own, then all are mixed at each "
            f"place: {split:,} weights, {full / split:.1f} times fewer. The rate changes nothing "
            "about that.",
            [self.taps_of(branch) for branch in self.branches[:3]],
            heats(kernels[shown, 0], captions),
            bars(
                "Weights, with those of the normalisation",
                (*self.names, "full 3 x 3"),
                weights,
                current=len(weights) - 1,
            ),
            formula=rf"9\cdot{channels}+{channels}\cdot{wide}={split}",
        )

    @step
    def all_joined(self) -> Step:
        wide = self.branches[0].maps.shape[0]
        together = sum(branch.maps.shape[0] for branch in self.branches)
        loudness = np.array([branch.loudness for branch in self.branches])
        favourite = int(np.argmax(loudness))
        return explain(
            f"{together} maps become {wide}",
            f"The maps of all branches are laid on top of each other, {together} of them, and a 1 "
            f"x 1 convolution mixes them into {self.joined.shape[0]}. It reads "
            f"{self.branches[favourite].words} with the largest weights, "
            f"{loudness[favourite]:.2f} long on average.",
            gallery(strongest_maps(self.joined, 6)),
            bars(
                "Mean length of the weights that read it", self.names, loudness, current=favourite
            ),
            formula=rf"{len(self.branches)}\cdot{wide}={together}\to {self.joined.shape[0]}",
        )

    @step
    def what_comes_out(self) -> Step:
        classes = self.network.classes
        found = np.bincount(self.classes.ravel(), minlength=len(classes))
        order = [index for index in np.argsort(-found, kind="stable").tolist() if found[index]]
        shares = 100 * found[order] / found.sum()
        here = classes[int(self.classes[self.place])]
        return explain(
            "What it is good for",
            f"After the decoder every place has a class: {classes[order[0]]} at {shares[0]:.0f} % "
            f"of the grid, the most. The place that was followed is taken for {here}. Fine "
            "borders come from features of stride 4; what things are comes from the ASPP.",
            image(self.shown, "picture"),
            self.with_classes(self.classes, "classes"),
            heat(self.joined.std(axis=0), "spread of what comes out"),
            strongest_maps(self.joined),
            bars("Share of the grid, per cent", [classes[index] for index in order], shares),
        )

    @step
    def without_a_branch(self) -> Step:
        changed = np.array([100 * branch.changed for branch in self.branches])
        order = np.argsort(-changed, kind="stable").tolist()
        most, least = self.branches[order[0]], self.branches[order[-1]]
        without = [
            self.with_classes(branch.classes_without, f"without {branch.name}")
            for branch in (self.branches[index] for index in order[:3])
        ]
        return explain(
            "Without one of them",
            f"Each branch in turn is made to answer 0. Without {most.words} {changed.max():.1f} % "
            f"of the pixels get another class, the most; without {least.words} "
            f"{changed.min():.1f} %. On another picture the order may differ.",
            image(self.shown, "picture"),
            self.with_classes(self.classes, "with all branches"),
            heat(most.field, f"what {most.name} sees"),
            without,
            bars("Pixels that change class, per cent", self.names, changed, current=order[0]),
        )

    @step
    def summary(self) -> Step:
        rows = [
            (
                branch.name,
                int(branch.taps.sum()),
                f"{branch.field_px[0]} x {branch.field_px[1]}",
                branch.weights,
                f"{100 * branch.changed:.1f} %",
            )
            for branch in self.branches
        ]
        return explain(
            f"{len(self.branches)} distances at one glance",
            "One grid of features, looked at from near to far by layers side by side, and the "
            f"picture as a whole: every place knows its surroundings at {len(self.branches)} "
            f"scales, and the grid stays {self.grid[1]} x {self.grid[0]}. Computed with "
            f"{self.network.origin}.",
            self.fields(),
            table(("branch", "taps", "pixels", "weights", "changes without"), rows),
        )
