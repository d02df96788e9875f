import pytest
import torch

from engine.models.classification.classifier_small import ClassifierSmall, ClassifierSmallConfig


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (33, 50)])
@torch.no_grad()
def test_any_size_of_picture_is_accepted(size: tuple[int, int]) -> None:
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4)).eval()
    output = model(torch.rand(3, 1, *size))
    assert output.logits.shape == (3, 10)
    assert output.features.shape == (3, 16)


@torch.no_grad()
def test_the_logits_are_a_linear_map_of_the_features() -> None:
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4)).eval()
    output = model(torch.rand(3, 1, 12, 12))
    expected = output.features @ model.head.weight.T + model.head.bias
    torch.testing.assert_close(output.logits, expected)
