"""Scores of generators whose pictures are known."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.core.digit_network import DigitNetwork, Judgement, digit_network
from engine.training.class_shares import draw_shares
from engine.training.generated_scores import GeneratedScores
from engine.training.grids import RIGHT, WRONG

CPU = torch.device("cpu")


class Generating(nn.Module):
    """Makes flat pictures whose grey value is the first number of the noise."""

    label_count = 0

    def __init__(self, labels: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.label_count = labels

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.rand(count, 1, generator=generator)

    def decode(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        values = latents[:, 0] if labels is None else (labels + 0.5) / 10
        return values.view(-1, 1, 1, 1).expand(-1, 1, 28, 28)


class TenGreys(DigitNetwork):
    """Calls a flat picture by the tenth that its grey value lies in."""

    classes = tuple("0123456789")

    def __init__(self) -> None: ...

    def judge(self, images: Tensor) -> Judgement:
        values = images.mean(dim=(1, 2, 3))
        classes = (values * 10).long().clamp(0, 9)
        return Judgement(torch.eye(10)[classes], values.unsqueeze(1))


def scored(model: Generating, real: Tensor) -> tuple[dict[str, float], list[float]]:
    scores = GeneratedScores(model, TenGreys(), seed=0)
    scores.add_real(real)
    numbers = scores.numbers(lambda tensor: tensor)
    assert scores.images == len(real)
    return numbers


def test_a_generator_of_the_same_distribution_is_near_and_covers_all_classes() -> None:
    real = torch.rand(1000, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    numbers, shares = scored(Generating(), real.expand(-1, 1, 28, 28))
    assert numbers["frechet_distance"] < 0.002
    assert numbers["fid_digit_network"] == numbers["frechet_distance"]
    assert numbers["classes_covered"] == 10
    assert numbers["smallest_class_share"] == min(shares) > 0.07
    assert sum(shares) == pytest.approx(1)
    assert "class_consistency" not in numbers


def test_a_forgotten_class_makes_a_generator_worse_than_its_distance() -> None:
    class Half(Generating):
        def decode(self, latents: Tensor, labels: Tensor | None) -> Tensor:
            return super().decode(latents / 2, labels)

    numbers, shares = scored(Half(), torch.rand(100, 1, 28, 28))
    assert min(shares) == 0
    assert numbers["covering_distance"] == pytest.approx(30 * numbers["frechet_distance"])


def test_a_generator_that_makes_what_is_asked_is_consistent() -> None:
    numbers, shares = scored(Generating(labels=10), torch.rand(100, 1, 28, 28))
    assert numbers["class_consistency"] == 1
    assert shares == pytest.approx([0.1] * 10)


def test_where_the_network_knows_nothing_reduced_pictures_are_compared() -> None:
    scores = GeneratedScores(Generating(), None, seed=0)
    scores.add_real(torch.rand(50, 1, 28, 28))
    numbers, shares = scores.numbers(lambda tensor: tensor)
    assert numbers.keys() == {"frechet_distance", "covering_distance"}
    assert shares == []


def test_the_digit_network_reads_digits_and_leaves_other_pictures_alone() -> None:
    digits = tuple("0123456789")
    network = digit_network(1, (28, 28), digits, CPU)
    assert network is not None
    assert network.judge(torch.rand(2, 1, 28, 28)).probabilities.shape == (2, 10)
    assert digit_network(3, (28, 28), digits, CPU) is None
    assert digit_network(1, (64, 64), digits, CPU) is None
    assert digit_network(1, (28, 28), ("shirt", "bag"), CPU) is None


def test_the_bar_of_a_forgotten_class_has_another_colour() -> None:
    sheet = draw_shares([0.5, 0.5, 0.0], ("a", "b", "c"), 120)
    assert sheet.shape == (72, 120, 3)

    def height(left: int, colour: tuple[int, int, int]) -> int:
        return int(np.all(sheet[:56, left : left + 40] == colour, axis=2).any(axis=1).sum())

    assert height(0, RIGHT) == height(40, RIGHT) > 20
    assert height(80, RIGHT) == 0
    assert 0 < height(80, WRONG) < 4
