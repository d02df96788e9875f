"""The branches of the ASPP side by side, joined, and what each of them is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import Step
from engine.traces.aspp.branches import strongest_maps
from engine.traces.aspp.seeing import Seeing
from engine.traces.dilated_convolution.reach import weights_inside
from engine.traces.marks import bars, curve, gallery, heat, heats, image, points, table
from engine.traces.steps import explain, step
from engine.traces.wording import listing


class Joining(Seeing):
    """Steps that compare the branches, join them, and leave each out."""

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
            bars(self.names, active, "Values above 0, per cent"),
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
        module = self.network.network.aspp.branches[first_rated]
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
                (*self.names, "full 3 x 3"),
                weights,
                "Weights, with those of the normalisation",
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
                self.names, loudness, "Mean length of the weights that read it", current=favourite
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
            [
                image(self.shown, "picture"),
                self.with_classes(self.classes, "classes"),
                heat(self.joined.std(axis=0), "spread of what comes out"),
            ],
            strongest_maps(self.joined),
            bars([classes[index] for index in order], shares, "Share of the grid, per cent"),
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
            [
                image(self.shown, "picture"),
                self.with_classes(self.classes, "with all branches"),
                heat(most.field, f"what {most.name} sees"),
            ],
            without,
            bars(self.names, changed, "Pixels that change class, per cent", current=order[0]),
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


def taps_at_each_place(grid: tuple[int, int], rate: int) -> NDArray[np.float64]:
    """Return how many of nine taps lie on a grid (h, w), for each place of it."""
    counts = []
    for side in grid:
        places = np.arange(side)[:, None] + rate * np.arange(-1, 2)
        counts.append(((places >= 0) & (places < side)).sum(axis=1))
    return np.asarray(np.outer(*counts), np.float64)
