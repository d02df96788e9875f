"""What every network ends with: scores, the class of each pixel, how sure it is, what it took."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import MaskTile, Step, Tiles
from engine.traces.marks import bars, heat, histogram, image, mask, tiles
from engine.traces.network_stages.maps import class_shares, reduced, reduced_picture
from engine.traces.network_stages.network_steps import LARGE_PHOTO_PX, NetworkSteps, beside, framed
from engine.traces.steps import explain, step
from engine.traces.wording import count, listing

_HISTOGRAM_BINS = 25


class Closing:
    """The last steps of every network."""

    def __init__(self, network: NetworkSteps) -> None:
        self.steps = network
        self.logits = network.recording.logits.float()
        self.probabilities = self.logits.softmax(dim=0)
        self.classes = network.classes

    @step
    def scores(self) -> Step:
        row, column = self.steps.pixel
        here = self.probabilities[:, row, column].double().numpy()
        best = int(here.argmax())
        score = float(self.logits[best, row, column])
        highest = reduced(self.logits.amax(dim=0, keepdim=True))[0]
        leading = reduced(self.probabilities[[best]])[0]
        below = (
            heat(leading, f"p of {self.classes[best]}", limits=(0.0, 1.0)),
            heat(highest, "highest score"),
        )
        lead = self.steps.photo(self.steps.followed())
        there = bars(
            self.classes, 100 * here, "Probability there, %", current=best, labels=self.classes
        )
        return explain(
            f"{len(self.classes)} scores at every pixel",
            f"Each class has a map of scores as large as the picture. At the followed place "
            f"{self.classes[best]} leads with {score:.2f}; made into probabilities that sum to 1, "
            f"it has {100 * here[best]:.1f} %.",
            beside(lead, self.steps.of_classes(self.logits), below),
            there,
            formula=rf"p_k=\dfrac{{e^{{s_k}}}}{{\sum_j e^{{s_j}}}}={here[best]:.3f}",
        )

    @step
    def mask(self) -> Step:
        answer = self.steps.mask
        shares = class_shares(answer, len(self.classes))
        order = [at for at in np.argsort(-shares, kind="stable").tolist() if shares[at] > 0]
        occurring = [self.classes[at] for at in order]
        names = [f"{self.classes[at]} with {100 * shares[at]:.1f} %" for at in order[:3]]
        current = order.index(int(answer[self.steps.pixel]))
        parts = bars(
            occurring,
            100 * shares[order],
            "Share of the picture, %",
            current=current,
            labels=occurring,
        )
        return explain(
            "The class under every pixel",
            "The class of the highest score wins, pixel by pixel. Of the picture's "
            f"{answer.size:,} pixels the largest parts go to {listing(names)}; "
            f"{count(len(order), 'class', 'classes')} of {len(self.classes)} occur.",
            self._picture_and_mask(),
            parts,
            formula=r"\hat{y}=\mathrm{argmax}_k\,s_k",
        )

    @step
    def certainty(self) -> Step:
        highest = self.probabilities.amax(dim=0)
        values = highest.double().numpy()
        is_border = _borders(self.steps.mask)
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

    @step
    def weights(self) -> Step:
        total = sum(each.numel() for each in self.steps.network.parameters())
        return explain(
            f"{total:,} weights, one pass",
            "The table has the whole way: maps grow in number and shrink in size where the network "
            "asks what is there, and the other way round where it asks where. Computed with "
            f"{self.steps.found.origin}.",
            self._picture_and_mask(),
        )

    def _picture_and_mask(self) -> Tiles:
        photo = image(reduced_picture(self.steps.pixels, LARGE_PHOTO_PX), "picture")
        return tiles([framed(photo, self.steps.followed()), self._classes()])

    def _classes(self) -> MaskTile:
        return mask(self.steps.mask, self.classes, "classes")


def _borders(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the pixel to the right or below is of another class."""
    found = np.zeros(mask.shape, bool)
    found[:-1] |= mask[:-1] != mask[1:]
    found[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    return found
