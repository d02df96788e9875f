"""What holds for every topic on learned models, whichever weights they are made from."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from engine.api.errors import ConfigError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, ImageTile, Tiles, Trace
from engine.core.registry import TRACES
from engine.traces import small_models
from engine.traces.building import build_trace
from tests.engine.traces.trace_checks import check_steps

TOPICS = (
    "dcgan",
    "denoising",
    "elbo",
    "gan-step",
    "linear-autoencoder-is-pca",
    "reparameterisation",
    "two-terms",
)
LEARNED = ("dcgan", "denoising", "elbo", "reparameterisation", "two-terms")
QUICK = {"gan-step": {"warm_up": 5}, "elbo": {"draws": 64}}


@cache
def built(topic: str) -> Trace:
    config = TRACES.card(topic).config_type(**QUICK.get(topic, {}))
    return build_trace(BuildTrace(topic, config), TaskContext(lambda _: None))


def test_the_latent_page_has_these_topics() -> None:
    assert tuple(sorted(card.key for card in TRACES if card.area == "latent")) == TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_has_words_and_marks_and_a_formula_that_can_be_set(topic: str) -> None:
    check_steps(built(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_equal_seeds_give_equal_results(topic: str) -> None:
    config = TRACES.card(topic).config_type(**QUICK.get(topic, {}))
    again = build_trace(BuildTrace(topic, config), TaskContext(lambda _: None))
    assert again.result == built(topic).result


@pytest.mark.parametrize("topic", LEARNED)
def test_without_shipped_weights_a_small_network_learns_and_the_trace_says_so(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_models, "shipped_file", lambda _: None)
    real = small_models.trained_here

    def for_a_moment(key, small, seed, context):  # type: ignore[no-untyped-def]
        return real(key, dataclasses.replace(small, updates=3), seed, context)

    monkeypatch.setattr(small_models, "trained_here", for_a_moment)
    config = TRACES.card(topic).config_type(**QUICK.get(topic, {}))
    trace = build_trace(BuildTrace(topic, config), TaskContext(lambda _: None))
    assert "learned for this trace" in trace.result["weights"]
    assert "are not in this installation" in trace.result["weights"]
    assert any("learned for this trace" in step.text for step in trace)


def test_a_small_network_stops_learning_when_it_is_cancelled() -> None:
    config = TRACES.card("elbo").config_type(weights="small")
    context = TaskContext(lambda _: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        build_trace(BuildTrace("elbo", config), context)


@pytest.mark.parametrize("topic", ["denoising", "elbo", "reparameterisation"])
def test_a_picture_of_ones_own_takes_the_place_of_the_digit(topic: str) -> None:
    pixels = np.zeros((40, 30, 3), np.uint8)
    pixels[10:30, 12:18] = 255
    config = TRACES.card(topic).config_type(**QUICK.get(topic, {}))
    trace = build_trace(BuildTrace(topic, config, pixels), TaskContext(lambda _: None))
    assert "your picture" in trace[0].text
    (shown,) = trace[0].marks
    assert isinstance(shown, Tiles)
    picture = next(tile for tile in shown if isinstance(tile, ImageTile))
    side = picture.pixels.shape[0]
    assert picture.pixels[side // 2, side // 2].tolist() == [255, 255, 255]


@pytest.mark.parametrize("topic", ["dcgan", "reparameterisation"])
def test_an_axis_that_is_not_there_is_named(topic: str) -> None:
    config = TRACES.card(topic).config_type(axis=500)
    with pytest.raises(ConfigError, match=r"axis = 500: the .* has "):
        build_trace(BuildTrace(topic, config), TaskContext(lambda _: None))
