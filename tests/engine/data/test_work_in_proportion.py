"""Files that list much cost in proportion: twice as much listed is twice the work, on every road.

Work is the number of calls, which is the same on every machine at any time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from engine.api.annotations import ReadAnnotations, ReadClasses
from engine.api.datasets import CheckDataset
from engine.api.tasks import TaskContext
from engine.data.annotation_reader import read_annotations
from engine.data.dataset_check import check_dataset
from engine.data.datasets.opening import open_dataset
from engine.data.formats.importer import nearest
from engine.data.sidecar import read_classes
from tests.engine.data.formats.support import make_picture

FEW, TIMES = 60, 4
KNOWN = tuple(f"klasse {n}" for n in range(300))
BOX = {"image_id": 0, "category_id": 0, "bbox": [1, 1, 5, 5]}

Listing = Callable[[int], dict[str, Any]]


def categories(count: int) -> dict[str, Any]:
    named = [{"id": n, "name": f"class {n}"} for n in range(count)]
    return {
        "categories": named,
        "annotations": [{**BOX, "id": n, "category_id": n} for n in range(count)],
    }


def categories_without_a_name(count: int) -> dict[str, Any]:
    return {"annotations": [{**BOX, "id": n, "category_id": n} for n in range(count)]}


def missing_pictures(count: int) -> dict[str, Any]:
    images = [{"id": n + 1, "file_name": f"gone/{n}.jpg"} for n in range(count)]
    return {
        "images": images,
        "annotations": [{**BOX, "id": n, "image_id": n + 1} for n in range(count)],
    }


def missing_pictures_of_many_folders(count: int) -> dict[str, Any]:
    return {"images": [{"id": n + 1, "file_name": f"{n}/{n}.jpg"} for n in range(count)]}


def pictures_that_are_not_listed(count: int) -> dict[str, Any]:
    return {"annotations": [{**BOX, "id": n, "image_id": n + 1} for n in range(count)]}


def one_picture_again_and_again(count: int) -> dict[str, Any]:
    return {"images": [{"id": n + 1, "file_name": "a.png"} for n in range(count)]}


def objects_of_one_picture(count: int) -> dict[str, Any]:
    return {"annotations": [{**BOX, "id": n, "bbox": [n % 9, 1, 5, 5]} for n in range(count)]}


LISTINGS = (
    *(categories, categories_without_a_name, missing_pictures, missing_pictures_of_many_folders),
    *(pictures_that_are_not_listed, one_picture_again_and_again, objects_of_one_picture),
)


def imported(file: Path) -> object:
    return read_annotations(ReadAnnotations(file, file.parent, known_classes=KNOWN), quiet())


def of_the_folder(file: Path) -> object:
    return read_annotations(ReadAnnotations(file.parent), quiet())


def opened(file: Path) -> object:
    return read_classes(ReadClasses(file.parent), read_annotations, quiet())


def as_a_data_set(file: Path) -> object:
    return open_dataset(str(file.parent), "all", "detection")[0]


def checked(file: Path) -> object:
    return check_dataset(CheckDataset(str(file.parent), task="detection", seconds=1000), quiet())


ROADS = (imported, of_the_folder, opened, as_a_data_set, checked)


def quiet() -> TaskContext:
    return TaskContext(lambda _: None)


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called, of Python and of C."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def written(folder: Path, listing: Listing, count: int) -> Path:
    folder.mkdir()
    make_picture(folder / "a.png", (12, 12))
    document: dict[str, Any] = {
        "images": [],
        "categories": [{"id": 0, "name": "class 0"}],
        "annotations": [{**BOX, "id": count}],
        **listing(count),
    }
    document["images"] = [{"id": 0, "file_name": "a.png"}, *document["images"]]
    file = folder / "instances.json"
    file.write_text(json.dumps(document))
    return file


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.__name__)
def test_a_coco_file_costs_in_proportion(listing: Listing, road: Any, tmp_path: Path) -> None:
    few = written(tmp_path / "few", listing, FEW)
    many = written(tmp_path / "many", listing, TIMES * FEW)
    road(few)  # what is loaded once is loaded
    assert calls_of(lambda: road(many)) < 1.1 * TIMES * calls_of(lambda: road(few))


def test_names_alike_are_not_looked_for_among_long_ones() -> None:
    known = [f"{n:04}" + "class " * 1000 for n in range(1000)]
    assert calls_of(lambda: nearest("klasse" * 1000, known)) < 10 * len(known)
    assert nearest("klass 7", [*known, "class 7"]) == "class 7"
