"""Damaged files are read in part or refused in one line; nothing else ever happens."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.annotations import AnnotationFormat, AnnotationSet, Shape
from engine.api.detection import Detections
from engine.api.errors import EngineError
from engine.data.formats.coco_results import read_boxes
from tests.engine.data.formats.support import check, make_picture, one_set, read, write

SUFFIXES = {"coco": ".json", "voc": ".xml", "yolo": ".txt", "labelme": ".json"}
SHAPES = (
    Shape.box("cat", 1.5, 2, 30, 40),
    Shape("dög", ((1.0, 2.0), (30.5, 4.0), (5.0, 60.0)), "polygon", 0.5, is_difficult=True),
)
PIECES = st.sampled_from(
    [b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"NaN", b"true", b"\x00", b"\xff", b"\n", b"<"]
)


def damaged(data: st.DataObject, content: bytes) -> bytes:
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(len(content), start + 30)))
    return content[:start] + data.draw(PIECES | st.binary(max_size=4)) + content[stop:]


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call answers; a named failure of one line is an answer too."""
    try:
        return call()
    except EngineError as error:
        return pytest.fail(f"two lines: {error}") if "\n" in str(error) else None


@pytest.mark.parametrize("name", list(SUFFIXES))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_read_in_part_or_refused(
    name: AnnotationFormat, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = make_picture(Path(folder) / "a.png", (64, 64))
        target = Path(folder) / "coco.json" if name == "coco" else Path(folder)
        annotations = one_set(picture, *SHAPES, size=(64, 64))
        files = write(annotations, name, target)
        victim = data.draw(st.sampled_from(files))
        victim.write_bytes(damaged(data, victim.read_bytes()))
        for source in (victim, Path(folder)):
            found = outcome(lambda source=source: read(source, format=name))
            pictures = found.pictures if isinstance(found, AnnotationSet) else ()
            assert all(shape.area > 0 for picture in pictures for shape in picture.shapes)
        check(annotations, name, target)
        outcome(lambda: write(annotations, name, target))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_boxes_are_read_or_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = make_picture(Path(folder) / "a.png", (64, 64))
        (path,) = write(one_set(picture, *SHAPES), "coco", Path(folder) / "c.json")
        path.write_bytes(damaged(data, path.read_bytes()))
        found = outcome(lambda: read_boxes(path))
        if isinstance(found, Detections):
            assert (found.boxes_xyxy[:, 2:] >= found.boxes_xyxy[:, :2]).all()
