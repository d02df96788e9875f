import pytest
import torch

from engine.models.segmentation.segnet import Segnet, SegnetConfig, paper_config


def test_the_papers_network_has_26_convolutions_of_29_million_weights() -> None:
    with torch.device("meta"):
        model = Segnet(paper_config())
    convolutions = [part for part in model.modules() if isinstance(part, torch.nn.Conv2d)]
    assert len(convolutions) == 26
    assert sum(part.weight.numel() for part in convolutions) == pytest.approx(29.43e6, rel=1e-3)


@pytest.mark.parametrize("size", [(64, 64), (37, 70), (8, 9), (1, 1)])
@torch.no_grad()
def test_the_answer_is_as_large_as_the_picture(size: tuple[int, int]) -> None:
    model = Segnet(SegnetConfig(base_channels=4)).eval()
    assert model(torch.rand(2, 3, *size)).logits.shape == (2, 7, *size)
