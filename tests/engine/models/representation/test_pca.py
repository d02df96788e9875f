import numpy as np
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from engine.models.representation.pca import Pca, PcaConfig


def pictures(random: np.random.Generator, count: int = 300) -> torch.Tensor:
    scales = np.concatenate([[4, 3, 2, 1.5, 1], np.full(59, 0.1)])
    turn = np.linalg.qr(random.normal(size=(64, 64)))[0]
    values = 0.5 + (random.normal(size=(count, 64)) * scales) @ turn
    return torch.from_numpy(values).float().view(count, 1, 8, 8)


def learned(images: torch.Tensor, batch: int, spare: int) -> Pca:
    model = Pca(PcaConfig(image_size=8, latent_dimensions=4, spare_directions=spare))
    for start in range(0, len(images), batch):
        model.learn(images[start : start + batch])
    return model


def test_learned_batch_by_batch_it_is_the_pca_of_scikit_learn(random: np.random.Generator) -> None:
    images = pictures(random)
    model = learned(images, batch=37, spare=60)
    oracle = PCA(4).fit(images.flatten(1).numpy())
    mean = model.mean.numpy()
    np.testing.assert_allclose(mean, oracle.mean_, atol=1e-5)
    directions = model.directions[:4].double().numpy()
    assert np.degrees(subspace_angles(directions.T, oracle.components_.T)).max() < 0.01
    # scikit-learn divides by N - 1.
    expected = np.sqrt(oracle.explained_variance_ * (len(images) - 1) / len(images))
    np.testing.assert_allclose(model.deviations.numpy(), expected, rtol=1e-4)
    again = oracle.inverse_transform(oracle.transform(images.flatten(1).numpy()))
    np.testing.assert_allclose(
        model(images).reconstruction.flatten(1).numpy(), again, rtol=1e-3, atol=1e-3
    )


def test_with_few_spare_directions_the_plane_is_still_within_a_degree(
    random: np.random.Generator,
) -> None:
    images = pictures(random)
    oracle = PCA(4).fit(images.flatten(1).numpy())
    directions = learned(images, batch=50, spare=12).directions[:4].double().numpy()
    assert np.degrees(subspace_angles(directions.T, oracle.components_.T)).max() < 1


def test_codes_of_the_pictures_it_learned_have_unit_spread(random: np.random.Generator) -> None:
    images = pictures(random)
    codes = learned(images, batch=100, spare=60).encode(images)
    torch.testing.assert_close(codes.mean(dim=0), torch.zeros(4), rtol=0, atol=1e-4)
    torch.testing.assert_close(codes.std(dim=0, correction=0), torch.ones(4), rtol=0, atol=1e-3)
