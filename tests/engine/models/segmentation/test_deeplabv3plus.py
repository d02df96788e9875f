import pytest
import torch
from torchvision.models import resnet101

from engine.models.segmentation.deeplabv3plus import (
    Deeplabv3plus,
    Deeplabv3plusConfig,
    aspp_rates,
    paper_config,
)


def test_the_papers_backbone_has_as_many_parameters_as_resnet_101_without_its_classifier() -> None:
    with torch.device("meta"):
        backbone = Deeplabv3plus(paper_config()).backbone
        reference = resnet101()
    expected = sum(p.numel() for n, p in reference.named_parameters() if not n.startswith("fc."))
    assert sum(parameter.numel() for parameter in backbone.parameters()) == expected


def test_the_papers_decoder_joins_256_and_48_channels() -> None:
    with torch.device("meta"):
        model = Deeplabv3plus(paper_config())
    assert model.decoder[0][0].in_channels == 304  # type: ignore[index]
    assert aspp_rates(paper_config()) == (6, 12, 18)


@pytest.mark.parametrize("stride", ["8", "16"])
@torch.no_grad()
def test_deep_features_lie_at_the_output_stride(stride: str) -> None:
    model = Deeplabv3plus(Deeplabv3plusConfig(base_channels=8, output_stride=stride)).eval()  # type: ignore[arg-type]
    low, deep = model.backbone(torch.rand(1, 3, 96, 128))
    assert low.shape[-2:] == (24, 32)
    assert deep.shape[-2:] == (96 // int(stride), 128 // int(stride))


@pytest.mark.parametrize("size", [(64, 64), (37, 70), (8, 9), (1, 1)])
@torch.no_grad()
def test_the_answer_is_as_large_as_the_picture(size: tuple[int, int]) -> None:
    model = Deeplabv3plus(Deeplabv3plusConfig(base_channels=8)).eval()
    assert model(torch.rand(2, 3, *size)).logits.shape == (2, 7, *size)


def test_a_single_picture_can_be_trained_on() -> None:
    model = Deeplabv3plus(Deeplabv3plusConfig(base_channels=8)).train()
    model(torch.rand(1, 3, 64, 64)).logits.sum().backward()
