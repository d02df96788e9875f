import numpy as np
import pytest

from engine.metrics.energy_distance import energy_distance
from engine.metrics.factor_vae_score import factor_vae_score, quietest_axis
from engine.metrics.mutual_information_gap import mutual_information_gap

FACTORS = 3
VALUES = 8


def drawn(random: np.random.Generator, count: int = 6000) -> np.ndarray:
    return random.integers(VALUES, size=(count, FACTORS))


def turned(codes: np.ndarray) -> np.ndarray:
    """Mixes each pair of axes half and half, so that none says one thing alone."""
    half = np.sqrt(0.5)
    first, second = codes[:, :2].T
    return np.stack([half * (first + second), half * (first - second)], axis=1)


def test_factors_as_axes_in_any_order_and_scale_have_the_full_gap(
    random: np.random.Generator,
) -> None:
    factors = drawn(random)
    codes = factors[:, [2, 0, 1]] * np.array([0.1, -5.0, 2.0])
    assert mutual_information_gap(codes, factors) == pytest.approx(1, abs=0.02)


def test_axes_that_share_what_they_know_have_no_gap(random: np.random.Generator) -> None:
    factors = drawn(random)
    assert mutual_information_gap(turned(factors.astype(float)), factors[:, :2]) < 0.05


def groups_of(random: np.random.Generator, groups: int = 400) -> tuple[np.ndarray, np.ndarray]:
    held = random.integers(FACTORS, size=groups)
    drawn_groups = drawn(random, groups * 32).reshape(groups, 32, FACTORS)
    rows = np.arange(groups)
    drawn_groups[rows, :, held] = drawn_groups[rows, 0, held][:, None]
    return drawn_groups, held


def test_the_vote_of_quiet_axes_is_perfect_for_factors_as_axes(
    random: np.random.Generator,
) -> None:
    groups, held = groups_of(random)
    codes = groups[:, :, [1, 2, 0]] * np.array([0.5, 10.0, 3.0])
    deviations = codes.reshape(-1, FACTORS).std(axis=0)
    axes = quietest_axis(codes, deviations)
    assert factor_vae_score(axes, held, 200, FACTORS) == 1


def test_axes_of_noise_are_no_better_than_guessing(random: np.random.Generator) -> None:
    groups, held = groups_of(random)
    codes = random.normal(size=groups.shape)
    axes = quietest_axis(codes, codes.reshape(-1, FACTORS).std(axis=0))
    assert factor_vae_score(axes, held, 200, FACTORS) < 1 / FACTORS + 0.12


def test_an_axis_that_never_moves_has_no_vote(random: np.random.Generator) -> None:
    groups, _ = groups_of(random)
    still = np.full((*groups.shape[:2], 1), 0.3)
    codes = np.concatenate([still, groups], axis=2)
    axes = quietest_axis(codes, codes.reshape(-1, FACTORS + 1).std(axis=0))
    assert 0 not in axes


def test_energy_distance_grows_with_a_shift_and_is_near_zero_without(
    random: np.random.Generator,
) -> None:
    a, b = random.normal(size=(2, 500, 2))
    distances = [energy_distance(a, b + shift) for shift in (0, 1, 3)]
    assert distances[0] < 0.05
    assert distances == sorted(distances)
