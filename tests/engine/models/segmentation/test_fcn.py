import pytest
import torch

from engine.layers.bilinear_kernel import bilinear_enlargement
from engine.models.segmentation.fcn import Fcn, Fcn8s, Fcn16s, Fcn32s, FcnConfig, paper_config

SMALL = FcnConfig(base_channels=4, hidden_channels=8)


def parameters_without_enlargement(kind: type[Fcn]) -> int:
    with torch.device("meta"):
        model = kind(paper_config())
    named = model.named_parameters()
    return sum(p.numel() for name, p in named if not name.startswith(("twice", "enlarge")))


def test_the_papers_network_has_134_million_parameters() -> None:
    assert parameters_without_enlargement(Fcn32s) == pytest.approx(134.35e6, rel=1e-4)


def test_two_skips_cost_16170_parameters() -> None:
    extra = parameters_without_enlargement(Fcn8s) - parameters_without_enlargement(Fcn32s)
    assert extra == 16_170


@torch.no_grad()
def test_with_skips_that_say_nothing_16s_enlarges_the_coarse_scores_twice() -> None:
    torch.manual_seed(0)
    model = Fcn16s(SMALL).eval()
    images = torch.rand(1, 3, 64, 96)
    coarse: list[torch.Tensor] = []
    model.score.register_forward_hook(lambda _module, _inputs, output: coarse.append(output))
    answer = model(images).logits
    expected = bilinear_enlargement(7, 16)(bilinear_enlargement(7, 2)(coarse[0]))
    torch.testing.assert_close(answer, expected)


@pytest.mark.parametrize("kind", [Fcn32s, Fcn16s, Fcn8s])
@pytest.mark.parametrize("size", [(64, 64), (37, 70), (1, 1)])
@torch.no_grad()
def test_the_answer_is_as_large_as_the_picture(kind: type[Fcn], size: tuple[int, int]) -> None:
    assert kind(SMALL).eval()(torch.rand(2, 3, *size)).logits.shape == (2, 7, *size)
