"""Against scikit-learn's PCA and scipy's principal angles."""

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from engine.api.tasks import TaskContext
from engine.traces.linear_autoencoder_is_pca import (
    LinearAutoencoderConfig,
    learn,
    principal_angles,
)
from engine.traces.small_models import digits
from tests.engine.traces.trace_checks import traced


@pytest.mark.parametrize("components", [1, 3, 8])
def test_gradient_descent_ends_in_the_plane_of_pca(components: int) -> None:
    values = digits()[0].reshape(-1, 64).astype(np.float64)
    centred = values - values.mean(axis=0)
    config = LinearAutoencoderConfig(components=components)
    last = learn(centred.T @ centred / len(values), config, TaskContext(lambda _: None))[-1]
    pca = PCA(components).fit(values)
    assert np.degrees(subspace_angles(last.decoder, pca.components_.T)).max() < 1
    # On pictures, not as matrices: where pixels never vary nothing teaches the encoder.
    by_network = pca.mean_ + centred @ last.encoder.T @ last.decoder.T
    assert np.allclose(by_network, pca.inverse_transform(pca.transform(values)), atol=1e-4)


def test_the_numbers_are_those_of_pca() -> None:
    values = digits()[0].reshape(-1, 64).astype(np.float64)
    result = traced("linear-autoencoder-is-pca").result
    pca = PCA(3).fit(values)
    missing = values - pca.inverse_transform(pca.transform(values))
    assert result["pca_loss"] == pytest.approx(np.square(missing).sum(axis=1).mean())
    assert result["loss"] == pytest.approx(result["pca_loss"], rel=1e-4)
    assert max(result["angles_degrees"]) < 1


def test_the_first_update_goes_against_the_gradient_of_the_pictures(
    random: np.random.Generator,
) -> None:
    values = random.normal(size=(50, 6)) * np.arange(1, 7)
    values -= values.mean(axis=0)
    config = LinearAutoencoderConfig(components=2, steps=100, learning_rate=0.001)
    moments = learn(values.T @ values / 50, config, TaskContext(lambda _: None))
    encoder = torch.tensor(moments[0].encoder, requires_grad=True)
    decoder = torch.tensor(moments[0].decoder, requires_grad=True)
    pictures = torch.tensor(values)
    loss = (pictures - pictures @ encoder.T @ decoder.T).square().sum(dim=1).mean()
    loss.backward()
    assert moments[0].loss == pytest.approx(loss.item())
    # The first step of Adam is the rate in every weight, against the sign of the slope.
    moved = moments[1].encoder - moments[0].encoder
    assert moments[1].update == 1
    assert np.allclose(moved, -0.001 * np.sign(encoder.grad.numpy()), rtol=1e-4)


def test_angles_are_those_of_scipy_near_and_far(random: np.random.Generator) -> None:
    first = random.normal(size=(20, 4))
    for second in (random.normal(size=(20, 4)), first + 1e-7 * random.normal(size=(20, 4))):
        expected = np.sort(np.degrees(subspace_angles(first, second)))
        assert np.allclose(principal_angles(first, second), expected, rtol=1e-4, atol=1e-12)
