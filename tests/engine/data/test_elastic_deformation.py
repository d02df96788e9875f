import numpy as np
import pytest
from scipy import ndimage

from engine.api.errors import ConfigError
from engine.data.elastic_deformation import deform, displacement_field, sample

SIZE = (37, 52)


@pytest.fixture
def field(random: np.random.Generator) -> np.ndarray:
    # Far enough to reach over every border.
    return random.uniform(-9, 9, (2, *SIZE))


def oracle(values: np.ndarray, field: np.ndarray, order: int, mode: str) -> np.ndarray:
    return ndimage.map_coordinates(
        values, np.indices(SIZE) + field, order=order, mode=mode, cval=0.3
    )


@pytest.mark.parametrize(("border", "mode"), [("mirror", "mirror"), ("constant", "grid-constant")])
def test_deformed_values_agree_with_scipy(
    border: str, mode: str, field: np.ndarray, random: np.random.Generator
) -> None:
    values = random.random(SIZE)
    moved = deform(values, field, border=border, fill=0.3)  # type: ignore[arg-type]
    np.testing.assert_allclose(moved, oracle(values, field, 1, mode), atol=1e-5)


def test_single_precision_agrees_with_scipy_within_a_level_of_a_byte(
    field: np.ndarray, random: np.random.Generator
) -> None:
    values = random.random(SIZE).astype(np.float32)
    moved = deform(values, field.astype(np.float32))
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, oracle(values, field, 1, "mirror"), atol=1e-4)


def test_pictures_of_bytes_agree_with_scipy_to_a_32nd_of_a_pixel(
    field: np.ndarray, random: np.random.Generator
) -> None:
    smooth = ndimage.gaussian_filter(random.random((*SIZE, 3)), (2, 2, 0))
    picture = np.uint8(255 * (smooth - smooth.min()) / np.ptp(smooth))
    moved = deform(picture, field.astype(np.float32))
    steepest = max(np.abs(np.diff(picture.astype(int), axis=axis)).max() for axis in (0, 1))
    for channel in range(3):
        expected = oracle(picture[..., channel].astype(float), field, 1, "mirror")
        assert np.abs(moved[..., channel] - expected).max() <= 1 + 2 * steepest / 64


def test_a_mask_agrees_with_scipys_nearest_and_keeps_its_labels(
    field: np.ndarray, random: np.random.Generator
) -> None:
    mask = random.choice(np.array([0, 3, 7, 255], np.uint8), SIZE)
    moved = deform(mask, field.astype(np.float32), "nearest")
    assert set(np.unique(moved)) <= {0, 3, 7, 255}
    expected = oracle(mask, field, 0, "mirror")
    assert (moved == expected).mean() > 0.99  # both round halves, each in its own way


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("how", ["bilinear", "nearest"])
def test_a_zero_field_changes_nothing(how: str, dtype: type, random: np.random.Generator) -> None:
    values = (random.random((*SIZE, 3)) * 255).astype(dtype)
    moved = deform(values, np.zeros((2, *SIZE), np.float32), how)  # type: ignore[arg-type]
    # A place in single precision is off by a few millionths of the width.
    np.testing.assert_allclose(moved, values, atol=5e-3 if dtype is np.float32 else 1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_a_constant_field_is_a_translation(dtype: type, random: np.random.Generator) -> None:
    values = (random.random(SIZE) * 255).astype(dtype)
    field = np.empty((2, *SIZE), np.float32)
    field[0], field[1] = 4, -7
    moved = deform(values, field)
    np.testing.assert_allclose(moved[:-4, 7:], values[4:, :-7], atol=1e-3)


def test_picture_and_mask_move_together() -> None:
    picture = np.zeros((64, 64), np.float64)
    picture[20:44, 20:44] = 1
    field = displacement_field((64, 64), 60, 4, np.random.default_rng(1))
    moved = deform(picture, field)
    mask = deform(picture.astype(np.uint8), field, "nearest")
    assert not np.array_equal(mask, picture)
    inner = ndimage.binary_erosion(mask == 1, iterations=2)
    outer = ndimage.binary_erosion(mask == 0, iterations=2)
    assert moved[inner].min() > 0.99
    assert moved[outer].max() < 0.01


def test_a_field_has_the_spread_that_its_strength_and_smoothness_say() -> None:
    field = displacement_field((400, 400), 34, 4, np.random.default_rng(0))
    # Uniform noise has deviation 1 / sqrt 3; a Gaussian leaves 1 / (2 sigma sqrt pi) of it.
    expected = 34 / np.sqrt(3) / (2 * 4 * np.sqrt(np.pi))
    assert field.shape == (2, 400, 400)
    assert field.std() == pytest.approx(expected, rel=0.05)
    assert abs(np.corrcoef(field[0].ravel(), field[1].ravel())[0, 1]) < 0.1
    neighbours = np.corrcoef(field[0][:, :-4].ravel(), field[0][:, 4:].ravel())[0, 1]
    assert neighbours == pytest.approx(np.exp(-(4**2) / (4 * 4**2)), abs=0.05)


def test_no_strength_is_a_zero_field() -> None:
    assert not displacement_field((8, 9), 0, 4, np.random.default_rng(0)).any()


@pytest.mark.parametrize(("alpha", "sigma"), [(-1, 4), (1, 0), (float("nan"), 4)])
def test_a_strength_below_zero_or_no_smoothness_is_refused(alpha: float, sigma: float) -> None:
    with pytest.raises(ConfigError, match="alpha must be 0 or more, sigma above 0"):
        displacement_field((8, 8), alpha, sigma, np.random.default_rng(0))


def test_values_are_read_at_any_places() -> None:
    ramp = np.add.outer(10 * np.arange(5.0), np.arange(6.0))
    places = np.array([[1.5, 2.0], [0.25, 4.0]])[:, None]
    np.testing.assert_allclose(sample(ramp, places), [[15.25, 24.0]], atol=1e-12)
