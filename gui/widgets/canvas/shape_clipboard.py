"""Shapes on the clipboard, so that they can be pasted into another picture or another window."""

from __future__ import annotations

import atexit
import json
import math
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from engine.api.annotations import Shape

MIME_TYPE = "application/x-vision-workbench-shapes+json"

_OWN = "shapes of this process"
"""Name of the object that holds them; what another process has put there has no name."""


def put_shapes(shapes: Iterable[Shape]) -> None:
    """Replace the clipboard's content."""
    text = json.dumps([_to_json(shape) for shape in shapes])
    data = QMimeData()
    data.setObjectName(_OWN)
    data.setData(MIME_TYPE, text.encode())
    QGuiApplication.clipboard().setMimeData(data)


def forget_shapes() -> None:
    """Empty the clipboard where it holds shapes of this program; happens when Python ends.

    The data is an object of Python's: Qt would delete it after Python has ended, and crash.
    """
    if QGuiApplication.instance() is None:
        return
    data = QGuiApplication.clipboard().mimeData()
    if data is not None and data.objectName() == _OWN:
        QGuiApplication.clipboard().clear()


atexit.register(forget_shapes)


def take_shapes() -> list[Shape]:
    """Return the clipboard's shapes; none where it holds something else or nonsense."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasFormat(MIME_TYPE):
        return []
    try:
        entries = json.loads(bytes(data.data(MIME_TYPE).data()))
        return [_from_json(entry) for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _to_json(shape: Shape) -> dict[str, Any]:
    return {
        "label": shape.label,
        "kind": shape.kind,
        "points": shape.points,
        "score": shape.score,
        "is_difficult": shape.is_difficult,
    }


def _from_json(entry: dict[str, Any]) -> Shape:
    points = tuple((float(x), float(y)) for x, y in entry["points"])
    kind, least = ("box", 2) if entry["kind"] == "box" else ("polygon", 3)
    is_finite = all(math.isfinite(value) for point in points for value in point)
    if not is_finite or len(points) < least or (kind == "box" and len(points) != least):
        raise ValueError(f"{len(points)} points for a {kind}")
    score = entry.get("score")
    return Shape(
        str(entry["label"]),
        points,
        "box" if kind == "box" else "polygon",
        None if score is None else float(score),
        bool(entry.get("is_difficult", False)),
    )
