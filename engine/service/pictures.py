"""Answers about pictures, folders and samples."""

from __future__ import annotations

from pathlib import Path

from engine.api.annotations import Sample
from engine.api.pictures import (
    ListFolder,
    LoadPicture,
    LoadSample,
    LoadThumbnail,
    Picture,
    Thumbnail,
    WritePicture,
)
from engine.api.tasks import TaskContext
from engine.data.folder_listing import list_folder
from engine.data.picture_loader import load_picture
from engine.data.picture_writer import save_picture
from engine.data.samples import load_sample
from engine.data.thumbnails import load_thumbnail


def load(request: LoadPicture) -> Picture:
    """Decode a picture."""
    return load_picture(request.path, request.pixel_limit, request.value_range)


def load_small(request: LoadThumbnail) -> Thumbnail:
    """Decode a picture for a list."""
    return load_thumbnail(request.path, request.side_px, request.pixel_limit)


def list_pictures(request: ListFolder, context: TaskContext) -> tuple[Path, ...]:
    """List a folder."""
    return list_folder(request.folder, request.is_recursive, context)


def load_from_gallery(request: LoadSample) -> Sample:
    """Load or draw a picture of the gallery."""
    return load_sample(request.key)


def write(request: WritePicture) -> Path:
    """Write a picture; returns its file."""
    save_picture(request.target, request.pixels)
    return request.target
