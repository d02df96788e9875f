"""Whatever else a file says about a picture or an object is there after saving."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.annotations import AnnotationFormat, Shape
from tests.engine.data.formats.support import make_picture, moved, read, save

BOX = Shape.box("cat", 40, 40, 60, 70)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(st.text(max_size=6).map("x_{}".format), JSON_VALUES, max_size=4)


def coco_with(unknown: dict[str, Any]) -> str:
    entry = {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40]}
    image = {"id": 1, "file_name": "a.png", "width": 100, "height": 80}
    lists = {"images": [image | unknown], "annotations": [entry | unknown]}
    return json.dumps(lists | {"categories": [{"id": 1, "name": "cat"}]} | unknown)


def labelme_with(unknown: dict[str, Any]) -> str:
    shape = {"label": "cat", "points": [[1, 2], [31, 42]], "shape_type": "rectangle"}
    document = {"shapes": [shape | unknown], "imagePath": "a.png", "version": "5"}
    return json.dumps(document | unknown, indent=2)


@settings(max_examples=25, deadline=None)
@given(unknown=UNKNOWN, by=st.integers(0, 9))
@pytest.mark.parametrize(("name", "make"), [("coco", coco_with), ("labelme", labelme_with)])
def test_unknown_fields_survive(
    name: AnnotationFormat, make: Callable[[dict[str, Any]], str], unknown: dict[str, Any], by: int
) -> None:
    with tempfile.TemporaryDirectory() as place:
        make_picture(Path(place) / "a.png", (100, 80))
        file = Path(place) / "a.json"
        file.write_text(make(unknown), encoding="utf-8")
        before = json.loads(file.read_text(encoding="utf-8"))
        found = read(file)
        picture = found.pictures[0]
        target = file if name == "coco" else file.parent
        save(found, target, replace(picture, shapes=(moved(picture.shapes[0], by), BOX)))
        after = json.loads(file.read_text(encoding="utf-8"))
        listed = "annotations" if name == "coco" else "shapes"
        (old,), (new, _) = before.pop(listed), after.pop(listed)
        assert before == after
        changed = {key for key in new if new[key] != old.get(key)}
        assert changed <= {"bbox", "points"}
        assert old.keys() == new.keys()


WORDS = st.text("abcdefghij <>&\"'äß", min_size=1, max_size=8).map(str.strip)


@settings(max_examples=25, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=4), by=st.integers(0, 9))
def test_unknown_elements_survive(words: list[str], by: int) -> None:
    more = "".join(f'<x_{n} note="{n}">{escape(word)}</x_{n}>' for n, word in enumerate(words))
    box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
    text = f"<annotation>{more}<filename>a.png</filename><object>{more}<name>cat</name>{box}{more}"
    text += f"</object><!-- {len(words)} -->{more}</annotation>"
    with tempfile.TemporaryDirectory() as place:
        make_picture(Path(place) / "a.png", (100, 80))
        file = Path(place) / "a.xml"
        file.write_text(text, encoding="utf-8")
        found = read(file)
        picture = found.pictures[0]
        save(found, file.parent, replace(picture, shapes=(moved(picture.shapes[0], by),)))
        after = file.read_text(encoding="utf-8")
    for side, value in (("xmin", 2), ("ymin", 3), ("xmax", 30), ("ymax", 40)):
        after = after.replace(f"<{side}>{value + by}</{side}>", f"<{side}>{value}</{side}>")
    assert after == text


@settings(max_examples=25, deadline=None)
@given(tail=st.lists(st.integers(2, 99), max_size=1), digits=st.integers(2, 9))
def test_what_follows_the_box_of_a_line_survives(tail: list[int], digits: int) -> None:
    end = "".join(f" {number}" for number in tail)
    line = f"0 {0.5:.{digits}f} {0.5:.{digits}f} 0.2 {0.25:.{digits}f}{end}"
    with tempfile.TemporaryDirectory() as place:
        make_picture(Path(place) / "a.png", (100, 80))
        file = Path(place) / "a.txt"
        file.write_text(f"{line}\n{line.replace('0.2 ', '0.3 ')}\n")
        (Path(place) / "classes.txt").write_text("cat\n")
        found = read(file)
        picture = found.pictures[0]
        first, second = picture.shapes
        save(found, file.parent, replace(picture, shapes=(first, moved(second))))
        lines = file.read_text().splitlines()
    assert lines[0] == line
    assert lines[1] == f"0 0.51 0.5125 0.3 {0.25:.{digits}f}{end}"
