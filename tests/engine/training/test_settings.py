import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.api.augmentation import AugmentationConfig
from engine.api.errors import ConfigError
from engine.api.training import Train, TrainConfig
from engine.models.classification.classifier_small import ClassifierSmallConfig
from engine.models.representation.autoencoder import AutoencoderConfig
from engine.training.settings import (
    as_settings,
    check_resumable,
    check_window,
    fit_to_data,
    from_settings,
    trainable_card,
)
from tests.engine.training.facts import DIGIT_FACTS


def test_settings_survive_json() -> None:
    request = Train(
        "classifier-small",
        "digits",
        Path("run"),
        ClassifierSmallConfig(base_channels=8),
        TrainConfig(gradient_clip=1.0, seed=3),
        about_data="small digits",
    )
    text = json.dumps(as_settings(request, request.model_config, request.config))
    assert from_settings(json.loads(text), Path("run")) == request


def test_settings_that_are_left_out_come_from_the_models_recipe() -> None:
    settings = {"model": "unet", "data": "shapes", "train_config": {"epochs": 3}}
    request = from_settings(settings, Path("run"))
    recipe = trainable_card("unet").recipe
    assert recipe is not None
    assert request.config == replace(recipe, epochs=3)


def test_unknown_settings_are_named() -> None:
    settings = {"model": "unet", "data": "shapes", "train_config": {"epoch": 3}}
    with pytest.raises(ConfigError, match="TrainConfig has no field 'epoch'"):
        from_settings(settings, Path("run"))


def test_the_data_decides_what_only_it_can_know() -> None:
    facts = replace(DIGIT_FACTS, classes=("cat", "dog"), channels=3)
    fitted = fit_to_data(ClassifierSmallConfig(), facts)
    assert (fitted.classes, fitted.in_channels) == (2, 3)
    assert fit_to_data(AutoencoderConfig(), facts).image_size == 8


def test_a_wish_that_the_data_cannot_meet_is_refused() -> None:
    with pytest.raises(ConfigError, match="classes = 7: but digits has 10"):
        fit_to_data(ClassifierSmallConfig(classes=7), DIGIT_FACTS)


def test_a_model_for_squares_refuses_other_pictures() -> None:
    with pytest.raises(ConfigError, match="are 9 x 8; this model needs square ones"):
        fit_to_data(AutoencoderConfig(), replace(DIGIT_FACTS, size=(8, 9)))


def test_windows_have_the_size_that_the_model_is_built_for() -> None:
    window = AugmentationConfig(crop_height_px=6)
    with pytest.raises(ConfigError, match="windows of 8 x 6, but this model is built for 8 x 8"):
        check_window(window, AutoencoderConfig(image_size=8))
    check_window(
        AugmentationConfig(crop_height_px=8, crop_width_px=8), AutoencoderConfig(image_size=8)
    )
    check_window(window, ClassifierSmallConfig())
    check_window(None, AutoencoderConfig())


def test_only_what_does_not_change_the_next_batch_may_change_on_resume() -> None:
    request = Train("classifier-small", "digits", Path("run"))
    config, model_config = TrainConfig(), ClassifierSmallConfig()
    stored = as_settings(request, model_config, config)
    longer = as_settings(request, model_config, replace(config, epochs=99, log_interval=1))
    check_resumable(stored, longer)
    wider = as_settings(request, ClassifierSmallConfig(base_channels=64), config)
    with pytest.raises(ConfigError, match="base_channels = 64: the run to resume has 32"):
        check_resumable(stored, wider)
    with pytest.raises(ConfigError, match="batch_size = 7"):
        check_resumable(stored, as_settings(request, model_config, TrainConfig(batch_size=7)))


def test_a_model_that_nothing_trains_is_refused_with_those_that_can_be() -> None:

    with pytest.raises(ConfigError, match=r"cannot be trained here.*unet"):
        trainable_card("viola-jones-face")
