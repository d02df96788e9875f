import pytest
import torch

from engine.api.errors import ConfigError
from engine.models.representation.adversarial_autoencoder import (
    AdversarialAutoencoder,
    AdversarialAutoencoderConfig,
)
from engine.models.representation.denoising_autoencoder import (
    Corruption,
    DenoisingAutoencoder,
    DenoisingAutoencoderConfig,
)

GREY = torch.full((20, 3, 16, 16), 0.5)


def corrupted(kind: Corruption, amount: float = 0.3) -> torch.Tensor:
    config = DenoisingAutoencoderConfig(
        in_channels=3, image_size=16, corruption=kind, amount=amount, base_channels=4
    )
    return DenoisingAutoencoder(config).corrupted(GREY, torch.Generator().manual_seed(0))


def test_gaussian_noise_has_the_deviation_asked_for_and_no_bias() -> None:
    noise = corrupted("gaussian") - GREY
    assert noise.mean().abs() < 0.01
    assert abs(noise.std() - 0.3) < 0.01


@pytest.mark.parametrize(
    ("kind", "black", "white"), [("masking", 0.3, 0.0), ("salt-and-pepper", 0.15, 0.15)]
)
def test_a_share_of_the_pixels_is_spoilt_in_all_channels(
    kind: Corruption, black: float, white: float
) -> None:
    spoilt = corrupted(kind)
    assert ((spoilt == 0).float().mean() - black).abs() < 0.02
    assert ((spoilt == 1).float().mean() - white).abs() < 0.02
    assert torch.equal(spoilt[:, 0], spoilt[:, 2])


def test_without_noise_the_picture_stays() -> None:
    assert torch.equal(corrupted("gaussian", 0.0), GREY)


@pytest.mark.parametrize("prior", ["gaussian", "gaussian-mixture", "swiss-roll"])
def test_each_prior_can_be_drawn_from_and_repeats_by_seed(prior: str) -> None:
    config = AdversarialAutoencoderConfig(prior=prior, base_channels=4)  # type: ignore[arg-type]
    model = AdversarialAutoencoder(config)
    one, two = (model.draw(50, torch.Generator().manual_seed(1)) for _ in range(2))
    assert one.shape == (50, 2)
    assert torch.equal(one, two)


def test_the_mixture_has_two_axes_and_says_so() -> None:
    with pytest.raises(ConfigError, match="latent_dimensions = 8"):
        AdversarialAutoencoderConfig(latent_dimensions=8)


def test_the_critic_is_told_the_class_or_that_it_is_not() -> None:
    model = AdversarialAutoencoder(AdversarialAutoencoderConfig(base_channels=4))
    latents = torch.zeros(2, 2)
    told = model.with_class(latents, torch.tensor([3, 9]))
    assert told[:, 2:].argmax(dim=1).tolist() == [3, 9]
    assert model.with_class(latents, None)[:, 2:].argmax(dim=1).tolist() == [10, 10]
    assert model.discriminator(told).shape == (2, 1)
