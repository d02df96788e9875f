"""Errors against scikit-image, and what noise does to a picture."""

from functools import partial

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from engine.traces.denoising import DenoisingConfig, correlation, signal_to_noise, spoil
from tests.engine.traces.trace_checks import traced

trace = partial(traced, "denoising")


@pytest.mark.parametrize("picture", [0, 1, 2])
def test_the_error_falls_by_far(picture: int) -> None:
    result = trace(DenoisingConfig(picture=picture)).result
    assert result["error_after"] < result["error_before"] / 4
    assert result["passes"][0] == result["error_after"]
    assert len(result["passes"]) == 4


def test_noise_of_deviation_one_half_has_an_error_of_one_quarter() -> None:
    result = trace(DenoisingConfig(seed=3)).result
    assert result["error_before"] == pytest.approx(0.25, rel=0.15)


def test_a_small_network_denoises_too() -> None:
    result = trace(DenoisingConfig(weights="small")).result
    assert result["error_after"] < result["error_before"] / 2


def test_masked_pixels_are_black_and_others_untouched(random: np.random.Generator) -> None:
    clean = random.uniform(0.2, 0.8, (40, 40))
    spoilt = spoil(clean, "masking", 0.3, 2, seed=0)
    is_gone = spoilt == 0
    assert is_gone.mean() == pytest.approx(0.3, abs=0.05)
    assert np.array_equal(spoilt[~is_gone], np.stack([clean] * 2)[~is_gone])
    assert not np.array_equal(is_gone[0], is_gone[1])


def test_salt_and_pepper_come_in_equal_shares(random: np.random.Generator) -> None:
    clean = random.uniform(0.2, 0.8, (80, 80))
    spoilt = spoil(clean, "salt-and-pepper", 0.4, 1, seed=0)
    assert (spoilt == 0).mean() == pytest.approx(0.2, abs=0.03)
    assert (spoilt == 1).mean() == pytest.approx(0.2, abs=0.03)


def test_no_noise_leaves_the_picture_alone(random: np.random.Generator) -> None:
    clean = random.uniform(0.2, 0.8, (8, 8))
    for kind in ("gaussian", "masking", "salt-and-pepper"):
        assert np.array_equal(spoil(clean, kind, 0.0, 1, seed=0)[0], clean)
    assert "nan" not in str(trace(DenoisingConfig(amount=0.0)).result)


def test_the_signal_to_noise_ratio_is_that_of_scikit_image(random: np.random.Generator) -> None:
    first, second = random.uniform(0, 1, (2, 8, 8))
    expected = peak_signal_noise_ratio(first, second, data_range=1.0)
    assert signal_to_noise(np.square(first - second).mean()) == pytest.approx(expected)


def test_what_does_not_vary_has_no_correlation() -> None:
    assert correlation(np.zeros((3, 3)), np.eye(3)) == 0
    assert correlation(np.eye(3), 2 * np.eye(3)) == pytest.approx(1)
