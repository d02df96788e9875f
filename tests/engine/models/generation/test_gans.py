"""Sizes of the adversarial models, and what their generators answer."""

from typing import Any

import pytest
import torch

from engine.core.latent_model import Encoder, LatentModel
from engine.core.registry import MODELS
from engine.models.generation.conditional_gan import ConditionalGan, ConditionalGanConfig
from engine.models.generation.dcgan import Dcgan, DcganConfig, paper_config
from engine.models.generation.gan import Gan, GanConfig


def size_of(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_gan_of_the_course_has_its_sizes() -> None:
    model = Gan(GanConfig())
    assert size_of(model.generator) == 145_024
    assert size_of(model.discriminator) == 131_458
    assert model.shape == (1, 32, 32)


@torch.no_grad()
def test_the_two_outputs_of_the_course_make_the_logit_of_real() -> None:
    torch.manual_seed(0)
    model = Gan(GanConfig())
    images = torch.rand(3, 1, 28, 28)
    framed = torch.full((3, 1, 32, 32), -1.0)
    framed[:, :, 2:30, 2:30] = 2 * images - 1
    expected = model.discriminator(framed.flatten(1)).softmax(dim=1)[:, 0]
    torch.testing.assert_close(model(images).scores, expected)


def test_the_generator_of_the_paper_has_1024_maps_of_4_x_4_first() -> None:
    with torch.device("meta"):
        model = Dcgan(paper_config())
        stages = model.growth(torch.zeros(1, 100))
    assert [tuple(stage.shape[1:]) for stage in stages] == [
        (1024, 4, 4),
        (512, 8, 8),
        (256, 16, 16),
        (128, 32, 32),
        (3, 64, 64),
    ]


@pytest.mark.parametrize("side", [8, 28, 33, 64])
@pytest.mark.parametrize("key", ["gan", "dcgan", "conditional-gan"])
@torch.no_grad()
def test_pictures_have_the_size_of_the_data_and_values_between_0_and_1(key: str, side: int) -> None:
    config: Any = MODELS.card(key).config_type(in_channels=3, image_size=side)
    model = MODELS.build(key, config).eval()
    assert isinstance(model, LatentModel)
    assert not isinstance(model, Encoder)
    pictures = model.decode(model.draw(2))
    assert pictures.shape == (2, 3, side, side)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert model(pictures).scores.shape == (2,)


@torch.no_grad()
def test_the_picture_grows_to_what_decode_answers() -> None:
    torch.manual_seed(0)
    model = Dcgan(DcganConfig(base_channels=4)).eval()
    latents = model.draw(2)
    assert torch.equal((model.growth(latents)[-1] + 1) / 2, model.decode(latents))


@torch.no_grad()
def test_the_class_reaches_generator_and_discriminator() -> None:
    torch.manual_seed(0)
    model = ConditionalGan(ConditionalGanConfig(base_channels=4)).eval()
    latents = torch.zeros(2, 64)
    pictures = model.decode(latents, torch.tensor([3, 4]))
    assert not torch.allclose(pictures[0], pictures[1])
    same = pictures[:1].expand(2, -1, -1, -1)
    one, two = model(same, torch.tensor([3, 4])).scores
    assert one != two
