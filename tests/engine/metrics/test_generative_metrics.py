import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from engine.metrics.frechet_distance import FeatureMoments, frechet_distance
from engine.metrics.kernel_distance import kernel_distance


def moments(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    found = FeatureMoments(features.shape[1])
    for part in features.split(37):
        found.add(part)
    return found.totalled(lambda tensor: tensor)


def features(seed: int, count: int = 500, width: int = 6) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(width, width, generator=generator)
    return torch.randn(count, width, generator=generator) @ mixing


def test_moments_added_batch_by_batch_are_mean_and_covariance() -> None:
    values = features(0)
    mean, covariance = moments(values)
    np.testing.assert_allclose(mean, values.double().mean(dim=0), atol=1e-10)
    np.testing.assert_allclose(covariance, np.cov(values.double().numpy().T), atol=1e-6)


def test_the_distance_is_that_of_the_formula_with_scipys_matrix_root() -> None:
    (m1, s1), (m2, s2) = one, two = moments(features(1)), moments(features(2) + 0.5)
    root = sqrtm(s1.numpy() @ s2.numpy()).real
    expected = ((m1 - m2) ** 2).sum().item() + np.trace(s1.numpy() + s2.numpy() - 2 * root)
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-6)


def test_equal_sets_are_at_distance_zero_and_a_shift_counts_its_square() -> None:
    values = features(3).double()
    shift = torch.tensor([1.0, 0, 2, 0, 0, -1])
    assert frechet_distance(moments(values), moments(values)) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(moments(values), moments(values + shift)) == pytest.approx(6, rel=1e-6)


def test_fewer_pictures_than_features_still_give_a_number() -> None:
    few = features(4, count=4, width=10)
    assert frechet_distance(moments(few), moments(few)) == pytest.approx(0, abs=1e-5)


def test_kernel_distance_is_the_mean_over_pairs_and_unbiased() -> None:
    one, two = features(5, count=6, width=3).double(), features(6, count=5, width=3).double()

    def mean(a: torch.Tensor, b: torch.Tensor, skips_same: bool) -> float:
        pairs = [
            ((x @ y / 3 + 1) ** 3).item()
            for i, x in enumerate(a)
            for j, y in enumerate(b)
            if not (skips_same and i == j)
        ]
        return float(np.mean(pairs))

    expected = mean(one, one, True) + mean(two, two, True) - 2 * mean(one, two, False)
    assert kernel_distance(one, two) == pytest.approx(expected)
    trials = [kernel_distance(*torch.randn(2, 50, 4).double()) for _ in range(200)]
    assert abs(np.mean(trials)) < 3 * np.std(trials) / np.sqrt(len(trials))
    assert min(trials) < 0
