"""Answers about the folders of training runs; nothing here trains."""

from __future__ import annotations

from pathlib import Path

from engine.api.run_folders import AnnotateRun, ReadRecipe, RenameRun
from engine.api.training import ControlRun, ExportRun, PrepareRun, ReadRun, RunSnapshot, Train


def prepare(request: PrepareRun) -> tuple[str, ...]:
    """Write the settings of a run that another process will train; returns its arguments."""
    from engine.training.detached import prepare_run

    return prepare_run(request.run)


def control(request: ControlRun) -> None:
    """Ask a run to pause, go on or stop."""
    from engine.training.control import write_command

    write_command(request.run_folder, request.command)


def read(request: ReadRun) -> RunSnapshot:
    """Look at a run folder."""
    from engine.training.run_folder import read_run

    return read_run(request.run_folder, request.from_line)


def rename(request: RenameRun) -> Path:
    """Rename a run folder; returns where it is then."""
    from engine.training.run_folder import rename_run

    return rename_run(request.run_folder, request.name)


def annotate(request: AnnotateRun) -> None:
    """Keep a person's note with a run."""
    from engine.training.run_folder import annotate_run

    annotate_run(request.run_folder, request.note)


def recipe(request: ReadRecipe) -> Train:
    """Read the settings of a run."""
    from engine.training.run_folder import read_settings
    from engine.training.settings import from_settings

    folder = request.run_folder
    return from_settings(read_settings(folder / "config.json"), folder)


def export(request: ExportRun) -> Path:
    """Write a program that repeats a run; returns its file."""
    from engine.training.export import export_run

    return export_run(request.run_folder, request.target)
