"""Handlers of requests about training runs."""

from __future__ import annotations

from pathlib import Path

from engine.api.tasks import TaskContext
from engine.api.training import (
    ControlRun,
    Evaluate,
    EvaluationResult,
    ExportRun,
    PrepareRun,
    ReadRun,
    RunSnapshot,
    Train,
    TrainReport,
)
from engine.service.dispatch import answer


@answer.register
def _train(request: Train, context: TaskContext) -> TrainReport:
    from engine.training.start import train

    return train(request, context)


@answer.register
def _prepare_run(request: PrepareRun, context: TaskContext) -> tuple[str, ...]:
    from engine.training.detached import prepare_run

    return prepare_run(request.run)


@answer.register
def _evaluate(request: Evaluate, context: TaskContext) -> EvaluationResult:
    from engine.training.evaluation import evaluate

    return evaluate(request, context)


@answer.register
def _control_run(request: ControlRun, context: TaskContext) -> None:
    from engine.training.control import write_command

    write_command(request.run_folder, request.command)


@answer.register
def _read_run(request: ReadRun, context: TaskContext) -> RunSnapshot:
    from engine.training.run_folder import read_run

    return read_run(request.run_folder, request.from_line)


@answer.register
def _export_run(request: ExportRun, context: TaskContext) -> Path:
    from engine.training.export import export_run

    return export_run(request.run_folder, request.target)
