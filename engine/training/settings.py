"""Settings of a run as data: to `config.json` and back, and fitted to what is trained on."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.api.augmentation import AugmentationConfig
from engine.api.datasets import DatasetFacts
from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.parameters import describe
from engine.api.paths import expanded
from engine.api.training import Train, TrainConfig
from engine.core.registry import MODELS
from engine.data.datasets.opening import located


def trainable_card(model_key: str) -> ModelCard:
    """Return the card of a model that can be trained.

    Raises:
        ConfigError: there is no such model, or nothing trains it.
    """
    card = MODELS.card(model_key)
    if not card.is_trainable or not card.objective:
        known = ", ".join(sorted(each.key for each in MODELS if each.is_trainable))
        raise ConfigError(f"{model_key} cannot be trained here; these can: {known}")
    return card


def as_settings(request: Train, model_config: Any, config: TrainConfig) -> dict[str, Any]:
    """Return what `config.json` holds: everything needed to do the run again, from any folder."""
    return {
        "model": request.model_key,
        "data": located(request.data),
        "format": request.format,
        "about_data": request.about_data,
        "model_config": dataclasses.asdict(model_config),
        "train_config": dataclasses.asdict(config)
        | {"start_weights": _anywhere(config.start_weights)},
        "augmentation": None
        if request.augmentation is None
        else dataclasses.asdict(request.augmentation),
    }


def _anywhere(name: str) -> str:
    """Return a path that is there as an absolute one; anything else as it is."""
    path = expanded(name)
    return str(path.absolute()) if name and os.path.exists(path) else name


def from_settings(settings: Mapping[str, Any], run_folder: Path) -> Train:
    """Return the request that settings describe.

    Raises:
        ConfigError: the settings name what there is not, or lie outside their limits.
    """
    card = trainable_card(settings["model"])
    return Train(
        model_key=card.key,
        data=settings["data"],
        run_folder=run_folder,
        model_config=build_config(card.config_type, settings.get("model_config") or {}),
        config=build_config(TrainConfig, settings.get("train_config") or {}, card.recipe),
        format=settings.get("format"),
        about_data=settings.get("about_data", ""),
        augmentation=None
        if settings.get("augmentation") is None
        else build_config(AugmentationConfig, settings["augmentation"]),
    )


def build_config(config_type: type, values: Mapping[str, Any], base: Any = None) -> Any:
    """Make a config of values by name, those not given from `base` or the defaults.

    Raises:
        ConfigError: a name that the type does not have, or a value outside its limits.
    """
    known = {card.name for card in describe(config_type)}
    for name in values:
        if name not in known:
            raise ConfigError(f"{config_type.__name__} has no field {name!r}")
    return dataclasses.replace(base if base is not None else config_type(), **values)


def fit_to_data(model_config: Any, facts: DatasetFacts) -> Any:
    """Set what the data decides: `classes`, `in_channels` and `image_size`, where they exist.

    Raises:
        ConfigError: the config asks for something else, or the pictures are not square.
    """
    fields = {card.name: card for card in describe(type(model_config))}
    fitted: dict[str, Any] = {"in_channels": facts.channels}
    if facts.classes:
        fitted["classes"] = len(facts.classes)
    if "image_size" in fields:
        fitted["image_size"] = _square_side(facts)
    for name, value in fitted.items():
        if name not in fields:
            continue
        asked = getattr(model_config, name)
        if asked not in (fields[name].default, value):
            raise ConfigError(
                f"{name} = {asked}: but {facts.name} has {value}; leave it to the data"
            )
    kept = {name: value for name, value in fitted.items() if name in fields}
    return dataclasses.replace(model_config, **kept)


def _square_side(facts: DatasetFacts) -> int:
    if facts.size is None or facts.size[0] != facts.size[1]:
        size = "differ in size" if facts.size is None else f"are {facts.size[1]} x {facts.size[0]}"
        raise ConfigError(
            f"the pictures of {facts.name} {size}; this model needs square ones: "
            "set image_size, such as 64"
        )
    return facts.size[0]


def check_window(change: AugmentationConfig | None, model_config: Any) -> None:
    """Raise ConfigError where windows of another size are cut than the model is built for."""
    side = getattr(model_config, "image_size", None)
    if change is None or side is None:
        return
    height, width = change.crop_height_px or side, change.crop_width_px or side
    if (height, width) != (side, side):
        raise ConfigError(
            f"crop_height_px, crop_width_px: windows of {width} x {height}, but this model is "
            f"built for {side} x {side} here; leave both at 0"
        )


def check_resumable(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise ConfigError where a run cannot go on as asked, naming the first such setting.

    How long and how often may change; what decides the next batch and the network may not.
    """
    is_same_data = located(str(stored.get("data"))) == located(str(wanted.get("data")))
    for name in ("model", "data", "augmentation"):
        if stored.get(name) != wanted.get(name) and not (name == "data" and is_same_data):
            raise ConfigError(f"{name} = {wanted[name]}: the run to resume has {stored.get(name)}")
    fixed = {"model_config": list(stored.get("model_config") or ()), "train_config": list(_FIXED)}
    for group, names in fixed.items():
        for name in names:
            before, now = (stored.get(group) or {}).get(name), wanted[group].get(name)
            if before != now:
                raise ConfigError(f"{name} = {now}: the run to resume has {before}; keep it")


_FIXED = (
    "batch_size",
    "seed",
    "optimiser",
    "augment",
    "ema_decay",
    "image_size",
    "in_channels",
    "samples_per_epoch",
)
