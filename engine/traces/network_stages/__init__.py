"""A segmenter stage by stage: what the topics on single networks share.

A topic names the modules that are looked at and writes a few sentences about each; the picture,
the recording, and what every network ends with are the same for all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import MaskTile, Step, Tiles, Trace
from engine.traces.marks import bars, heat, histogram, image, mask, table, tiles
from engine.traces.network_stages.maps import class_shares, reduced, reduced_picture
from engine.traces.network_stages.network_steps import (
    LARGE_PHOTO_PX,
    NetworkSteps,
    Stage,
    StageStep,
    beside,
    framed,
)
from engine.traces.steps import as_lists, explain, step
from engine.traces.wording import count, listing, maps_of

_HISTOGRAM_BINS = 25


class NetworkTopic(NetworkSteps):
    """From the picture through every stage to scores, classes, how sure it is, and what it took.

    The result has `weights`, `size` of the picture in the network (width, height), `stages` with
    name, shape (C, h, w), stride and receptive field in pixels, and `shares` of the classes.

    Raises:
        WeightsError: shipped weights cannot be read.
        TaskCancelled: between two layers, or two batches of a small network.
    """

    def trace(self, key: str) -> Trace:
        """Return the steps, written at once, each with the table of all stages.

        A trace that is looked at must not hold the network and all its maps.
        """
        from engine.core.devices import thread_share

        with thread_share():
            steps = list(super().trace(key))
        stages = [
            (at, one.stage)
            for at, one in enumerate(steps)
            if isinstance(one, StageStep) and one.stage is not None
        ]
        written = [_with_table(at, one, stages) for at, one in enumerate(steps)]
        shares = class_shares(self.mask, len(self.classes))
        result = {
            "weights": self.found.origin,
            "size": (self.pixels.shape[1], self.pixels.shape[0]),
            "stages": [
                {
                    "name": stage.name,
                    "shape": stage.shape,
                    "stride": stage.reach.stride,
                    "receptive_field": stage.reach.field,
                }
                for _, stage in stages
            ],
            "shares": dict(zip(self.classes, shares, strict=True)),
        }
        return Trace(key, len(written), written.__getitem__, as_lists(result))

    @step(at_end=True)
    def scores(self) -> Step:
        row, column = self.pixel
        here = self.probabilities[:, row, column].double().numpy()
        best = int(here.argmax())
        score = float(self.logits[best, row, column])
        highest = reduced(self.logits.amax(dim=0, keepdim=True))[0]
        leading = reduced(self.probabilities[[best]])[0]
        below = (
            heat(leading, f"p of {self.classes[best]}", limits=(0.0, 1.0)),
            heat(highest, "highest score"),
        )
        lead = self.photo(self.followed())
        there = bars(
            "Probability there, %", self.classes, 100 * here, current=best, labels=self.classes
        )
        return explain(
            f"{len(self.classes)} scores at every pixel",
            f"Each class has a map of scores as large as the picture. At the followed place "
            f"{self.classes[best]} leads with {score:.2f}; made into probabilities that sum to 1, "
            f"it has {100 * here[best]:.1f} %.",
            beside(lead, self.of_classes(self.logits), below),
            there,
            formula=rf"p_k=\dfrac{{e^{{s_k}}}}{{\sum_j e^{{s_j}}}}={here[best]:.3f}",
        )

    @step(at_end=True)
    def class_of_each_pixel(self) -> Step:
        answer = self.mask
        shares = class_shares(answer, len(self.classes))
        order = [at for at in np.argsort(-shares, kind="stable").tolist() if shares[at] > 0]
        occurring = [self.classes[at] for at in order]
        names = [f"{self.classes[at]} with {100 * shares[at]:.1f} %" for at in order[:3]]
        current = order.index(int(answer[self.pixel]))
        parts = bars(
            "Share of the picture, %",
            occurring,
            100 * shares[order],
            current=current,
            labels=occurring,
        )
        return explain(
            "The class under every pixel",
            "The class of the highest score wins, pixel by pixel. Of the picture's "
            f"{count(answer.size, 'pixel')} the largest parts go to {listing(names)}; "
            f"{count(len(order), 'class', 'classes')} of {len(self.classes)} occur.",
            self._picture_and_mask(),
            parts,
            formula=r"\hat{y}=\mathrm{argmax}_k\,s_k",
        )

    @step(at_end=True)
    def certainty(self) -> Step:
        highest = self.probabilities.amax(dim=0)
        values = highest.double().numpy()
        is_border = _borders(self.mask)
        text = (
            f"The winner has {100 * values.mean():.1f} % on average, and less than half at "
            f"{100 * float((values < 0.5).mean()):.1f} % of the pixels: there all other classes "
            "together weigh more."
        )
        if is_border.any():
            text += (
                f" Along the borders between classes it has {100 * values[is_border].mean():.1f} "
                f"%, elsewhere {100 * values[~is_border].mean():.1f} %."
            )
        title = "probability of the winner"
        small = reduced(highest[None], 2 * LARGE_PHOTO_PX // 3)[0]
        row = [heat(small, title, limits=(0.0, 1.0)), self._classes()]
        spread = histogram(
            values, "pixels", title, "pixels, %", _HISTOGRAM_BINS, (0.0, 1.0), as_percent=True
        )
        return explain("How sure it is", text, row, spread, formula=r"\max_k\,p_k")

    @step(at_end=True)
    def all_weights(self) -> Step:
        total = sum(each.numel() for each in self.network.parameters())
        return explain(
            f"{total:,} weights, one pass",
            "The table has the whole way: maps grow in number and shrink in size where the network "
            "asks what is there, and the other way round where it asks where. Computed with "
            f"{self.found.origin}.",
            self._picture_and_mask(),
        )

    def _picture_and_mask(self) -> Tiles:
        photo = image(reduced_picture(self.pixels, LARGE_PHOTO_PX), "picture")
        return tiles([framed(photo, self.followed()), self._classes()])

    def _classes(self) -> MaskTile:
        return mask(self.mask, self.classes, "classes")


def _with_table(at: int, one: Step, stages: list[tuple[int, Stage]]) -> Step:
    """List the stages after what is shown; the one last reached is current."""
    rows = [
        (
            stage.name,
            maps_of(stage.shape),
            f"{stage.reach.stride:g}",
            str(stage.reach.field),
        )
        for _, stage in stages
    ]
    reached = sum(place <= at for place, _ in stages)
    is_over = at > stages[-1][0]
    overview = table(
        ("stage", "maps", "stride", "sees px"),
        rows,
        current=reached - 1 if reached and not is_over else None,
        steps=[place for place, _ in stages],
    )
    shown, *panels = one.marks
    return Step(one.title, one.text, (shown, overview, *panels), one.formula)


def _borders(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the pixel to the right or below is of another class."""
    found = np.zeros(mask.shape, bool)
    found[:-1] |= mask[:-1] != mask[1:]
    found[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    return found
