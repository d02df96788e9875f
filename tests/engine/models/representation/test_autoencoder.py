import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from engine.api.errors import ConfigError
from engine.core.latent_model import Encoder, LatentModel, ProbabilisticEncoder
from engine.models.representation.autoencoder import Autoencoder, AutoencoderConfig


@pytest.mark.parametrize("side", [8, 28, 33, 64])
@pytest.mark.parametrize("layout", ["convolutional", "fully-connected", "linear"])
@torch.no_grad()
def test_pictures_of_any_side_come_back_as_large(side: int, layout: str) -> None:
    config = AutoencoderConfig(image_size=side, base_channels=4, layout=layout)  # type: ignore[arg-type]
    output = Autoencoder(config).eval()(torch.rand(2, 1, side, side))
    assert output.reconstruction.shape == (2, 1, side, side)
    assert output.latents.shape == (2, 8)


@torch.no_grad()
def test_forward_is_encode_then_decode() -> None:
    model = Autoencoder(AutoencoderConfig(base_channels=4, latent_dimensions=3)).eval()
    images = torch.rand(2, 1, 28, 28)
    output = model(images)
    assert torch.equal(output.latents, model.encode(images))
    assert torch.equal(output.reconstruction, model.decode(output.latents))


@torch.no_grad()
def test_the_course_layout_has_its_sizes_and_112457_parameters() -> None:
    model = Autoencoder(AutoencoderConfig(layout="course", latent_dimensions=8))
    assert sum(parameter.numel() for parameter in model.parameters()) == 112_457
    sides = []
    features = torch.rand(1, 1, 28, 28)
    for layer in model.encoder.body:
        features = layer(features)
        if isinstance(layer, torch.nn.Conv2d):
            sides.append(features.shape[-1])
    assert sides == [24, 20, 9, 4]
    assert model.decode(torch.zeros(1, 8)).shape == (1, 1, 28, 28)


def test_the_course_layout_refuses_pictures_of_another_size() -> None:
    with pytest.raises(ConfigError, match="28 x 28"):
        AutoencoderConfig(layout="course", image_size=64)


def test_a_linear_autoencoder_finds_the_plane_of_principal_components() -> None:
    generator = torch.Generator().manual_seed(0)
    scales = torch.tensor([3.0, 2.0, 1.5, 0.3, 0.2] + [0.05] * 59)
    turn = torch.linalg.qr(torch.randn(64, 64, generator=generator))[0]
    pictures = (torch.randn(400, 64, generator=generator) * scales) @ turn
    torch.manual_seed(0)
    config = AutoencoderConfig(image_size=8, layout="linear", latent_dimensions=3)
    model = Autoencoder(config)
    images = pictures.view(-1, 1, 8, 8)
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (model(images).reconstruction - images).square().mean()
        loss.backward()
        return loss

    optimiser.step(closure)
    learned = model.decoder.body.weight.detach().double().numpy()
    components = PCA(3).fit(pictures.double().numpy()).components_
    assert np.degrees(subspace_angles(learned, components.T)).max() < 1


def test_codes_of_an_autoencoder_have_no_prior_to_draw_from() -> None:
    model = Autoencoder(AutoencoderConfig())
    assert isinstance(model, LatentModel)
    assert isinstance(model, Encoder)
    assert not isinstance(model, ProbabilisticEncoder)
    with pytest.raises(ConfigError, match="fit a Gaussian"):
        model.draw(1)
