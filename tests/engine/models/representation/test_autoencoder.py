import pytest
import torch

from engine.models.representation.autoencoder import Autoencoder, AutoencoderConfig


@pytest.mark.parametrize("side", [8, 28, 33, 64])
@torch.no_grad()
def test_pictures_of_any_side_come_back_as_large(side: int) -> None:
    model = Autoencoder(AutoencoderConfig(image_size=side, base_channels=4)).eval()
    output = model(torch.rand(2, 1, side, side))
    assert output.reconstruction.shape == (2, 1, side, side)
    assert output.latents.shape == (2, 8)


@torch.no_grad()
def test_forward_is_encode_then_decode() -> None:
    model = Autoencoder(AutoencoderConfig(base_channels=4, latent_dimensions=3)).eval()
    images = torch.rand(2, 1, 28, 28)
    output = model(images)
    assert torch.equal(output.latents, model.encode(images))
    assert torch.equal(output.reconstruction, model.decode(output.latents))
