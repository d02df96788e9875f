import math

import torch

from engine.layers.priors import COMPONENTS, draw_gaussian_mixture, draw_swiss_roll


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_each_petal_lies_on_its_own_ray_long_outwards_and_thin_across() -> None:
    for component in range(COMPONENTS):
        points = draw_gaussian_mixture(torch.full((4000,), component), _generator())
        angle = 2 * math.pi * component / COMPONENTS
        outwards = torch.tensor([math.cos(angle), math.sin(angle)])
        across = torch.tensor([-math.sin(angle), math.cos(angle)])
        along = points @ outwards
        assert abs(along.mean() - 4) < 0.06
        assert abs(along.std() - 1) < 0.05
        assert abs((points @ across).std() - 0.2) < 0.01


def test_the_roll_winds_outwards_from_tenth_to_tenth() -> None:
    radii = []
    for component in range(COMPONENTS):
        points = draw_swiss_roll(torch.full((2000,), component), _generator())
        radii.append(points.norm(dim=1).mean().item())
    assert radii == sorted(radii)
    assert radii[-1] < 4.2


def test_draws_of_the_same_seed_are_equal() -> None:
    components = torch.arange(COMPONENTS)
    for draw in (draw_gaussian_mixture, draw_swiss_roll):
        assert torch.equal(draw(components, _generator()), draw(components, _generator()))
