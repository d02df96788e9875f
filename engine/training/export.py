"""A run as a Python program that repeats it."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from engine.api.paths import expanded
from engine.core.files import write_text
from engine.training.run_folder import read_settings
from engine.training.settings import from_settings

PROJECT = Path(__file__).parents[2]

# Values come in by repr() alone: what a run folder says must never be read as code.
_TEMPLATE = '''"""Repeats a training run of Vision Workbench; runs from any folder."""

import sys
from pathlib import Path

sys.path.insert(0, {project!r})

from {config_module} import {config_type}
from engine.api.augmentation import AugmentationConfig
from engine.api.tasks import Progress, TaskContext
from engine.api.training import Train, TrainConfig
from engine.service import execute

request = Train(
    model_key={model!r},
    data={data!r},
    run_folder=Path(__file__).parent / {run_folder!r},
    format={format!r},
    about_data={about_data!r},
    model_config={model_config},
    config={train_config},
    augmentation={augmentation},
)


def show(progress: Progress) -> None:
    print(progress.stage)


if __name__ == "__main__":
    report = execute(request, TaskContext(show, interval_s=1.0))
    print(f"{{report.metric}} = {{report.value}}, weights in {{report.weights}}")
'''


def export_run(run_folder: Path, target: Path | None = None) -> Path:
    """Write the program; returns its file.

    Raises:
        ConfigError: the folder holds no run.
        StorageError: the file cannot be written.
    """
    path = target or run_folder / "train.py"
    request = from_settings(read_settings(run_folder / "config.json"), run_folder)
    assert request.config is not None
    config_type = type(request.model_config)
    text = _TEMPLATE.format(
        project=str(PROJECT),
        model=request.model_key,
        data=_from_anywhere(request.data),
        run_folder=f"{run_folder.name}-again",
        format=request.format,
        about_data=request.about_data,
        config_module=config_type.__module__,
        config_type=config_type.__name__,
        model_config=_call(request.model_config),
        train_config=_call(
            replace(request.config, start_weights=_from_anywhere(request.config.start_weights))
        ),
        augmentation="None" if request.augmentation is None else _call(request.augmentation),
    )
    write_text(path, text)
    return path


def _from_anywhere(name: str) -> str:
    """Return a path from here as one from any folder; other names as they are."""
    path = expanded(name)
    return str(path.absolute()) if name and os.path.exists(path) else name


def _call(config: Any) -> str:
    """Write the call that makes a config, one field a line."""
    lines = [f"        {field.name}={getattr(config, field.name)!r}," for field in fields(config)]
    return "\n".join([f"{type(config).__name__}(", *lines, "    )"])
