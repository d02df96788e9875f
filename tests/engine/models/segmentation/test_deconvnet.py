import pytest
import torch

from engine.models.segmentation.deconvnet import Deconvnet, DeconvnetConfig, paper_config

SMALL = DeconvnetConfig(base_channels=4, hidden_channels=8)


def weights_of(model: torch.nn.Module) -> int:
    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    return sum(part.weight.numel() for part in model.modules() if isinstance(part, kinds))


def test_the_papers_network_has_252_million_weights() -> None:
    with torch.device("meta"):
        model = Deconvnet(paper_config())
    vgg = 9 * (3 * 64 + 64**2 + 64 * 128 + 128**2 + 128 * 256 + 2 * 256**2 + 256 * 512 + 5 * 512**2)
    mirrored = vgg - 9 * (3 * 64) + 9 * 64**2  # the last one keeps 64 channels
    middle = 2 * 49 * 512 * 4096 + 4096**2
    assert weights_of(model) == vgg + mirrored + middle + 64 * 21
    assert weights_of(model) == pytest.approx(251.8e6, rel=1e-3)


def test_224_pixels_become_one_column_and_224_pixels_again() -> None:
    with torch.device("meta"):
        model = Deconvnet(paper_config()).eval()
        shapes: list[torch.Size] = []
        model.bottleneck[1].register_forward_hook(lambda *seen: shapes.append(seen[2].shape))
        answer = model(torch.empty(1, 3, 224, 224)).logits
    assert shapes == [(1, 4096, 1, 1)]
    assert answer.shape == (1, 21, 224, 224)


@pytest.mark.parametrize("size", [(64, 64), (37, 70), (8, 9), (1, 1)])
@torch.no_grad()
def test_the_answer_is_as_large_as_the_picture(size: tuple[int, int]) -> None:
    assert Deconvnet(SMALL).eval()(torch.rand(2, 3, *size)).logits.shape == (2, 7, *size)
