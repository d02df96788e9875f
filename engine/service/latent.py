"""Handlers of requests about latent spaces."""

from __future__ import annotations

from pathlib import Path

from engine.api.latent import (
    DecodedPictures,
    DecodeLatents,
    EncodedPictures,
    EncodePictures,
    LatentFacts,
    OpenLatents,
)
from engine.api.latent_pictures import (
    CompareReconstructions,
    FindNearest,
    Interpolate,
    LatentPath,
    NearestPictures,
    Reconstructions,
    SampledPictures,
    SampleLatents,
    SaveAnimation,
)
from engine.api.latent_space import (
    DrawManifold,
    EncodeData,
    LatentCloud,
    LatentMap,
    ProjectLatents,
    TraverseLatents,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _open_latents(request: OpenLatents, context: TaskContext) -> LatentFacts:
    from engine.inference.latent_models import open_latents

    return open_latents(request.source).facts


@answer.register
def _decode_latents(request: DecodeLatents, context: TaskContext) -> DecodedPictures:
    from engine.inference.latent_decoding import decode_latents

    return decode_latents(request, context)


@answer.register
def _encode_pictures(request: EncodePictures, context: TaskContext) -> EncodedPictures:
    from engine.inference.latent_encoding import encode_pictures

    return encode_pictures(request, context)


@answer.register
def _encode_data(request: EncodeData, context: TaskContext) -> LatentCloud:
    from engine.inference.latent_clouds import encode_data

    return encode_data(request, context)


@answer.register
def _project_latents(request: ProjectLatents, context: TaskContext) -> LatentMap:
    from engine.inference.latent_clouds import project_latents

    return project_latents(request, context)


@answer.register
def _draw_manifold(request: DrawManifold, context: TaskContext) -> DecodedPictures:
    from engine.inference.latent_decoding import draw_manifold

    return draw_manifold(request, context)


@answer.register
def _traverse_latents(request: TraverseLatents, context: TaskContext) -> DecodedPictures:
    from engine.inference.latent_decoding import traverse_latents

    return traverse_latents(request, context)


@answer.register
def _interpolate(request: Interpolate, context: TaskContext) -> LatentPath:
    from engine.inference.latent_decoding import interpolate

    return interpolate(request, context)


@answer.register
def _sample_latents(request: SampleLatents, context: TaskContext) -> SampledPictures:
    from engine.inference.latent_sampling import sample_latents

    return sample_latents(request, context)


@answer.register
def _find_nearest(request: FindNearest, context: TaskContext) -> NearestPictures:
    from engine.inference.latent_sampling import find_nearest

    return find_nearest(request, context)


@answer.register
def _compare(request: CompareReconstructions, context: TaskContext) -> Reconstructions:
    from engine.inference.latent_reconstructions import compare_reconstructions

    return compare_reconstructions(request, context)


@answer.register
def _save_animation(request: SaveAnimation, context: TaskContext) -> Path:
    from engine.data.animations import save_animation

    context.raise_if_cancelled()
    return save_animation(
        request.frames, request.target, request.frames_per_second, request.side_px
    )
