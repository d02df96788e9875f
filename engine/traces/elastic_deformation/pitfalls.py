"""What can go wrong with elastic deformation, and how others draw the field."""

from __future__ import annotations

import numpy as np

from engine.api.traces import BarsMark, CurveMark, Mark, Step, TableMark
from engine.traces.elastic_deformation.warping import (
    Field,
    Warp,
    coarse_field,
    drawn_field,
    folded_share,
    lengths,
    moved,
    moved_mask,
)

_SIGMAS_PX = (2.0, 6.0, 16.0)
_ALPHAS = np.linspace(0, 1000, 21)
_COARSE_PX = 10.0  # deviation of U-Net's field, for pictures of 512 pixels
_COPIES = 3


def averaged_mask(warp: Warp) -> Step:
    """Show what averaging does to a mask."""
    from engine.data.elastic_deformation import deform

    averaged = deform(warp.mask.astype(np.float32), warp.field, "bilinear", warp.config.border)
    fractions = np.abs(averaged - np.round(averaged)) > 1e-3
    rounded = np.round(averaged).astype(np.uint8)
    wrong = (rounded != warp.mask_after) & (warp.mask_after < len(warp.classes))
    return Step(
        "Why a mask must not be averaged",
        f"Read like a picture, {int(fractions.sum())} mask pixels would get a number between two "
        "classes, such as 2.4. Rounded, these become a class in between that has nothing to do "
        f"there: {int(wrong.sum())} pixels differ from the mask that takes the nearest.",
        (
            *warp.masked(warp.picture_after, warp.mask_after, 0, "nearest"),
            *warp.masked(warp.picture_after, rounded, 1, "averaged, rounded"),
            warp.sheet.heat(wrong.astype(np.float32), 0, 2, "wrong"),
            BarsMark(
                ("between classes", "wrong class"),
                np.array([fractions.sum(), wrong.sum()], np.float64),
                "Pixels of the averaged mask",
            ),
        ),
        r"\frac{1}{2}\,(\mathrm{class}\ 1+\mathrm{class}\ 3)\neq\mathrm{class}\ 2",
    )


def only_the_picture(warp: Warp) -> Step:
    """Show a mask that was left behind."""
    known = warp.mask_after < len(warp.classes)
    wrong = (warp.mask != warp.mask_after) & known
    either = ((warp.mask > 0) | (warp.mask_after > 0)) & known
    both = (warp.mask == warp.mask_after) & either
    overlap = float(both.sum() / either.sum()) if either.any() else 1.0
    return Step(
        "One field for both",
        f"Were the picture alone displaced, {100 * wrong.mean():.1f} % of the pixels would be "
        f"taught a wrong class; the marked parts of the old and the new mask agree by "
        f"{100 * overlap:.0f} %. Both must move together, by the same random numbers.",
        (
            *warp.masked(warp.picture_after, warp.mask_after, 0, "both moved"),
            *warp.masked(warp.picture_after, warp.mask, 1, "mask left behind"),
            warp.sheet.heat(wrong.astype(np.float32), 0, 2, "wrong class"),
            BarsMark(("agreement",), np.array([overlap]), "Intersection over union of the masks"),
        ),
    )


def border(warp: Warp) -> Step:
    """Compare what lies outside."""
    height, width = warp.size
    rows = np.arange(height)[:, None] + warp.field[0]
    columns = np.arange(width)[None] + warp.field[1]
    outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
    return Step(
        "What lies outside the picture",
        f"{int(outside.sum())} pixels, {100 * outside.mean():.1f} %, look beyond the border. They "
        "see the picture mirrored, or black. Where nothing is known the mask says so, and the loss "
        "leaves these pixels out.",
        (
            warp.sheet.image(moved(warp.pixels, warp.field, "mirror"), 0, 0, "mirror"),
            warp.sheet.image(moved(warp.pixels, warp.field, "constant"), 0, 1, "constant"),
            warp.sheet.heat(outside.astype(np.float32), 0, 2, "looks outside"),
            BarsMark(
                ("inside", "outside"),
                np.array([(~outside).sum(), outside.sum()], np.float64),
                "Pixels that look",
                current=1,
            ),
        ),
    )


