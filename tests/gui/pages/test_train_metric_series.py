from __future__ import annotations

import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gui.pages.train.curve_panel import CurvePanel, title_of
from gui.pages.train.metric_curves import metric_names
from gui.pages.train.metric_series import RunCurves, Series, averaged, smoothed


def test_smoothing_leaves_a_constant_as_it_is() -> None:
    assert smoothed(np.full(50, 3.0), 0.9) == pytest.approx(np.full(50, 3.0))


def test_smoothing_passes_gaps_through_and_goes_on_after_them() -> None:
    values = smoothed(np.array([1.0, math.nan, 3.0]), 0.5)
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert values[2] == pytest.approx((0.5 * 1 + 3) / 1.5)


def test_no_smoothing_changes_nothing() -> None:
    values = np.array([1.0, 5.0, 2.0])
    assert smoothed(values, 0.0).tolist() == [1.0, 5.0, 2.0]


def test_averaging_keeps_the_mean_and_leaves_out_what_is_absent() -> None:
    values = np.arange(100.0)
    series = averaged(Series(np.arange(100.0), values), 10)
    assert len(series.steps) == 10
    assert series.values[0] == pytest.approx(4.5)
    assert series.steps[0] == pytest.approx(4.5)
    values[3] = np.nan
    with_gap = averaged(Series(np.arange(100.0), values), 10)
    assert with_gap.values[0] == pytest.approx(np.delete(np.arange(10.0), 3).mean())


def test_the_loss_and_the_score_that_picks_the_weights_are_drawn_first() -> None:
    names = ("learning_rate", "kl", "critic_loss", "loss", "elbo_nats", "gradient_norm")
    one = Series(np.zeros(1), np.zeros(1))
    run = RunCurves("run", 0, {(name, "train"): one for name in names}, "elbo_nats")
    assert metric_names([run]) == [
        "loss",
        "elbo_nats",
        "critic_loss",
        "kl",
        "learning_rate",
        "gradient_norm",
    ]


def test_numbers_are_titled_as_people_write_them() -> None:
    titles = [title_of(key) for key in ("miou", "mse", "elbo_nats", "fid_digit_network", "loss")]
    assert titles == ["mIoU", "MSE", "ELBO in nats", "Fréchet distance (digit network)", "Loss"]


def test_a_curve_says_what_its_number_is(qtbot: QtBot) -> None:
    panel = CurvePanel("covering_distance")
    qtbot.addWidget(panel)
    assert panel.toolTip().startswith("The Fréchet distance, times 3 % / smallest share")
    assert "double click" in panel.toolTip()
