"""Answers about models and traces."""

from __future__ import annotations

from pathlib import Path

from engine.api.models import DownloadWeights
from engine.api.tasks import TaskContext
from engine.api.traces import TraceCard
from engine.core.registry import TRACES


def fetch_weights(request: DownloadWeights, context: TaskContext) -> Path:
    """Download weights; returns their file."""
    from engine.inference.model_list import download_weights

    return download_weights(request.model_key, request.weights_name, context)


def list_traces() -> tuple[TraceCard, ...]:
    """Return every topic, in the order in which its page lists it."""
    return tuple(sorted(TRACES, key=lambda card: card.order))  # they come by title
