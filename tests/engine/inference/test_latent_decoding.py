import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm

from engine.api.errors import ConfigError, TaskCancelled
from engine.api.latent import DecodeLatents, LatentSource, OpenLatents
from engine.api.latent_pictures import Interpolate
from engine.api.latent_space import DrawManifold, TraverseLatents
from engine.api.tasks import TaskContext
from engine.inference.latent_decoding import places, walk
from engine.inference.latent_models import open_latents
from engine.service import execute
from tests.engine.inference.latents import saved

SILENT = TaskContext(lambda progress: None)


@pytest.fixture
def vae(tmp_path: Path) -> LatentSource:
    return saved(tmp_path, "vae", latent_dimensions=3, base_channels=4, image_size=8)


def codes(random: np.random.Generator, count: int, length: int = 3) -> np.ndarray:
    return random.normal(size=(count, length)).astype(np.float32)


def test_facts_say_what_the_model_is(vae: LatentSource) -> None:
    facts = execute(OpenLatents(vae), SILENT)
    assert (facts.latent_dimensions, facts.size, facts.channels) == (3, (8, 8), 1)
    assert (facts.has_encoder, facts.has_posterior, facts.has_stored_codes) == (True, True, False)
    assert (facts.prior, facts.classes, facts.data_key) == ("gaussian", (), "digits")
    assert facts.metric == "MSE 0.5 (validation split, 3 pictures)"


def test_pictures_are_those_of_the_model_in_rgb(
    vae: LatentSource, random: np.random.Generator
) -> None:
    latents = codes(random, 5)
    answer = execute(DecodeLatents(vae, latents), SILENT)
    with torch.no_grad():
        images = open_latents(vae).model.decode(torch.from_numpy(latents))
    expected = (images.clamp(0, 1) * 255).round().byte().numpy()[:, 0]
    for channel in range(3):
        np.testing.assert_array_equal(answer.pixels[..., channel], expected)
    assert answer.milliseconds > 0


def test_a_sheet_holds_the_pictures_row_by_row(
    vae: LatentSource, random: np.random.Generator
) -> None:
    latents = codes(random, 5)
    single = execute(DecodeLatents(vae, latents), SILENT).pixels
    sheet = execute(DecodeLatents(vae, latents, columns=3), SILENT).pixels[0]
    assert sheet.shape == (16, 24, 3)
    np.testing.assert_array_equal(sheet[8:16, 8:16], single[4])
    assert not sheet[8:16, 16:].any()


@pytest.mark.parametrize(
    ("latents", "message"),
    [
        (np.zeros((2, 4), np.float32), r"takes \(N, 3\)"),
        (np.full((1, 3), np.nan, np.float32), "no numbers"),
    ],
)
def test_codes_that_do_not_fit_are_named(
    vae: LatentSource, latents: np.ndarray, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        execute(DecodeLatents(vae, latents), SILENT)


def test_a_model_without_a_latent_space_is_refused() -> None:
    with pytest.raises(ConfigError, match="no latent space"):
        execute(OpenLatents(LatentSource("classifier-small")), SILENT)


def test_a_cancelled_decoding_stops(vae: LatentSource) -> None:
    context = TaskContext(lambda progress: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        execute(DecodeLatents(vae, np.zeros((1, 3), np.float32)), context)


def test_places_of_the_manifold_share_the_gaussian_evenly() -> None:
    found = places(20, 3.0, is_inverse_cdf=True)
    np.testing.assert_allclose(norm.cdf(found), (np.arange(20) + 0.5) / 20, atol=1e-6)
    np.testing.assert_allclose(places(5, 2.0, is_inverse_cdf=False), [-2, -1, 0, 1, 2])


def test_the_manifold_goes_right_along_the_first_direction_and_down_the_second(
    vae: LatentSource,
) -> None:
    base = np.array([0.5, -0.5, 1.0], np.float32)
    directions = np.array([[1, 0, 0], [0, 0, 2]], np.float32)
    answer = execute(
        DrawManifold(vae, base, directions, count=4, is_inverse_cdf=False, reach=3), SILENT
    )
    grid = answer.latents.reshape(4, 4, 3)
    np.testing.assert_allclose(grid[1, :, 0], 0.5 + np.array([-3, -1, 1, 3]))
    np.testing.assert_allclose(grid[:, 2, 2], 1 + 2 * np.array([-3, -1, 1, 3]))
    np.testing.assert_allclose(grid[..., 1], -0.5)
    expected = execute(DecodeLatents(vae, grid[2:3, 1]), SILENT).pixels[0]
    np.testing.assert_allclose(answer.pixels[0][16:24, 8:16].astype(int), expected, atol=1)


def test_a_traversal_has_a_row_a_direction(vae: LatentSource) -> None:
    answer = execute(
        TraverseLatents(vae, np.ones(3, np.float32), np.eye(3, dtype=np.float32)[:2], 5, 2.0),
        SILENT,
    )
    rows = answer.latents.reshape(2, 5, 3)
    np.testing.assert_allclose(rows[1, :, 1], 1 + np.linspace(-2, 2, 5))
    np.testing.assert_allclose(rows[1, :, 0], 1)
    assert answer.pixels.shape == (1, 16, 40, 3)


def test_slerp_keeps_the_length_and_turns_evenly(random: np.random.Generator) -> None:
    ends = codes(random, 2, 100)
    ends *= 10 / np.linalg.norm(ends, axis=1, keepdims=True)
    path = walk(ends, 8, "slerp")
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 10, rtol=1e-5)
    angles = [math.acos(min(1, float(a @ b) / 100)) for a, b in pairwise(path)]
    np.testing.assert_allclose(angles, angles[0], rtol=1e-3)


def test_lerp_between_far_codes_passes_through_short_ones(random: np.random.Generator) -> None:
    ends = codes(random, 2, 100)
    ends *= 10 / np.linalg.norm(ends, axis=1, keepdims=True)
    middle = walk(ends, 8, "lerp")[4]
    np.testing.assert_allclose(middle, ends.mean(axis=0), rtol=1e-5)
    assert np.linalg.norm(middle) < 9


@pytest.mark.parametrize("second", [[2.0, 0, 0], [-1.0, 0, 0], [0.0, 0, 0], [1.0, 0, 0]])
def test_slerp_in_one_line_is_straight(second: list[float]) -> None:
    ends = np.array([[1, 0, 0], second], np.float32)
    np.testing.assert_allclose(walk(ends, 4, "slerp"), walk(ends, 4, "lerp"), atol=1e-6)


def test_a_walk_meets_its_keyframes_and_a_closed_one_returns(
    vae: LatentSource, random: np.random.Generator
) -> None:
    keyframes = codes(random, 3)
    path = execute(Interpolate(vae, keyframes, frames=4), SILENT)
    np.testing.assert_allclose(path.latents[[0, 4, 8]], keyframes, atol=1e-5)
    assert path.pixels.shape == (9, 8, 8, 3)
    closed = execute(Interpolate(vae, keyframes, frames=4, is_closed=True), SILENT)
    np.testing.assert_allclose(closed.latents[[0, 12]], keyframes[[0, 0]], atol=1e-5)
    np.testing.assert_allclose(closed.lengths, np.linalg.norm(closed.latents, axis=1), rtol=1e-5)


def test_a_walk_needs_two_keyframes(vae: LatentSource) -> None:
    with pytest.raises(ConfigError, match="two or more"):
        execute(Interpolate(vae, np.zeros((1, 3), np.float32)), SILENT)
