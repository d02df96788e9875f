from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from engine.api.errors import ConfigError, DatasetError, TaskCancelled
from engine.api.latent import DecodeLatents, EncodePictures
from engine.api.latent_pictures import CompareReconstructions
from engine.api.latent_space import EncodeData, ProjectLatents
from engine.api.tasks import Progress, TaskContext
from engine.data.datasets.opening import open_dataset
from engine.inference.latent_inputs import as_model_sees
from engine.inference.latent_models import open_latents
from engine.service import execute
from tests.engine.inference.latents import saved, some_codes

SILENT = TaskContext(lambda progress: None)
SMALL = {"latent_dimensions": 4, "base_channels": 4}


def drawn_digit() -> np.ndarray:
    """A dark stroke on a large white sheet, off the middle."""
    sheet = np.full((280, 280, 3), 255, np.uint8)
    sheet[40:160, 30:50] = 0
    return sheet


def test_a_drawn_digit_becomes_light_on_dark_centred_and_twenty_pixels_large(
    tmp_path: Path,
) -> None:
    loaded = open_latents(saved(tmp_path, "vae", **SMALL))
    seen = as_model_sees(drawn_digit(), loaded, None)[:, :, 0]
    assert seen.shape == (28, 28)
    rows, columns = np.nonzero(seen > 100)
    assert rows.max() - rows.min() + 1 == 20
    assert abs((rows.mean() + 0.5) - 14) <= 0.5
    assert abs((columns.mean() + 0.5) - 14) <= 0.5
    assert seen[0].max() == 0


def test_a_picture_that_is_a_digit_already_is_left_as_it_is(tmp_path: Path) -> None:
    loaded = open_latents(saved(tmp_path, "vae", **SMALL))
    digit = np.zeros((28, 28, 3), np.uint8)
    digit[2:9, 3:5] = 200
    np.testing.assert_array_equal(as_model_sees(digit, loaded, None)[:, :, 0], digit[:, :, 0])
    inverted = as_model_sees(digit, loaded, True)
    np.testing.assert_array_equal(inverted[:, :, 0], 255 - digit[:, :, 0])


def test_an_empty_sheet_is_an_empty_digit(tmp_path: Path) -> None:
    loaded = open_latents(saved(tmp_path, "vae", **SMALL))
    assert not as_model_sees(np.full((50, 50, 3), 255, np.uint8), loaded, None).any()


