from pathlib import Path

import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.api.latent import DecodeLatents
from engine.api.latent_pictures import FindNearest, SampleLatents
from engine.api.tasks import TaskContext
from engine.data.datasets.opening import open_dataset
from engine.service import execute
from tests.engine.inference.latents import saved, some_codes

SILENT = TaskContext(lambda progress: None)
SMALL = {"base_channels": 4, "image_size": 8}


def test_samples_are_pictures_of_their_codes_and_repeat_by_seed(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", latent_dimensions=2, **SMALL)
    one, two, other = (execute(SampleLatents(source, 12, seed=seed), SILENT) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert not np.array_equal(one.latents, other.latents)
    decoded = execute(DecodeLatents(source, one.latents), SILENT)
    np.testing.assert_array_equal(one.pixels, decoded.pixels)
    assert one.class_indices is None
    assert one.called is None


def test_truncation_pulls_codes_towards_the_centre(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", latent_dimensions=2, **SMALL)
    full, half = (execute(SampleLatents(source, 9, truncation=t), SILENT) for t in (1.0, 0.5))
    np.testing.assert_allclose(half.latents, full.latents / 2, atol=1e-6)


def test_classes_come_in_turn_or_as_asked(tmp_path: Path) -> None:
    source = saved(tmp_path, "conditional-gan", **SMALL)
    assert execute(SampleLatents(source, 12), SILENT).class_indices.tolist()[-2:] == [0, 1]
    sevens = execute(SampleLatents(source, 4, class_index=7), SILENT)
    assert sevens.class_indices.tolist() == [7] * 4
    with pytest.raises(ConfigError, match="0 to 9"):
        execute(SampleLatents(source, 4, class_index=10), SILENT)


def test_a_model_that_is_told_no_class_says_so(tmp_path: Path) -> None:
    source = saved(tmp_path, "dcgan", **SMALL)
    with pytest.raises(ConfigError, match="conditioned on no class"):
        execute(SampleLatents(source, 4, class_index=0), SILENT)


def test_a_fitted_gaussian_has_the_mean_and_covariance_of_the_cloud(tmp_path: Path) -> None:
    source = saved(tmp_path, "autoencoder", latent_dimensions=3, **SMALL)
    cloud = some_codes(3).latents.numpy()
    drawn = execute(SampleLatents(source, 5000, sampling="gaussian", cloud=cloud), SILENT).latents
    np.testing.assert_allclose(drawn.mean(axis=0), cloud.mean(axis=0), atol=0.2)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(cloud.T), atol=0.6)


def test_a_fitted_mixture_stays_near_the_classes(tmp_path: Path) -> None:
    source = saved(tmp_path, "autoencoder", latent_dimensions=3, **SMALL)
    codes = some_codes(3)
    cloud = codes.latents.numpy()
    request = SampleLatents(source, 300, sampling="mixture", cloud=cloud, components=3)
    drawn = execute(request, SILENT).latents
    centres = np.stack([cloud[codes.class_indices == c].mean(axis=0) for c in range(3)])
    distances = np.linalg.norm(drawn[:, None] - centres, axis=2).min(axis=1)
    assert np.quantile(distances, 0.99) < 1.5


def test_an_autoencoder_has_nothing_to_draw_from_but_a_fit(tmp_path: Path) -> None:
    source = saved(tmp_path, "autoencoder", latent_dimensions=3, **SMALL)
    with pytest.raises(ConfigError, match="choose a Gaussian"):
        execute(SampleLatents(source), SILENT)
    with pytest.raises(ConfigError, match="encode a data set"):
        execute(SampleLatents(source, sampling="gaussian"), SILENT)


def test_the_nearest_training_picture_of_one_is_itself(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", **SMALL)
    data = open_dataset("digits", "train", "pictures")
    pictures = np.stack([np.repeat(data[index].pixels, 3, axis=2) for index in (5, 700)])
    found = execute(FindNearest(source, pictures, "digits"), SILENT)
    assert found.indices.tolist() == [5, 700]
    np.testing.assert_array_equal(found.pixels, pictures)
    np.testing.assert_allclose(found.errors, 0, atol=1e-5)
