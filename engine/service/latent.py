"""Answers about latent spaces."""

from __future__ import annotations

from pathlib import Path

from engine.api.latent import LatentFacts, OpenLatents
from engine.api.latent_pictures import SaveAnimation
from engine.api.tasks import TaskContext


def describe_latents(request: OpenLatents) -> LatentFacts:
    """Load a model; returns what is known of it."""
    from engine.inference.latent_models import open_latents

    return open_latents(request.source).facts


def write_animation(request: SaveAnimation, context: TaskContext) -> Path:
    """Write pictures as GIF or MP4; returns the file."""
    from engine.data.animations import save_animation

    context.raise_if_cancelled()
    return save_animation(
        request.frames, request.target, request.frames_per_second, request.side_px
    )
