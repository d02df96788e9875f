from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSlider,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from engine.api.detection import SuppressionConfig
from engine.api.parameters import Parameters, parameter
from gui.widgets.config_form import ConfigForm
from gui.widgets.threshold_panel import ThresholdPanel


@dataclass(frozen=True, slots=True)
class Everything(Parameters):
    count: int = parameter(3, low=1, high=9, unit="boxes", note="how many boxes")
    share: float = parameter(0.25, low=0.0, high=1.0)
    rate: float = parameter(1e-3, low=1e-6, high=1.0)
    free: float = parameter(2.5)
    is_on: bool = parameter(True)
    name: str = parameter("run")
    method: Literal["first", "second"] = parameter("first")
    limit: float | None = parameter(None, low=0.0, high=8.0)
    most: int | None = parameter(5, low=1, high=50)


OTHER = Everything(7, 0.5, 2e-5, -13.25, False, "again", "second", 4.0, None)


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    form = ConfigForm("test")
    qtbot.addWidget(form)
    form.set_config_type(Everything)
    return form


def control(form: ConfigForm, kind: type[Any], name: str) -> Any:
    found = form.findChild(kind, f"test.{name}")
    assert found is not None, name
    return found


def test_a_form_without_a_type_is_empty_and_has_no_config(qtbot: QtBot) -> None:
    form = ConfigForm("test")
    qtbot.addWidget(form)
    assert form.config() is None
    form.reset()
    assert form.config() is None


def test_a_fresh_form_shows_the_defaults(form: ConfigForm) -> None:
    assert form.config() == Everything()


def test_every_kind_of_field_survives_the_round_trip(form: ConfigForm) -> None:
    form.set_config(OTHER)
    assert form.config() == OTHER
    form.set_config(Everything())
    assert form.config() == Everything()


@pytest.mark.parametrize(
    "config",
    [
        SuppressionConfig(),
        SuppressionConfig(0.037, 0.731, "soft-gaussian", False, 0.123),
        SuppressionConfig(0.0, 1.0, "soft-linear", True, 2.0),
    ],
)
def test_suppression_settings_survive_the_round_trip(
    qtbot: QtBot, config: SuppressionConfig
) -> None:
    form = ConfigForm("nms")
    qtbot.addWidget(form)
    form.set_config(config)
    assert form.config() == config


def test_showing_a_config_is_not_announced_but_an_edit_is(form: ConfigForm, qtbot: QtBot) -> None:
    seen: list[Everything] = []
    form.config_changed.connect(seen.append)
    form.set_config(OTHER)
    assert seen == []
    control(form, QSpinBox, "count").setValue(2)
    assert [config.count for config in seen] == [2]


@pytest.mark.parametrize(
    ("kind", "name", "edit", "expected"),
    [
        (QSpinBox, "count", lambda box: box.setValue(9), 9),
        (QDoubleSpinBox, "share", lambda box: box.setValue(0.75), 0.75),
        (QDoubleSpinBox, "free", lambda box: box.setValue(-7.5), -7.5),
        (QCheckBox, "is_on", lambda box: box.click(), False),
        (QLineEdit, "name", lambda line: line.setText("other"), "other"),
        (QComboBox, "method", lambda box: box.setCurrentIndex(1), "second"),
    ],
)
def test_each_control_changes_its_own_field_only(
    form: ConfigForm, kind: type, name: str, edit: Any, expected: object
) -> None:
    edit(control(form, kind, name))
    config = form.config()
    changed = {
        field: getattr(config, field)
        for field in Everything.__slots__
        if getattr(config, field) != getattr(Everything(), field)
    }
    assert changed == {name: expected}


def test_no_control_goes_beyond_the_limits(form: ConfigForm) -> None:
    control(form, QSpinBox, "count").setValue(1000)
    control(form, QDoubleSpinBox, "share").setValue(-5.0)
    control(form, QDoubleSpinBox, "rate").setValue(99.0)
    config = form.config()
    assert (config.count, config.share, config.rate) == (9, 0.0, 1.0)


