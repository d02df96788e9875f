"""What each term of a VAE's loss does alone, on the weights that ship and on small networks."""

import dataclasses

import numpy as np
import pytest
import torch

from engine.core.registry import MODELS
from engine.core.shipped_weights import shipped_file
from engine.core.trained_models import load_trained
from engine.traces import small_models
from engine.traces.two_terms import LEARNERS, TwoTermsConfig, drawn_map
from tests.engine.traces.trace_checks import tiles_of, traced

TITLES = tuple(one.title for one in LEARNERS)
RECONSTRUCTION, DIVERGENCE, BOTH = TITLES


def test_the_shipped_networks_differ_in_the_weights_of_the_two_terms_alone() -> None:
    configs = []
    for learner in LEARNERS:
        path = shipped_file(learner.weights)
        assert path is not None
        trained = load_trained(MODELS.card(learner.model_key), path, torch.device("cpu"))
        assert trained.model.reconstruction_weight == learner.reconstruction_weight
        assert trained.model.beta == learner.beta
        recipe = trained.about["recipe"]
        assert recipe["train_config"]["epochs"] == 40
        config = dataclasses.asdict(trained.model.config)
        configs.append({name: config[name] for name in ("layout", "base_channels", "image_size")})
        assert config["latent_dimensions"] == 2
    assert configs[0] == configs[1] == configs[2]


def test_the_maps_show_what_the_course_says_of_them() -> None:
    result = traced("two-terms", TwoTermsConfig()).result
    # Without the divergence codes lie far apart and posteriors are narrow.
    assert result[RECONSTRUCTION]["deviation"] > 2
    assert result[RECONSTRUCTION]["posterior_deviation"] < 0.01
    # Without the reconstruction every posterior is the prior.
    assert result[DIVERGENCE]["deviation"] == pytest.approx(1, abs=0.1)
    assert result[DIVERGENCE]["divergence"] < 0.01
    # With both, codes lie where the prior has its draws, and still say something.
    assert result[BOTH]["deviation"] == pytest.approx(1, abs=0.3)
    assert result[BOTH]["divergence"] > 3


def test_three_maps_stand_side_by_side() -> None:
    trace = traced("two-terms", TwoTermsConfig())
    (step,) = [step for step in trace if step.title == "The three maps side by side"]
    shown = tiles_of(step)
    assert shown is not None
    maps, legend = shown.rows
    assert [tile.caption.split(",")[0] for tile in maps] == list(TITLES)
    assert [tile.caption for tile in legend] == [str(digit) for digit in range(10)]


def test_small_networks_show_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = small_models.trained_here

    def for_a_moment(key, small, seed, context):  # type: ignore[no-untyped-def]
        return real(key, dataclasses.replace(small, updates=150), seed, context)

    monkeypatch.setattr(small_models, "trained_here", for_a_moment)
    result = traced("two-terms", TwoTermsConfig(weights="small")).result
    assert result[RECONSTRUCTION]["deviation"] > result[BOTH]["deviation"]
    assert result[DIVERGENCE]["divergence"] < 0.05 < result[BOTH]["divergence"]


def test_a_dot_lies_where_its_code_does() -> None:
    codes = np.array([[1.9, 1.9], [-1.9, -1.9], [5.0, 0.0]])
    drawn = drawn_map(codes, np.array([3, 4, 5]), reach=2.0, side=40)
    rows, columns = np.nonzero(drawn == 3)
    assert rows.max() < 5
    assert columns.min() > 34
    rows, columns = np.nonzero(drawn == 4)
    assert rows.min() > 34
    assert columns.max() < 5
    assert not (drawn == 5).any()  # beyond the edge
