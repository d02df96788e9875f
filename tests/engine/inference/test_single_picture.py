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
        torch.testing.assert_close(found.float(), model.decode(latents, *labels), rtol=0, atol=2e-5)


@torch.no_grad()
def test_a_class_that_is_not_told_is_one_too() -> None:
    model = built("conditional-vae")
    decode = single_decoder(model)
    assert decode is not None
    latents = torch.ones(1, 5)
    found = decode(latents.double(), torch.tensor([-1])).float()
    torch.testing.assert_close(found, model.decode(latents), rtol=0, atol=2e-5)


def test_large_models_do_it_themselves() -> None:
    assert single_decoder(built("autoencoder", layout="fully-connected", hidden_units=4096)) is None
