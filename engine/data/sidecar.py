"""Finds the annotation file that lies beside a picture."""

from __future__ import annotations

from pathlib import Path

from engine.api.annotations import AnnotationFormat
from engine.api.errors import DatasetError

SIDECAR_FORMATS: tuple[tuple[str, AnnotationFormat], ...] = (
    (".json", "labelme"),
    (".xml", "voc"),
    (".txt", "yolo"),
)
_NUMBERS_PER_YOLO_LINE = 5
_PEEK_BYTES = 4096


def find_sidecar(picture: Path) -> tuple[Path, AnnotationFormat] | None:
    """Return the annotation file of the same stem and its format, or None.

    A .txt file that does not begin with YOLO's numbers is somebody's caption and is passed over.

    Raises:
        DatasetError: a file of that name is there and cannot be read.
    """
    for suffix, annotation_format in SIDECAR_FORMATS:
        candidate = picture.with_suffix(suffix)
        if candidate.is_file() and (suffix != ".txt" or _looks_like_yolo(candidate)):
            return candidate, annotation_format
    return None


def _looks_like_yolo(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            first = stream.read(_PEEK_BYTES).decode(errors="replace").strip().partition("\n")[0]
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(f"{file}: cannot be read ({reason}); check its permissions") from error
    words = first.split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    return not numbers or len(numbers) >= _NUMBERS_PER_YOLO_LINE
