import pytest
import torch
from torch import nn

from engine.core.latent_model import LatentModel
from engine.core.registry import MODELS
from engine.inference.batch_decoder import ShuffledConvolution, batch_decoder

KEYS = [card.key for card in MODELS if card.task in ("representation", "generation")]


@pytest.mark.parametrize(("channels", "has_bias"), [(1, True), (3, False)])
@torch.no_grad()
def test_four_answers_a_place_are_the_transposed_convolution(channels: int, has_bias: bool) -> None:
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(5, channels, 4, 2, 1, bias=has_bias)
    features = torch.randn(2, 5, 7, 9)
    torch.testing.assert_close(ShuffledConvolution(layer)(features), layer(features))


@pytest.mark.parametrize("key", KEYS)
@torch.no_grad()
def test_every_latent_model_decodes_as_before(key: str) -> None:
    torch.manual_seed(0)
    model = MODELS.build(key, MODELS.card(key).config_type())
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
    model.eval()
    assert isinstance(model, LatentModel)
    quick = batch_decoder(model)
    codes = torch.randn(5, model.latent_dimensions)
    labels = torch.arange(5) % model.label_count if model.label_count else None
    torch.testing.assert_close(
        quick.decode(codes, labels), model.decode(codes, labels), rtol=1e-3, atol=1e-4
    )
    kinds = {type(part) for part in quick.modules()}
    has_transposed = any(isinstance(part, nn.ConvTranspose2d) for part in model.modules())
    assert ShuffledConvolution in kinds or not has_transposed or "course" in key


def test_a_model_that_would_decode_otherwise_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = MODELS.build("vae", MODELS.card("vae").config_type()).eval()
    monkeypatch.setattr(ShuffledConvolution, "forward", lambda self, x: x.new_zeros(2, 1, 28, 28))
    assert batch_decoder(model) is model