def test_an_encoder_answers_the_mean_and_what_the_decoder_makes_of_it(
    tmp_path: Path, random: np.random.Generator
) -> None:
    source = saved(tmp_path, "vae", **SMALL)
    pictures = tuple(random.integers(0, 255, (2, 28, 28, 3), np.uint8))
    found = execute(EncodePictures(source, pictures, is_inverted=False), SILENT)
    images = torch.from_numpy(found.inputs[..., :1]).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        posterior = open_latents(source).model.posterior(images)
    np.testing.assert_allclose(found.latents, posterior.mean, atol=1e-5)
    np.testing.assert_allclose(found.log_variances, posterior.log_variance, atol=1e-5)
    decoded = execute(DecodeLatents(source, found.latents), SILENT)
    np.testing.assert_array_equal(found.reconstructions, decoded.pixels)
    rebuilt = decoded.pixels[..., 0].astype(float) / 255
    expected = ((rebuilt - found.inputs[..., 0] / 255) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(found.errors, expected, rtol=0.02)


def test_without_an_encoder_the_code_of_a_made_picture_is_found_by_search(tmp_path: Path) -> None:
    source = saved(tmp_path, "gan", latent_dimensions=2, image_size=8, hidden_units=16)
    hidden = np.array([[0.8, -1.1]], np.float32)
    picture = execute(DecodeLatents(source, hidden), SILENT).pixels[0]
    reports: list[Progress] = []
    context = TaskContext(reports.append, interval_s=0)
    found = execute(EncodePictures(source, (picture,), is_inverted=False), context)
    assert found.errors[0] < 1e-4
    assert reports[-1].fraction == 1
    assert "Searching" in reports[-1].stage
    again = execute(EncodePictures(source, (picture,), is_inverted=False), SILENT)
    np.testing.assert_array_equal(found.latents, again.latents)


def test_a_search_can_be_cancelled_and_leaves_no_gradients_behind(tmp_path: Path) -> None:
    source = saved(tmp_path, "gan", latent_dimensions=2, image_size=8, hidden_units=16)

    def stop(progress: Progress) -> None:
        context.cancel()

    context = TaskContext(stop, interval_s=0)
    with pytest.raises(TaskCancelled):
        execute(EncodePictures(source, (np.zeros((8, 8, 3), np.uint8),)), context)
    assert all(p.grad is None for p in open_latents(source).model.parameters())


def test_something_that_is_no_picture_is_named(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", **SMALL)
    with pytest.raises(ConfigError, match="height, width, 3"):
        execute(EncodePictures(source, (np.zeros((5, 5), np.uint8),)), SILENT)
    with pytest.raises(ConfigError, match="0 pictures"):
        execute(EncodePictures(source, ()), SILENT)


def test_stored_codes_become_a_cloud_with_its_principal_directions(tmp_path: Path) -> None:
    codes = some_codes(4, has_posterior=True)
    source = saved(tmp_path, "vae", codes, **SMALL)
    cloud = execute(EncodeData(source), SILENT)
    np.testing.assert_allclose(cloud.latents, codes.latents.half().float())
    assert cloud.classes == ("a", "b", "c")
    assert cloud.thumbnails is None
    oracle = PCA().fit(cloud.latents)
    overlap = np.abs((oracle.components_ * cloud.components).sum(axis=1))
    np.testing.assert_allclose(overlap, 1, atol=1e-4)
    deviation = oracle.singular_values_ / np.sqrt(len(cloud.latents))
    np.testing.assert_allclose(cloud.deviations, deviation, rtol=1e-4)
    assert cloud.kl is not None
    expected = 0.5 * (np.exp(-2) + cloud.latents.astype(float) ** 2 - 1 + 2).mean(axis=0)
    np.testing.assert_allclose(cloud.kl, expected, rtol=1e-4)
    assert cloud.is_active is not None
    assert cloud.is_active.all()
    assert len(execute(EncodeData(source, limit=7), SILENT).latents) == 7


def test_a_data_set_is_encoded_with_its_pictures(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", latent_dimensions=2, base_channels=4, image_size=8)
    cloud = execute(EncodeData(source, "digits", limit=20), SILENT)
    assert cloud.thumbnails is not None
    assert cloud.thumbnails.shape == (20, 8, 8, 3)
    found = execute(EncodePictures(source, tuple(cloud.thumbnails), is_inverted=False), SILENT)
    np.testing.assert_allclose(cloud.latents, found.latents, atol=1e-4)
    held_out = open_dataset("digits", None, "classification")
    assert cloud.class_indices[0] == held_out[0].class_index  # type: ignore[union-attr]


def test_without_codes_and_without_data_the_cure_is_named(tmp_path: Path) -> None:
    source = saved(tmp_path, "vae", **SMALL)
    with pytest.raises(DatasetError, match="choose a data set"):
        execute(EncodeData(source), SILENT)


def test_a_generator_alone_has_a_cloud_of_its_prior(tmp_path: Path) -> None:
    source = saved(tmp_path, "conditional-gan", base_channels=4, image_size=8)
    cloud = execute(EncodeData(source, limit=30), SILENT)
    assert cloud.latents.shape == (30, 64)
    assert "no encoder" in cloud.about
    assert cloud.class_indices[:11].tolist() == [*range(10), 0]


@pytest.mark.parametrize("method", ["axes", "pca"])
def test_places_on_a_plane_lead_back_to_the_codes(method: str) -> None:
    codes = some_codes(4).latents.numpy()
    found = execute(ProjectLatents(codes, method, (1, 0)), SILENT)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.place_of(codes), found.positions, atol=1e-5)
    for code, place in zip(codes[:5], found.positions[:5], strict=True):
        np.testing.assert_allclose(found.code_at(*place, code), code, atol=1e-5)
    moved = found.code_at(*(found.positions[0] + [1, 0]), codes[0])
    np.testing.assert_allclose(moved - codes[0], found.directions[0], atol=1e-5)
    if method == "axes":
        np.testing.assert_allclose(found.positions, codes[:, [1, 0]], atol=1e-6)


def test_t_sne_keeps_classes_together_and_knows_its_points() -> None:
    codes = some_codes(4)
    found = execute(ProjectLatents(codes.latents.numpy(), "t-sne"), SILENT)
    centres = [found.positions[codes.class_indices == c].mean(axis=0) for c in range(3)]
    for c in range(3):
        own = found.positions[codes.class_indices == c] - centres[c]
        others = min(np.linalg.norm(centres[c] - centres[d]) for d in range(3) if d != c)
        assert np.linalg.norm(own, axis=1).mean() < others / 2
    code = found.code_at(*found.positions[3], codes.latents[0].numpy())
    np.testing.assert_allclose(code, codes.latents[3], atol=1e-3)
    np.testing.assert_allclose(
        found.place_of(codes.latents[3:4].numpy())[0], found.positions[3], atol=1e-2
    )


def test_t_sne_places_the_codes_where_scikit_learn_does() -> None:
    codes = some_codes(4).latents.numpy()
    found = execute(ProjectLatents(codes, "t-sne", seed=3), SILENT)
    perplexity = (len(codes) - 1) / 3
    with threadpool_limits(1, "openmp"):
        oracle = TSNE(perplexity=perplexity, random_state=3, init="pca").fit_transform(codes)
    np.testing.assert_allclose(found.positions, oracle, rtol=1e-4, atol=1e-4)


def test_t_sne_that_is_cancelled_ends_and_computes_no_further() -> None:
    begun: list[psutil.Process] = []

    def stop(progress: Progress) -> None:
        context.cancel()

    class Watched(TaskContext):
        def raise_if_cancelled(self) -> None:
            found = psutil.Process().children()
            begun.extend(one for one in found if "engine.inference.t_sne" in one.cmdline())
            super().raise_if_cancelled()

    context = Watched(stop)
    latents = np.random.default_rng(0).normal(size=(2000, 10)).astype(np.float32)
    with pytest.raises(TaskCancelled):
        execute(ProjectLatents(latents, "t-sne"), context)
    assert begun
    assert not any(child.is_running() for child in begun)


def test_axes_that_are_not_there_are_named() -> None:
    with pytest.raises(ConfigError, match="from 1 to 4"):
        execute(ProjectLatents(some_codes(4).latents.numpy(), "axes", (0, 4)), SILENT)


def test_the_same_pictures_go_through_several_models(tmp_path: Path) -> None:
    one = saved(tmp_path, "autoencoder", latent_dimensions=2, base_channels=4, image_size=8)
    two = saved(tmp_path, "vae", latent_dimensions=5, base_channels=4, image_size=8)
    found = execute(CompareReconstructions((one, two), "digits", count=6), SILENT)
    assert found.originals.shape == (6, 8, 8, 3)
    assert [row.shape for row in found.rows] == [(6, 8, 8, 3)] * 2
    assert found.names == ("autoencoder, 2 axes", "vae, 5 axes")
    difference = (found.rows[1] / 255 - found.originals / 255) ** 2
    assert found.errors[1] == pytest.approx(difference.mean(), rel=0.02)


def test_models_of_different_sizes_cannot_be_compared(tmp_path: Path) -> None:
    one = saved(tmp_path, "autoencoder", latent_dimensions=2, base_channels=4, image_size=8)
    two = saved(tmp_path, "vae", base_channels=4, image_size=16)
    with pytest.raises(ConfigError, match="different sizes"):
        execute(CompareReconstructions((one, two), "digits"), SILENT)
