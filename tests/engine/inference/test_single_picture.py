from typing import Any

import pytest
import torch

from engine.core.registry import MODELS
from engine.inference.single_picture import single_decoder

KEYS = ("autoencoder", "vae", "conditional-vae", "gan", "dcgan", "conditional-gan")


def built(key: str, **config: Any) -> Any:
    torch.manual_seed(0)
    values = {"image_size": 28, "latent_dimensions": 5, **config}
    return MODELS.build(key, MODELS.card(key).config_type(**values)).eval()


def pixels_of(images: torch.Tensor) -> torch.Tensor:
    """In single precision a value between two levels may fall to the other one."""
    return (images.clamp(0, 1) * 255).round().int().permute(0, 2, 3, 1)


@pytest.mark.parametrize("key", KEYS)
@torch.no_grad()
def test_it_answers_what_the_model_answers(key: str) -> None:
    model = built(key)
    decode = single_decoder(model)
    assert decode is not None
    for seed in range(5):
        latents = 3 * torch.randn(1, 5, generator=torch.Generator().manual_seed(seed))
        labels = (torch.tensor([seed + 2]),) if model.label_count else ()
        found = decode(latents.double(), *labels)
        assert (found.int() - pixels_of(model.decode(latents, *labels))).abs().max() <= 1


@torch.no_grad()
def test_a_class_that_is_not_told_is_one_too() -> None:
    model = built("conditional-vae")
    decode = single_decoder(model)
    assert decode is not None
    latents = torch.ones(1, 5)
    found = decode(latents.double(), torch.tensor([-1]))
    assert (found.int() - pixels_of(model.decode(latents))).abs().max() <= 1


def test_large_models_do_it_themselves() -> None:
    assert single_decoder(built("autoencoder", layout="fully-connected", hidden_units=4096)) is None
