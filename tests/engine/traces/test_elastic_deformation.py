"""The displaced picture and mask against SciPy, and the words against the numbers."""

import numpy as np
import pytest
from scipy import ndimage

from engine.api.tasks import TaskContext
from engine.api.traces import (
    ArrowsMark,
    BuildTrace,
    PictureMark,
    PolygonsMark,
    Step,
    TableMark,
    Tiles,
    Trace,
)
from engine.traces.building import build_trace
from engine.traces.elastic_deformation.warping import (
    IGNORED,
    ElasticDeformationConfig,
    Warp,
    coarse_field,
    folded_share,
    moved,
    moved_mask,
    noise_of,
)


def built(pixels: np.ndarray | None = None, **values: object) -> Trace:
    config = ElasticDeformationConfig(**values)  # type: ignore[arg-type]
    request = BuildTrace("elastic-deformation", config, pixels)
    return build_trace(request, TaskContext(lambda _: None))


def warped(pixels: np.ndarray | None = None, **values: object) -> Warp:
    config = ElasticDeformationConfig(**values)  # type: ignore[arg-type]
    request = BuildTrace("elastic-deformation", config, pixels)
    return Warp(request, TaskContext(lambda _: None))


def smooth_picture(random: np.random.Generator) -> np.ndarray:
    values = ndimage.gaussian_filter(random.random((96, 128, 3)), (3, 3, 0))
    return np.uint8(255 * (values - values.min()) / np.ptp(values))


@pytest.mark.parametrize(("border", "mode"), [("mirror", "mirror"), ("constant", "constant")])
def test_the_picture_is_displaced_as_by_scipy(
    border: str, mode: str, random: np.random.Generator
) -> None:
    warp = warped(smooth_picture(random), border=border)
    places = np.indices(warp.size) + warp.field
    inside = np.ones(warp.size, bool)
    if border == "constant":  # at the very edge the two fade to black differently
        limits = np.array(warp.size)[:, None, None] - 1
        inside = ((places >= 0) & (places <= limits)).all(axis=0)
    for channel in range(3):
        values = warp.pixels[..., channel].astype(float)
        expected = ndimage.map_coordinates(values, places, order=1, mode=mode)
        found = warp.picture_after[..., channel]
        assert np.abs(found - expected)[inside].max() <= 2  # OpenCV: a 32nd of a pixel


def test_the_mask_is_displaced_as_by_scipys_nearest() -> None:
    warp = warped()
    places = np.indices(warp.size) + warp.field
    expected = ndimage.map_coordinates(warp.mask, places, order=0, mode="mirror")
    assert (warp.mask_after == expected).mean() > 0.99  # both round halves, each in its own way
    assert set(np.unique(warp.mask_after)) <= set(np.unique(warp.mask))


def test_outside_a_constant_border_the_mask_knows_nothing() -> None:
    warp = warped(border="constant")
    places = np.round(np.indices(warp.size) + warp.field)
    limits = np.array(warp.size)[:, None, None]
    outside = ((places < 0) | (places >= limits)).any(axis=0)
    assert outside.any()
    assert ((warp.mask_after == IGNORED) == outside).mean() > 0.99


def test_the_noise_that_is_shown_is_what_the_field_was_made_of() -> None:
    warp = warped(alpha=40, sigma_px=3, seed=5)
    blurred = ndimage.gaussian_filter(noise_of(warp.size, 5), (0, 3, 3), mode="reflect")
    np.testing.assert_allclose(warp.field, 40 * blurred, atol=0.1)


def test_no_strength_changes_nothing() -> None:
    result = built(alpha=0.0).result
    assert result["largest_displacement_px"] == 0
    assert result["mask_pixels_changed"] == 0
    assert result["folded_share"] == 0


def test_a_picture_folds_where_its_mirror_image_is_read() -> None:
    columns = np.arange(20, dtype=np.float32)[None].repeat(10, axis=0)
    mirrored = np.stack([np.zeros_like(columns), 19 - 2 * columns])
    assert folded_share(mirrored) == 1
    shifted = np.stack([np.full_like(columns, 3), np.full_like(columns, -2)])
    assert folded_share(shifted) == 0


def test_a_grid_of_three_by_three_makes_waves_of_the_right_height() -> None:
    fields = np.stack([coarse_field((60, 80), 10.0, seed) for seed in range(200)])
    assert fields.shape == (200, 2, 60, 80)
    assert fields[..., 30, 40].std() == pytest.approx(10, rel=0.15)


def test_a_shift_is_read_from_where_it_points(random: np.random.Generator) -> None:
    picture = smooth_picture(random)
    field = np.zeros((2, 96, 128), np.float32)
    field[1] = 5
    np.testing.assert_array_equal(moved(picture, field, "mirror")[:, :-5], picture[:, 5:])
    mask = picture[..., 0] // 64
    np.testing.assert_array_equal(moved_mask(mask, field, "mirror")[:, :-5], mask[:, 5:])


def on_tiles(step: Step) -> list[PictureMark]:
    shown = next(mark for mark in step.marks if isinstance(mark, Tiles))
    return [mark for tile in shown for mark in tile.marks]


def test_the_steps_show_arrows_a_bent_grid_and_one_value_with_its_four_pixels() -> None:
    steps = {step.title: step for step in built()}
    arrows = [m for m in on_tiles(steps["Where every pixel looks"]) if isinstance(m, ArrowsMark)]
    assert len(arrows[0].starts_xy) == len(arrows[0].ends_xy) > 50
    bent = [m for m in on_tiles(steps["A grid, bent"]) if isinstance(m, PolygonsMark)]
    assert len(bent[0].polygons) == 48
    step = steps["A value between four pixels"]
    table = next(mark for mark in step.marks if isinstance(mark, TableMark))
    assert sum(float(row[1]) for row in table.rows) == pytest.approx(1, abs=0.03)
    left, right = step.formula.replace(r"\cdot", "*").split("=")
    assert eval(left) == pytest.approx(float(right), abs=3)
