"""A run as a Python program that repeats it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from engine.core.files import write_text
from engine.data.datasets.opening import located
from engine.training.run_folder import read_settings
from engine.training.settings import from_settings

PROJECT = Path(__file__).parents[2]

# Values come in by repr() alone: what a run folder says must never be read as code.
_TEMPLATE = '''"""Repeats a training run of Vision Workbench; runs from any folder.

    python {program} [RUN_FOLDER]

The run goes into a folder beside this file unless another one is given. Where Vision Workbench has
moved, name its folder in the environment variable VISION_WORKBENCH.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(os.environ.get("VISION_WORKBENCH", {project!r}))
if not (PROJECT / "engine").is_dir():
    sys.exit(f"{{PROJECT}}: no Vision Workbench there; name its folder in VISION_WORKBENCH")
sys.path.insert(0, str(PROJECT))

from {config_module} import {config_type}
from engine.api.augmentation import AugmentationConfig
from engine.api.errors import EngineError
from engine.api.tasks import Progress, TaskContext
from engine.api.training import Train, TrainConfig
from engine.service import execute

request = Train(
    model_key={model!r},
    data={data!r},
    run_folder=Path(sys.argv[1] if sys.argv[1:] else Path(__file__).parent / {run_folder!r}),
    format={format!r},
    about_data={about_data!r},
    model_config={model_config},
    config={train_config},
    augmentation={augmentation},
)


def show(progress: Progress) -> None:
    print(progress.stage)


if __name__ == "__main__":
    try:
        report = execute(request, TaskContext(show, interval_s=1.0))
    except EngineError as error:
        sys.exit(str(error))
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
        program=path.name,
        project=str(PROJECT),
        model=request.model_key,
        data=located(request.data),
        run_folder=f"{run_folder.absolute().name}-again",
        format=request.format,
        about_data=request.about_data,
        config_module=config_type.__module__,
        config_type=config_type.__name__,
        model_config=_call(request.model_config),
        train_config=_call(request.config),
        augmentation="None" if request.augmentation is None else _call(request.augmentation),
    )
    write_text(path, text)
    return path


def _call(config: Any) -> str:
    """Write the call that makes a config, one field a line."""
    lines = [f"        {field.name}={getattr(config, field.name)!r}," for field in fields(config)]
    return "\n".join([f"{type(config).__name__}(", *lines, "    )"])
