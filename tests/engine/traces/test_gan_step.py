"""Scores and losses against torch's cross-entropy, and who learns when."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark
from engine.traces.gan_step import GanStepConfig
from engine.traces.gan_step.recording import Record, record_step
from tests.engine.traces.trace_checks import traced

CONTEXT = TaskContext(lambda _: None)
trace = partial(traced, "gan-step")
CONFIG = GanStepConfig(warm_up=40)


@pytest.fixture(scope="module")
def record() -> Record:
    return record_step(CONFIG, CONTEXT)


def test_losses_are_those_of_binary_cross_entropy(record: Record) -> None:
    for moment in (record.before, record.after_discriminator, record.after_generator):
        logits = torch.from_numpy(np.r_[moment.real_logits, moment.fake_logits])
        targets = torch.cat([torch.ones(8), torch.zeros(8)]).double()
        discriminator = functional.binary_cross_entropy_with_logits(logits, targets)
        generator = functional.binary_cross_entropy_with_logits(logits[8:], targets[:8])
        assert moment.losses.discriminator == pytest.approx(discriminator.item())
        assert moment.losses.generator == pytest.approx(generator.item())
        assert moment.fake_scores == pytest.approx(logits[8:].sigmoid().numpy())


def test_each_update_lowers_the_loss_of_the_one_who_learns(record: Record) -> None:
    assert record.after_discriminator.losses.discriminator < record.before.losses.discriminator
    assert record.after_generator.losses.generator < record.after_discriminator.losses.generator


def test_only_one_of_the_two_changes_at_a_time(record: Record) -> None:
    assert np.array_equal(record.before.fake, record.after_discriminator.fake)
    assert not np.array_equal(record.before.real_logits, record.after_discriminator.real_logits)
    assert np.array_equal(
        record.after_discriminator.real_logits, record.after_generator.real_logits
    )
    assert not np.array_equal(record.after_discriminator.fake, record.after_generator.fake)


def test_the_networks_have_the_sizes_of_the_course(record: Record) -> None:
    assert (record.generator_weights, record.discriminator_weights) == (145_024, 131_458)


def test_without_a_warm_up_there_is_no_history() -> None:
    assert record_step(GanStepConfig(warm_up=0), CONTEXT).history.shape == (0, 3)
    assert trace(GanStepConfig(warm_up=0))[0].marks == ()


def test_the_steps_show_the_numbers_of_the_record(record: Record) -> None:
    steps = {step.title: step for step in trace(CONFIG)}
    real = steps[f"The discriminator on real pictures: {record.before.real_scores.mean():.3f}"]
    bars = next(mark for mark in real.marks if isinstance(mark, BarsMark))
    assert bars.values == pytest.approx(record.before.real_scores)
    again = next(
        mark
        for mark in steps["The discriminator, an update later"].marks
        if isinstance(mark, BarsMark)
    )
    assert again.before == pytest.approx(record.before.real_scores)
    assert again.values == pytest.approx(record.after_discriminator.real_scores)
