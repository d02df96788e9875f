"""Handlers of requests about models, devices and traces."""

from __future__ import annotations

from pathlib import Path

from engine.api.devices import DeviceCard, ListDevices
from engine.api.models import DownloadWeights, ListModels, ModelCard
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, ListTraces, Trace, TraceCard
from engine.service.dispatch import answer


@answer.register
def _list_models(request: ListModels, context: TaskContext) -> tuple[ModelCard, ...]:
    from engine.inference.model_list import list_models

    return list_models()


@answer.register
def _list_devices(request: ListDevices, context: TaskContext) -> tuple[DeviceCard, ...]:
    from engine.core.devices import list_devices

    return list_devices()


@answer.register
def _download_weights(request: DownloadWeights, context: TaskContext) -> Path:
    from engine.inference.model_list import download_weights

    return download_weights(request.model_key, request.weights_name, context)


@answer.register
def _build_trace(request: BuildTrace, context: TaskContext) -> Trace:
    from engine.traces.building import build_trace

    return build_trace(request, context)


@answer.register
def _list_traces(request: ListTraces, context: TaskContext) -> tuple[TraceCard, ...]:
    import engine.traces  # noqa: F401  fills the registry
    from engine.core.registry import TRACES

    return tuple(TRACES)
