"""What the texts of the latent topics say: sums add up as printed, one value has one number."""

import re

import numpy as np
import pytest

from engine.api.traces import BarsMark, TableMark, Trace
from engine.traces.elbo import ElboConfig
from engine.traces.gan_step.recording import GanStepConfig
from engine.traces.linear_autoencoder_is_pca import LinearAutoencoderConfig
from engine.traces.reparameterisation import ReparameterisationConfig
from engine.traces.wording import rounded_to_sum
from tests.engine.traces.trace_checks import traced

NUMBER = r"-?\d+\.\d+"


def step_of(trace: Trace, words: str):  # type: ignore[no-untyped-def]
    return next(step for step in trace if words in step.title)


def numbers_of(text: str) -> list[float]:
    return [float(one) for one in re.findall(NUMBER, text)]


@pytest.mark.parametrize("picture", [0, 3, 8])
def test_the_parts_of_the_bound_add_up_as_they_are_printed(picture: int) -> None:
    trace = traced("elbo", ElboConfig(picture=picture, draws=256))
    reconstruction, divergence, elbo = numbers_of(
        step_of(trace, "ELBO = ").formula.split("=", 1)[1]
    )
    assert round(reconstruction + divergence, 2) == elbo
    gap = numbers_of(step_of(trace, "The gap").title)[0]
    likelihood = numbers_of(step_of(trace, "The gap").text)[0]
    assert round(likelihood - elbo, 2) == gap
    (bars,) = [mark for mark in step_of(trace, "Second").marks if isinstance(mark, BarsMark)]
    assert round(sum(round(float(value), 2) for value in bars.values), 2) == -divergence
    (table,) = [mark for mark in step_of(trace, "itself").marks if isinstance(mark, TableMark)]
    for row in table.rows:
        on_picture, prior, posterior, weight = map(float, row[1:])
        assert round(on_picture + prior - posterior, 2) == weight


def test_an_estimate_beside_the_bound_says_how_far_sampling_can_put_it_off() -> None:
    trace = traced("elbo", ElboConfig(draws=256))
    text = step_of(trace, "tighter").text
    assert "sampling error" in text
    first, _, elbo, error = numbers_of(text)
    assert abs(first - elbo) < 4 * error


def test_one_digit_costs_the_same_nats_in_both_topics() -> None:
    one = step_of(traced("elbo", ElboConfig(draws=64)), "One pixel").text
    other = step_of(traced("reparameterisation", ReparameterisationConfig()), "Through the").text
    assert numbers_of(one)[-1] == numbers_of(other)[0]


def test_what_follows_from_a_printed_mean_and_deviation_is_what_is_printed() -> None:
    trace = traced("reparameterisation", ReparameterisationConfig())
    mean, deviation, noise, code = numbers_of(step_of(trace, "The trick: draw").formula)
    assert round(mean + deviation * noise, 3) == pytest.approx(code, abs=1e-9)
    by_mean, by_deviation = numbers_of(step_of(trace, "known answer").text)
    assert (by_mean, by_deviation) == pytest.approx((2 * mean, 2 * deviation))


def test_a_sure_discriminator_is_shown_where_one_loss_teaches_and_the_other_does_not() -> None:
    trace = traced("gan-step", GanStepConfig(warm_up=60))
    step = step_of(trace, "negated")
    kept, taught = numbers_of(step.formula)[:2]
    assert kept > 0.9
    assert taught == pytest.approx(0.01, abs=0.05)
    assert "of the warm-up" in step.text


def test_one_symbol_means_one_thing_in_a_step_of_a_gan() -> None:
    formulas = [step.formula for step in traced("gan-step", GanStepConfig(warm_up=5))]
    assert not any(r"\sqrt{G}" in formula for formula in formulas)  # G is the generator


def test_no_two_moments_of_learning_print_the_same() -> None:
    trace = traced("linear-autoencoder-is-pca", LinearAutoencoderConfig())
    moments = [step for step in trace if step.title.startswith("After ")]
    said = [(step.title.split(":")[1], numbers_of(step.text)[-1]) for step in moments]
    assert all(one != other for one, other in zip(said[1:], said, strict=False))
    assert len(moments) >= 5


def test_rounded_values_add_up_to_their_rounded_sum(random: np.random.Generator) -> None:
    for _ in range(50):
        values = random.normal(0, 5, 9).tolist()
        found = rounded_to_sum(values)
        assert round(sum(found), 2) == round(sum(values), 2)
        assert np.abs(np.subtract(found, values)).max() < 0.01
