"""A training in memory learns, depends on its seed alone, and stops when it is told to."""

import numpy as np
import pytest
import torch

from engine.api.errors import TaskCancelled
from engine.api.tasks import TaskContext
from engine.api.training import TrainConfig
from engine.data.datasets.samples import MaskSample, PictureSample, Sample
from engine.models.representation.autoencoder import AutoencoderConfig
from engine.models.segmentation.unet import UnetConfig
from engine.training.in_memory import Samples, train_in_memory

RANDOM = np.random.default_rng(0)
PICTURES = Samples(
    "grey",
    "pictures",
    [PictureSample(np.full((8, 8, 1), level, np.uint8)) for level in range(0, 256, 8)],
)
SMALL = AutoencoderConfig(
    image_size=8, latent_dimensions=2, layout="fully-connected", hidden_units=16
)
CONFIG = TrainConfig(batch_size=8, learning_rate=1e-2, weight_decay=0.0)


def trained(updates: int, config: TrainConfig = CONFIG) -> torch.nn.Module:
    return train_in_memory(
        "autoencoder", SMALL, PICTURES, config, updates, TaskContext(lambda _: None)
    )


def error_of(model: torch.nn.Module) -> float:
    images = torch.arange(0, 256, 8).float()[:, None, None, None].expand(-1, 1, 8, 8) / 255
    with torch.inference_mode():
        return float((model(images).reconstruction - images).square().mean())


def test_more_updates_make_a_better_model() -> None:
    assert error_of(trained(150)) < error_of(trained(1)) / 4


def test_equal_seeds_give_equal_weights_and_leave_the_random_state_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, other = trained(3), trained(3)
    assert torch.equal(before, torch.get_rng_state())
    for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not one.training


def test_it_goes_through_the_data_as_often_as_it_needs() -> None:
    seen: list[int] = []

    class Watched(Samples):
        def __getitem__(self, index: int) -> Sample:
            seen.append(index)
            return super().__getitem__(index)

    pixels = [PictureSample(np.zeros((8, 8, 1), np.uint8))] * 32
    data = Watched("black", "pictures", pixels)
    train_in_memory("autoencoder", SMALL, data, CONFIG, 11, TaskContext(lambda _: None))
    assert len(seen) >= 11 * 8  # a batch may be read ahead
    assert sorted(seen[:32]) == sorted(seen[32:64]) == list(range(32))
    assert seen[:32] != seen[32:64]


def test_classes_are_weighted_where_the_model_asks_for_it() -> None:
    masks = RANDOM.random((8, 16, 16)) < 0.1
    samples = [
        MaskSample(np.repeat(mask[..., None] * np.uint8(255), 3, axis=-1), mask.astype(np.uint8))
        for mask in masks
    ]
    data = Samples("dots", "segmentation", samples, ("background", "dot"))
    config = UnetConfig(classes=2, base_channels=8, depth=2, class_weights="median-frequency")
    model = train_in_memory("unet", config, data, CONFIG, 40, TaskContext(lambda _: None))
    images = torch.from_numpy(masks[:, None].repeat(3, axis=1)).float()
    with torch.inference_mode():
        found = model(images).logits.argmax(dim=1).numpy() == 1
    assert (found & masks).sum() > 0.8 * masks.sum()


def test_cancelling_ends_it() -> None:
    context = TaskContext(lambda _: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        train_in_memory("autoencoder", SMALL, PICTURES, CONFIG, 100, context)
