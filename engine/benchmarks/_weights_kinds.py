"""Weights, what lies beside them, and the folders of runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.benchmarks._file_kinds import Kind


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    return (
        Kind("weights, safetensors", _weights, _load_weights),
        Kind("weights, state dict", _state_dict(is_new=True), _load_weights),
        Kind("weights, old state dict", _state_dict(is_new=False), _load_weights),
        Kind("card of weights", _card, _load_beside_card, is_text=True),
        Kind("class names of weights", _names("classes.txt"), _read_names, is_text=True),
        Kind("class names of weights, JSON", _names("best.json"), _read_names, is_text=True),
        Kind("codes of weights", _codes_of_weights, _read_codes_of_weights),
        Kind("checkpoint of a run", _checkpoint, _read_checkpoint),
        Kind("settings of a run", _run("config.json"), _export_run, is_text=True),
        Kind("metrics of a run", _run("metrics.jsonl"), _read_run, is_text=True),
        Kind("status of a run", _run("status.json"), _read_run, is_text=True),
        Kind("command to a run", _run("control.json"), _read_command, is_text=True),
    )


def _about() -> dict[str, Any]:
    return {
        "model": "pca",
        "data": "a test",
        "classes": ["cat", "dog"],
        "channels": 1,
        "size": [8, 8],
        "metric": {"name": "mse", "value": 0.5, "on": "nothing", "protocol": "none"},
        "numbers": {"loss": 0.5},
        "recipe": {"model": "pca", "model_config": {"image_size": 8, "latent_dimensions": 2}},
    }


def _saved_weights(folder: Path, metadata: dict[str, str]) -> Path:
    from engine.core.checkpoint import save_weights
    from engine.models.representation.pca import Pca, PcaConfig

    file = folder / "best.safetensors"
    model = Pca(PcaConfig(image_size=8, latent_dimensions=2))
    save_weights(file, model.state_dict(), metadata)
    return file


def _weights(folder: Path) -> Path:
    return _saved_weights(folder, {"card": json.dumps(_about())})


def _card(folder: Path) -> Path:
    _saved_weights(folder, {})
    file = folder / "best.json"
    file.write_text(json.dumps(_about()))
    return file


def _load_weights(file: Path) -> object:
    import torch

    import engine.models  # noqa: F401  fills the registry
    from engine.core.registry import MODELS
    from engine.core.trained_models import load_trained

    return load_trained(MODELS.card("pca"), file, torch.device("cpu"))


def _load_beside_card(file: Path) -> object:
    return _load_weights(file.with_suffix(".safetensors"))


def _run(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        settings = {"model": "pca", "data": "digits", "model_config": {}, "train_config": {}}
        record = {"step": 3, "epoch": 0, "split": "train", "loss": 0.25}
        status = {
            "state": "running",
            "epoch": 1,
            "epochs": 4,
            "step": 30,
            "message": "",
            "process": 12,
            "host": "here",
            "updated": 1.0,
        }
        (folder / "config.json").write_text(json.dumps(settings))
        (folder / "metrics.jsonl").write_text(3 * (json.dumps(record) + "\n"))
        (folder / "status.json").write_text(json.dumps(status))
        (folder / "control.json").write_text(json.dumps({"command": "pause"}))
        return folder / name

    return make


def _read_run(file: Path) -> object:
    from engine.training.run_folder import read_run

    return read_run(file.parent)


def _state_dict(is_new: bool) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        import torch

        from engine.models.representation.pca import Pca, PcaConfig

        file = folder / "best.pth"
        model = Pca(PcaConfig(image_size=8, latent_dimensions=2))
        torch.save(model.state_dict(), file, _use_new_zipfile_serialization=is_new)
        file.with_suffix(".json").write_text(json.dumps(_about()))
        return file

    return make


def _names(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        names = ["cat", "dog"]
        file = folder / name
        file.write_text("\n".join(names) if file.suffix == ".txt" else json.dumps(names))
        return file

    return make


def _read_names(file: Path) -> object:
    from engine.core.weights import read_categories

    return read_categories(file.with_name("best.pth"), 2)


def _codes_of_weights(folder: Path) -> Path:
    import torch

    from engine.core.latent_codes import LatentCodes, save_codes

    codes = torch.arange(8).reshape(4, 2).float()
    file = folder / "best-latents.safetensors"
    save_codes(file, LatentCodes(codes, codes, torch.arange(4) % 2, ("cat", "dog"), "a test"))
    return file


def _read_codes_of_weights(file: Path) -> object:
    from engine.core.latent_codes import load_codes

    return load_codes(file)


def _checkpoint(folder: Path) -> Path:
    import torch

    from engine.core.checkpoint import save_checkpoint

    settings = {"model": "pca", "data": "digits", "model_config": {}, "train_config": {}}
    file = folder / "last.pt"
    content = {"settings": settings, "position": {"step": 3}, "model": {"mean": torch.zeros(4)}}
    save_checkpoint(file, content)
    return file


def _read_checkpoint(file: Path) -> object:
    from engine.core.checkpoint import load_checkpoint
    from engine.training.run_folder import checked_settings
    from engine.training.settings import from_settings

    return from_settings(checked_settings(load_checkpoint(file).get("settings"), file), file.parent)


def _export_run(file: Path) -> object:
    from engine.training.export import export_run

    return _read_run(file), export_run(file.parent)


def _read_command(file: Path) -> object:
    from engine.training.control import ControlFile

    aside = file.rename(file.with_suffix(".aside"))
    control = ControlFile(file.parent)  # what was there before counts as seen
    aside.rename(file)
    return control.poll()