def smoothness(warp: Warp) -> Step:
    """Compare smoothnesses."""
    wanted = max(float(lengths(warp.field).mean()), 1.0)
    fields = []
    for sigma in _SIGMAS_PX:
        field = drawn_field(warp.size, 100.0, sigma, warp.config.seed)
        fields.append(np.asarray(field * (wanted / lengths(field).mean()), np.float32))
    folded = [100 * folded_share(field) for field in fields]
    names = tuple(f"sigma {sigma:g} px" for sigma in _SIGMAS_PX)
    return Step(
        "Crumpled, elastic, or only shifted",
        f"All three move pixels by {wanted:.1f} on average. At {names[0]} neighbours part and the "
        f"picture crumples: at {folded[0]:.0f} % of the pixels it is turned over. At {names[2]} "
        "whole regions move together, which is little more than a shift.",
        (
            *(
                warp.sheet.image(moved(warp.pixels, field, warp.config.border), 0, at, name)
                for at, (field, name) in enumerate(zip(fields, names, strict=True))
            ),
            BarsMark(names, np.array(folded), "Pixels that are turned over, per cent"),
        ),
    )


def folding(warp: Warp) -> Step:
    """Find the strength at which the picture folds."""
    unit = drawn_field(warp.size, 1.0, warp.config.sigma_px, warp.config.seed)
    shares = np.array([100 * folded_share(_scaled(unit, alpha)) for alpha in _ALPHAS.tolist()])
    own = 100 * folded_share(warp.field)
    folds = _ALPHAS[shares > 0.1]
    limit = float(folds[0]) if len(folds) else float(_ALPHAS[-1])
    where = (
        f"From a strength of about {limit:g} on it folds in more than one pixel of a thousand."
        if len(folds)
        else f"Even at a strength of {limit:g} it does not fold."
    )
    strong = _scaled(unit, min(4 * max(limit, 1.0), 4000.0))
    titles = ("strength alpha", "pixels turned over, per cent")
    return Step(
        "Too strong, and it folds",
        f"Where neighbouring displacements differ by more than a pixel a pixel, the picture is "
        f"turned over. At alpha = {warp.config.alpha:g} that happens at {own:.2f} % of the pixels. "
        f"{where}",
        (
            warp.sheet.image(warp.picture_after, 0, 0, f"alpha {warp.config.alpha:g}"),
            warp.sheet.image(moved(warp.pixels, strong, "mirror"), 0, 1, "far too strong"),
            warp.sheet.heat(lengths(strong), 0, 2, "length, far too strong"),
            CurveMark(_ALPHAS, shares, "this field", *titles),
            CurveMark(
                np.array([warp.config.alpha]),
                np.array([own]),
                "yours",
                *titles,
                role="current",
                style="points",
            ),
        ),
        r"\mathrm{det}(I+\dfrac{\partial d}{\partial p})\leq 0",
    )


def three_by_three(warp: Warp) -> Step:
    """Draw the field as U-Net's authors did."""
    deviation = _COARSE_PX * warp.size[1] / 512
    field = coarse_field(warp.size, deviation, warp.config.seed)
    reach = lengths(field)
    return Step(
        "Another way: a grid of 3 x 3",
        f"U-Net draws displacements on a grid of 3 x 3 only, with a deviation of {_COARSE_PX:g} "
        f"pixels, here {deviation:.1f} for {warp.size[1]} pixels of width in place of 512, and "
        f"joins them by cubic curves. That moves pixels by {reach.mean():.1f} on average, in large "
        "soft waves.",
        (
            warp.sheet.heat(field[1], 0, 0, "right, pixels"),
            warp.sheet.heat(field[0], 0, 1, "down, pixels"),
            *warp.masked(
                moved(warp.pixels, field, warp.config.border),
                moved_mask(warp.mask, field, warp.config.border),
                2,
                "displaced",
            ),
            BarsMark(
                ("3 x 3 grid", "smoothed noise"),
                np.array([reach.mean(), lengths(warp.field).mean()]),
                "Mean displacement, pixels",
            ),
        ),
    )


def more_copies(warp: Warp) -> Step:
    """Sum up."""
    config = warp.config
    rows: list[tuple[str, ...]] = []
    marks: list[Mark] = []
    for at in range(_COPIES):
        seed = config.seed + 1 + at
        field = drawn_field(warp.size, config.alpha, config.sigma_px, seed)
        after = moved_mask(warp.mask, field, config.border)
        marks += warp.masked(moved(warp.pixels, field, config.border), after, at, f"seed {seed}")
        reach = lengths(field)
        changed = 100 * float((after != warp.mask).mean())
        rows.append((str(seed), f"{reach.mean():.1f}", f"{reach.max():.1f}", f"{changed:.1f} %"))
    return Step(
        "As many as one likes",
        f"Three more, from other random numbers: alpha = {config.alpha:g} and sigma = "
        f"{config.sigma_px:g} pixels stay. In training every picture is bent anew each time it is "
        "seen, so that the network never sees the same one twice.",
        (
            *marks,
            TableMark(("seed", "mean px", "largest px", "mask changed"), tuple(rows)),
        ),
    )


def _scaled(unit: Field, alpha: float) -> Field:
    return np.asarray(unit * alpha, np.float32)
