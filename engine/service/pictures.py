"""Handlers of requests about pictures, folders and samples."""

from __future__ import annotations

from pathlib import Path

from engine.api.annotations import Sample
from engine.api.pictures import (
    ListFolder,
    ListSamples,
    LoadPicture,
    LoadSample,
    LoadThumbnail,
    Picture,
    SampleCard,
    Thumbnail,
    WritePicture,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _load_picture(request: LoadPicture, context: TaskContext) -> Picture:
    from engine.data.picture_loader import load_picture

    return load_picture(request.path, request.pixel_limit)


@answer.register
def _load_thumbnail(request: LoadThumbnail, context: TaskContext) -> Thumbnail:
    from engine.data.thumbnails import load_thumbnail

    return load_thumbnail(request.path, request.side_px, request.pixel_limit)


@answer.register
def _list_folder(request: ListFolder, context: TaskContext) -> tuple[Path, ...]:
    from engine.data.folder_listing import list_folder

    return list_folder(request.folder, request.is_recursive, context)


@answer.register
def _list_samples(request: ListSamples, context: TaskContext) -> tuple[SampleCard, ...]:
    from engine.data.samples import list_samples

    return list_samples()


@answer.register
def _load_sample(request: LoadSample, context: TaskContext) -> Sample:
    from engine.data.samples import load_sample

    return load_sample(request.key)


@answer.register
def _write_picture(request: WritePicture, context: TaskContext) -> Path:
    from engine.data.picture_writer import save_picture

    save_picture(request.target, request.pixels)
    return request.target
