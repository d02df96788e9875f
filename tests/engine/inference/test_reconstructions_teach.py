"""What the reconstructions show at their defaults is what the course says of the models."""

import numpy as np

from engine.api.latent import LatentSource
from engine.api.latent_pictures import CompareReconstructions
from engine.api.tasks import TaskContext
from engine.inference.latent_inputs import as_model_sees
from engine.inference.latent_models import open_latents
from engine.service import execute

SILENT = TaskContext(lambda progress: None)


def errors_on_digits(*names: tuple[str, str]) -> tuple[float, ...]:
    sources = tuple(LatentSource(key, name, "cpu") for key, name in names)
    return execute(CompareReconstructions(sources, "digits", count=60), SILENT).errors


def test_ten_axes_that_bend_show_more_of_a_digit_than_ten_straight_ones() -> None:
    straight, bent, probable = errors_on_digits(
        ("pca", "pca-mnist"),
        ("autoencoder", "autoencoder-mnist-10d"),
        ("vae", "vae-mnist-10d"),
    )
    assert bent < 0.85 * straight
    assert probable < 0.85 * straight


def test_more_axes_lose_less_of_a_digit() -> None:
    names = (("autoencoder", f"autoencoder-mnist-{axes}d") for axes in (2, 5, 10))
    two, five, ten = errors_on_digits(*names)
    assert two > five > ten


def test_a_digit_of_few_pixels_is_enlarged_with_edges_as_a_pen_leaves_them() -> None:
    few = np.zeros((8, 8, 3), np.uint8)
    few[1:7, 3:5] = 255
    loaded = open_latents(LatentSource("vae", "vae-mnist-2d", "cpu"))
    seen = as_model_sees(few, loaded, False)[:, :, 0]
    rows, columns = np.nonzero(seen > 127)
    assert rows.max() - rows.min() + 1 == 20
    assert 5 <= columns.max() - columns.min() + 1 <= 8
    assert np.isin(seen, (0, 255)).mean() > 0.9
