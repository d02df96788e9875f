"""Elastic deformation: a picture and its mask displaced by one smooth random field.

Simard, Steinkraus, Platt, Best Practices for Convolutional Neural Networks Applied to Visual
Document Analysis, ICDAR 2003; on pictures and masks together Ronneberger, Fischer, Brox, U-Net,
MICCAI 2015, https://arxiv.org/abs/1505.04597
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import (
    BarsMark,
    BuildTrace,
    CurveMark,
    Step,
    Trace,
    TraceCard,
)
from engine.core.registry import TRACES
from engine.traces.elastic_deformation.pitfalls import (
    averaged_mask,
    border,
    folding,
    more_copies,
    only_the_picture,
    smoothness,
    three_by_three,
)
from engine.traces.elastic_deformation.reading import arrows, grid, one_pixel
from engine.traces.elastic_deformation.warping import (
    ElasticDeformationConfig,
    Warp,
    folded_share,
    lengths,
    moved,
    warp_of,
)

CARD = TraceCard(
    key="elastic-deformation",
    title="Elastic deformation",
    summary="A smooth random field bends a picture, and its mask with it: new data from old.",
    needs="nothing",
    config_type=ElasticDeformationConfig,
    area="segment",
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    warp = warp_of(request.config, request.pixels)
    builders: list[Callable[[Warp], Step]] = [little_data, noise, smoothed, strength, arrows, grid]
    builders += [one_pixel, picture, mask, averaged_mask, only_the_picture, border, smoothness]
    builders += [folding, three_by_three, more_copies]
    reach = lengths(warp.field)
    result = {
        "size": list(warp.size),
        "mean_displacement_px": float(reach.mean()),
        "largest_displacement_px": float(reach.max()),
        "folded_share": folded_share(warp.field),
        "mask_pixels_changed": int((warp.mask_after != warp.mask).sum()),
        "classes_before": np.unique(warp.mask).tolist(),
        "classes_after": np.unique(warp.mask_after).tolist(),
    }
    size = warp.sheet.size_px
    return Trace(
        CARD.key,
        len(builders),
        lambda at: builders[at](warp),
        result,
        is_quick=False,  # some steps displace the picture anew
        sheet_px=size,
    )


def little_data(warp: Warp) -> Step:
    """Show picture and mask."""
    covered = float((warp.mask > 0).mean())
    kind = "its true mask" if warp.is_true_mask else "a mask, here simply its brighter part"
    shares = [float((warp.mask == index).mean()) for index in range(len(warp.classes))]
    return Step(
        "One picture with its mask",
        f"Here are {warp.picture.words} and {kind}: {100 * covered:.0f} % of the pixels are "
        "marked. Masks take long to draw, and U-Net had 30 pictures to learn from. Bent a little "
        "at random, each becomes as many new ones as one likes.",
        (
            warp.sheet.image(warp.pixels, 0, 0, "picture"),
            *warp.masked(warp.pixels, warp.mask, 1, "with its mask"),
            *warp.masked(warp.picture_after, warp.mask_after, 2, "what it will become"),
            BarsMark(warp.classes, 100 * np.array(shares), "Share of the pixels, per cent"),
        ),
    )


def noise(warp: Warp) -> Step:
    """Draw noise."""
    values = warp.noise
    counts, edges = np.histogram(values, bins=20, range=(-1, 1))
    return Step(
        "Two numbers for every pixel",
        f"For each of the {values[0].size} pixels two random numbers from -1 to 1 are drawn (seed "
        f"{warp.config.seed}): how far down and how far right it will look. Their spread is "
        f"{values.std():.3f}. As they are, every pixel would jump for itself.",
        (
            warp.sheet.heat(values[0], 0, 0, "down"),
            warp.sheet.heat(values[1], 0, 1, "right"),
            warp.sheet.image(moved(warp.pixels, 4 * values, "mirror"), 0, 2, "4 px of that"),
            CurveMark(
                (edges[1:] + edges[:-1]) / 2,
                counts.astype(np.float64),
                "numbers",
                "random number",
                "how many",
            ),
        ),
        r"u\sim\mathcal{U}(-1,1)",
    )


def smoothed(warp: Warp) -> Step:
    """Smooth the noise."""
    smooth = warp.field / warp.config.alpha if warp.config.alpha else 0 * warp.field
    sigma = warp.config.sigma_px
    expected = 1 / np.sqrt(3) / (2 * sigma * np.sqrt(np.pi))
    near = np.arange(0, 41)
    return Step(
        f"Smoothed over {sigma:g} pixels",
        f"A Gaussian of deviation {sigma:g} pixels averages the numbers of the neighbourhood: now "
        f"neighbours move almost alike. Averaging makes them small: the spread falls from "
        f"{warp.noise.std():.3f} to {smooth.std():.4f}; by theory it is {expected:.4f} far from "
        "the border.",
        (
            warp.sheet.heat(warp.noise[1], 0, 0, "right, before"),
            warp.sheet.heat(smooth[1], 0, 1, "right, smoothed"),
            warp.sheet.heat(smooth[0], 0, 2, "down, smoothed"),
            CurveMark(
                near.astype(np.float64),
                np.exp(-(near**2) / (4 * sigma**2)),
                "likeness",
                "pixels apart",
                "correlation of two pixels' movements",
            ),
        ),
        rf"\sigma_d=\dfrac{{0.577}}{{3.545\,\sigma}}={expected:.4f}",
    )


def strength(warp: Warp) -> Step:
    """Multiply by alpha."""
    reach = lengths(warp.field)
    alpha = warp.config.alpha
    counts, edges = np.histogram(reach, bins=20)
    return Step(
        f"Times {alpha:g}: {reach.mean():.1f} pixels on average",
        f"The strength alpha = {alpha:g} makes pixels of the small numbers: the displacements are "
        f"{reach.mean():.1f} pixels long on average and {reach.max():.1f} at most, in a picture "
        f"{warp.size[1]} pixels wide.",
        (
            warp.sheet.heat(warp.field[0], 0, 0, "down, pixels"),
            warp.sheet.heat(warp.field[1], 0, 1, "right, pixels"),
            warp.sheet.heat(reach, 0, 2, "length, pixels"),
            CurveMark(
                (edges[1:] + edges[:-1]) / 2,
                counts.astype(np.float64),
                "pixels",
                "length of the displacement in pixels",
                "how many pixels",
            ),
        ),
        rf"d={alpha:g}\cdot(G*u)",
    )


def picture(warp: Warp) -> Step:
    """Show the picture before and after."""
    change = np.abs(warp.picture_after.astype(float) - warp.pixels).mean(axis=2)
    return Step(
        "The picture, displaced",
        f"All pixels have looked where they were sent. Their values changed by {change.mean():.1f} "
        "of 255 on average, most at edges. A person still sees the same things: tissue, "
        "handwriting, a street can well look like this.",
        (
            warp.sheet.image(warp.pixels, 0, 0, "before"),
            warp.sheet.image(warp.picture_after, 0, 1, "after"),
            warp.sheet.heat(change, 0, 2, "change"),
            BarsMark(
                ("mean", "largest"),
                np.array([change.mean(), change.max()]),
                "Change in grey levels of 255",
            ),
        ),
    )


def mask(warp: Warp) -> Step:
    """Displace the mask by the same field."""
    differs = warp.mask_after != warp.mask
    known = warp.mask_after < len(warp.classes)
    before = np.bincount(warp.mask.ravel(), minlength=len(warp.classes))
    after = np.bincount(warp.mask_after[known], minlength=len(warp.classes))
    return Step(
        "The mask by the same field",
        f"The mask goes through the very same field, so that it still fits. Each pixel takes the "
        f"class of the nearest pixel, never a mean. {int(differs.sum())} of {differs.size} pixels "
        "have another class than before; no class is new.",
        (
            *warp.masked(warp.pixels, warp.mask, 0, "before"),
            *warp.masked(warp.picture_after, warp.mask_after, 1, "after"),
            warp.sheet.heat(differs.astype(np.float32), 0, 2, "other class"),
            BarsMark(
                warp.classes,
                after.astype(np.float64),
                "Pixels of each class, before pale behind",
                before=before.astype(np.float64),
            ),
        ),
        r"m'(p)=m(\mathrm{round}(p+d(p)))",
    )
