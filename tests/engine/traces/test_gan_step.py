"""Scores and losses against torch's cross-entropy, and who learns when."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark
from engine.traces.gan_step import GanStepConfig, trace
from engine.traces.gan_step.recording import Record, record_step

CONTEXT = TaskContext(lambda _: None)
CONFIG = GanStepConfig(warm_up=40)


@pytest.fixture(scope="module")
def record() -> Record:
    return record_step(CONFIG, CONTEXT)


def test_losses_are_those_of_binary_cross_entropy(record: Record) -> None:
    for moment in (record.before, record.after_critic, record.after_forger):
        logits = torch.from_numpy(np.r_[moment.real_logits, moment.made_logits])
        targets = torch.cat([torch.ones(8), torch.zeros(8)]).double()
        critic = functional.binary_cross_entropy_with_logits(logits, targets)
        forger = functional.binary_cross_entropy_with_logits(logits[8:], targets[:8])
        assert moment.losses.discriminator == pytest.approx(critic.item())
        assert moment.losses.generator == pytest.approx(forger.item())
        assert moment.made_scores == pytest.approx(logits[8:].sigmoid().numpy())


def test_each_update_lowers_the_loss_of_the_one_who_learns(record: Record) -> None:
    assert record.after_critic.losses.discriminator < record.before.losses.discriminator
    assert record.after_forger.losses.generator < record.after_critic.losses.generator


def test_only_one_of_the_two_changes_at_a_time(record: Record) -> None:
    assert np.array_equal(record.before.made, record.after_critic.made)
    assert not np.array_equal(record.before.real_logits, record.after_critic.real_logits)
    assert np.array_equal(record.after_critic.real_logits, record.after_forger.real_logits)
    assert not np.array_equal(record.after_critic.made, record.after_forger.made)


def test_the_networks_have_the_sizes_of_the_course(record: Record) -> None:
    assert (record.generator_weights, record.discriminator_weights) == (145_024, 131_458)


def test_without_a_warm_up_there_is_no_history() -> None:
    assert record_step(GanStepConfig(warm_up=0), CONTEXT).history.shape == (0, 2)
    assert trace(GanStepConfig(warm_up=0), CONTEXT)[0].marks == ()


def test_the_steps_show_the_numbers_of_the_record(record: Record) -> None:
    steps = {step.title: step for step in trace(CONFIG, CONTEXT)}
    real = steps[f"The critic on real pictures: {record.before.real_scores.mean():.3f}"]
    bars = next(mark for mark in real.marks if isinstance(mark, BarsMark))
    assert bars.values == pytest.approx(record.before.real_scores)
    again = next(
        mark for mark in steps["The critic, a step wiser"].marks if isinstance(mark, BarsMark)
    )
    assert again.before == pytest.approx(record.before.real_scores)
    assert again.values == pytest.approx(record.after_critic.real_scores)
