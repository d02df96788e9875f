"""A run that another process trains: its settings are written first, then `train --resume`."""

from __future__ import annotations

import json
import os

from engine.api.errors import ConfigError
from engine.api.training import Train, TrainConfig
from engine.core.files import write_text
from engine.training.run_folder import RunFolder
from engine.training.settings import as_settings, trainable_card


def prepare_run(request: Train) -> tuple[str, ...]:
    """Write `config.json`; returns the arguments of `main.py` that train it.

    A run without a checkpoint that is resumed begins from its settings, so that no value has to
    pass through the command line.

    Raises:
        ConfigError: the model cannot be trained, or the folder holds a run already.
        StorageError: the folder cannot be written to.
    """
    card = trainable_card(request.model_key)
    folder = RunFolder(request.run_folder)
    settings_file = folder.path / "config.json"
    if not request.is_resume or not os.path.isfile(settings_file):
        if (
            os.path.exists(folder.checkpoint)
            or os.path.exists(folder.weights)
            or os.path.exists(settings_file)
        ):
            raise ConfigError(f"{folder.path}: holds a run already; choose another folder")
        model_config = request.model_config or card.config_type()
        config = request.config or card.recipe or TrainConfig()
        settings = as_settings(request, model_config, config)
        write_text(settings_file, json.dumps(settings, indent=2) + "\n")
    words = ["train", "--run", str(folder.path.absolute()), "--resume"]
    words += ["--device", request.device]
    return tuple([*words, "--download"] if request.may_download else words)