def test_a_slider_over_a_wide_range_walks_in_equal_ratios(form: ConfigForm) -> None:
    slider = control(form, QSlider, "rate.slider")
    slider.setValue((slider.minimum() + slider.maximum()) // 2)
    # Half way between 1e-6 and 1 by ratio is 1e-3.
    assert form.config().rate == pytest.approx(1e-3, rel=0.01)
    slider.setValue(slider.maximum())
    assert form.config().rate == 1.0
    slider.setValue(slider.minimum())
    assert form.config().rate == pytest.approx(1e-6)


def test_a_slider_over_a_narrow_range_walks_in_equal_steps(form: ConfigForm) -> None:
    slider = control(form, QSlider, "share.slider")
    slider.setValue(slider.maximum() * 3 // 4)
    assert form.config().share == pytest.approx(0.75)
    assert control(form, QDoubleSpinBox, "share").value() == pytest.approx(0.75)


def test_a_number_without_both_limits_has_no_slider_to_see(form: ConfigForm) -> None:
    form.show()
    assert not control(form, QSlider, "free.slider").isVisible()
    assert control(form, QSlider, "share.slider").isVisible()
    form.hide()


def test_an_absent_value_is_switched_on_within_its_limits(form: ConfigForm) -> None:
    assert form.config().limit is None
    assert not control(form, QDoubleSpinBox, "limit").isEnabled()
    control(form, QCheckBox, "limit.given").click()
    assert form.config().limit == 0.0
    control(form, QDoubleSpinBox, "limit").setValue(3.0)
    assert form.config().limit == 3.0
    control(form, QCheckBox, "limit.given").click()
    assert form.config().limit is None


def test_units_are_suffixes_and_notes_are_captions(form: ConfigForm) -> None:
    box = control(form, QSpinBox, "count")
    assert box.suffix() == " boxes"
    assert box.toolTip() == "how many boxes"
    assert "how many boxes" in [label.text() for label in form.findChildren(QLabel)]


def test_reset_goes_back_to_the_defaults_and_says_so_once(form: ConfigForm) -> None:
    form.set_config(OTHER)
    seen: list[Everything] = []
    form.config_changed.connect(seen.append)
    button = control(form, QPushButton, "reset")
    assert button.isEnabled()
    button.click()
    assert form.config() == Everything()
    assert seen == [Everything()]
    assert not button.isEnabled()


def test_another_type_replaces_the_fields(form: ConfigForm) -> None:
    form.set_config_type(SuppressionConfig)
    assert form.config() == SuppressionConfig()
    assert form.findChild(QSpinBox, "test.count") is None
    assert form.findChild(QDoubleSpinBox, "test.iou_threshold") is not None


def test_every_control_has_a_name_for_the_eye_and_for_the_screen_reader(form: ConfigForm) -> None:
    for kind in (QSpinBox, QDoubleSpinBox, QSlider, QCheckBox, QComboBox):
        for widget in form.findChildren(kind):
            assert widget.objectName().startswith("test."), widget
            assert widget.accessibleName(), widget.objectName()


def test_a_number_shows_no_more_digits_than_it_has(form: ConfigForm) -> None:
    assert control(form, QDoubleSpinBox, "rate").text() == "0.001"
    assert control(form, QDoubleSpinBox, "share").text() == "0.25"


def test_a_field_without_effect_is_hidden_with_its_caption(qtbot: QtBot) -> None:
    form = ConfigForm("test")
    qtbot.addWidget(form)
    form.set_config_type(SuppressionConfig)
    sigma = control(form, QDoubleSpinBox, "sigma")
    note = next(label for label in form.findChildren(QLabel) if "Gaussian of" in label.text())
    method = control(form, QComboBox, "method")
    for choice, has_effect in (("greedy", False), ("soft-gaussian", True), ("soft-linear", False)):
        method.setCurrentIndex(method.findData(choice))
        assert sigma.isVisibleTo(form) == note.isVisibleTo(form) == has_effect
    form.set_config(SuppressionConfig(method="soft-gaussian"))
    assert sigma.isVisibleTo(form)


def test_fields_and_choices_go_by_their_titles(qtbot: QtBot) -> None:
    form = ConfigForm("test")
    qtbot.addWidget(form)
    form.set_config_type(SuppressionConfig)
    texts = [label.text() for label in form.findChildren(QLabel)]
    assert {"Score ≥", "IoU ≤", "Method", "Each class by itself", "Sigma"} <= set(texts)
    method = control(form, QComboBox, "method")
    assert method.itemText(method.findData("soft-linear")) == "Soft-NMS, linear decay"


def test_a_compact_form_has_sliders_that_take_the_number_itself(qtbot: QtBot) -> None:
    panel = ThresholdPanel("test")
    qtbot.addWidget(panel)
    seen: list[SuppressionConfig] = []
    panel.config_changed.connect(seen.append)
    control(panel, QAbstractSlider, "score").setValue(0.25)
    control(panel, QCheckBox, "class_aware").click()
    assert [config.score_threshold for config in seen] == [0.25, 0.25]
    assert [config.class_aware for config in seen] == [True, False]
    assert not control(panel, QAbstractSlider, "sigma").isVisibleTo(panel)
    wanted = SuppressionConfig(0.125, 0.75, "soft-gaussian", False, 0.4)
    panel.set_config(wanted)
    assert panel.config() == wanted
    assert control(panel, QAbstractSlider, "sigma").isVisibleTo(panel)
    assert len(seen) == 2


def test_the_wheel_over_a_control_without_focus_changes_nothing(
    form: ConfigForm, qtbot: QtBot
) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    box = control(form, QSpinBox, "count")
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, wheel)
    assert box.value() == 3
    assert math.isclose(form.config().share, 0.25)


def test_fields_of_another_config_are_as_high_as_they_need(qtbot: QtBot) -> None:
    form = ConfigForm("form")
    qtbot.addWidget(form)
    form.set_config_type(SuppressionConfig)
    form.resize(300, 900)
    with qtbot.waitExposed(form):
        form.show()
    form.set_config_type(Everything)
    boxes = form.findChildren(QSpinBox)
    qtbot.waitUntil(lambda: all(box.height() >= box.minimumSizeHint().height() for box in boxes))
    assert boxes
