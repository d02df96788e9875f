"""What each branch looks at, and what it answers."""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step
from engine.traces.aspp.branches import Aspp, strongest_maps
from engine.traces.marks import bars, gallery, heat, heats, image
from engine.traces.steps import explain, step
from engine.traces.wording import count, listing


class Seeing(Aspp):
    """Steps from the coarse grid through every branch."""

    @step
    def coarse_grid(self) -> Step:
        height, width = self.input_px
        rows, columns = self.grid
        return explain(
            f"{width} x {height} pixels, {columns} x {rows} features",
            f"The network, {self.network.origin}, turns {self.words} into a grid of {columns} x "
            f"{rows}, one place for {self.stride} x {self.stride} pixels. The marked one, row "
            f"{self.place[0]}, column {self.place[1]}, is followed. What lies there one can only "
            "tell from what lies around it, near and far.",
            [
                self.with_places([self.place], "picture"),
                heat(self.features.mean(axis=0), "mean of the features"),
                heat(self.features.std(axis=0), "spread of the features"),
            ],
            strongest_maps(self.features),
            bars(("pixels", "features"), (height * width, rows * columns), "Places"),
            formula=rf"\dfrac{{{width}}}{{{self.stride}}}\times\dfrac{{{height}}}{{{self.stride}}}",
        )

    @step
    def what_goes_in(self) -> Step:
        channels = self.features.shape[0]
        names = [branch.name for branch in self.branches]
        order = self.strongest[:6]
        captions = [f"feature {channel + 1}" for channel in order]
        spreads = self.features.std(axis=(1, 2))[order]
        return explain(
            f"{channels} features at every place",
            f"The backbone has {channels} maps; the six of greatest spread are drawn. The ASPP "
            f"looks at all of them in {len(names)} ways at once, side by side: {listing(names)}.",
            gallery(heats(self.features[order], captions)),
            bars(captions, spreads, "Standard deviation"),
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
            [
                self.with_places(places, "taps on the picture"),
                self.taps_of(branch, "gradient not 0"),
                heat(branch.field, "pixels that move it"),
            ],
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
            [
                image(self.shown, "picture"),
                self.taps_of(branch, "gradient not 0: everywhere"),
                heat(branch.field, "pixels that move it"),
            ],
            strongest_maps(self.features),
            bars(
                [f"map {channel + 1}" for channel in order],
                values[order],
                "Largest answers, the same everywhere",
            ),
            formula=r"m_c=\dfrac{1}{h\,w}\sum_{ij}\,f_{cij}",
        )
