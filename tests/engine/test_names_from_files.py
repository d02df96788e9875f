"""Names in files lead to nothing outside the folder that a person has opened.

What is opened and listed is seen by Python's own audit, not by what the program says of itself.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest

from engine.api.annotations import AnnotationFormat, ReadAnnotations, ReadSidecars
from engine.api.datasets import CheckDataset
from engine.api.errors import DatasetError, EngineError, SourceError
from engine.api.tasks import TaskContext
from engine.data.annotation_reader import read_annotations
from engine.data.datasets.opening import open_dataset
from engine.data.sidecar import read_sidecars
from engine.live.video_file import open_video_file
from engine.service import execute
from engine.training.export import export_run
from engine.training.run_folder import read_run
from tests.engine.data.formats.support import make_json, make_picture, write

Opened = list[tuple[str, bool]]
"""Places, and whether they were opened for writing."""

_watching: list[Opened] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in ("open", "os.scandir", "os.listdir"):
        return
    place = arguments[0]
    if isinstance(place, str | bytes | os.PathLike):
        flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
        is_writing = bool(flags & (os.O_WRONLY | os.O_RDWR))
        _watching[-1].append((os.path.abspath(os.fsdecode(place)), is_writing))


sys.addaudithook(_note)


@contextmanager
def watched() -> Iterator[Opened]:
    """Yield what is opened or listed meanwhile."""
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """A folder deep enough that no place beside it is above a picture's own annotations."""
    folder = tmp_path / "one" / "two" / "three" / "opened"
    make_picture(folder / "a.png", (12, 12))
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "secret"
    make_picture(folder / "a.png", (12, 12))
    make_picture(folder / "images" / "b.png", (12, 12))
    (folder / "a.txt").write_text("0 .5 .5 .2 .2\n")
    (folder / "train.txt").write_text("a.png\n")
    make_json(folder / "a.json", {"shapes": [], "imagePath": "a.png"})
    return folder


BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}


def coco(folder: Path, name: str) -> Path:
    document = {
        "info": {"pictures_folder": str(Path(name).parent) if "\0" not in name else name},
        "images": [{"id": 1, "file_name": name}, {"id": 2, "file_name": "a.png"}],
        "annotations": [BOX, {**BOX, "id": 2, "image_id": 2}],
        "categories": [{"id": 1, "name": name}],
    }
    return make_json(folder / "instances.json", document)


def labelme(folder: Path, name: str) -> Path:
    shape = {"label": name, "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}
    return make_json(folder / "a.json", {"shapes": [shape], "imagePath": name})


def voc(folder: Path, name: str) -> Path:
    file = folder / "a.xml"
    plain = "".join(c if c.isprintable() else "?" for c in name)
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    text = f"<folder>{plain}</folder><filename>{plain}</filename><path>{plain}</path>"
    file.write_text(f"<annotation>{text}<object><name>cat</name>{box}</object></annotation>")
    return file


def yolo_path(folder: Path, name: str) -> Path:
    return yolo(folder, json.dumps({"path": name, "train": ".", "names": ["cat"]}))


def yolo_folders(folder: Path, name: str) -> Path:
    return yolo(folder, json.dumps({"train": [name, "."], "val": name, "names": ["cat"]}))


def yolo_list(folder: Path, name: str) -> Path:
    listed = name.removesuffix("a.png") + "train.txt"
    return yolo(folder, json.dumps({"train": listed, "val": "val.txt", "names": ["cat"]}))


def yolo_listed(folder: Path, name: str) -> Path:
    lines = ("a.png", "".join(c if c.isprintable() else "?" for c in name))
    (folder / "train.txt").write_text("\n".join(lines))
    return yolo(folder, json.dumps({"train": "train.txt", "val": "val.txt", "names": ["cat"]}))


def yolo(folder: Path, table: str) -> Path:
    (folder / "val.txt").write_text("a.png\n")
    (folder / "a.txt").write_text("0 .5 .5 .2 .2\n")
    (folder / "data.yaml").write_text(table)
    return folder / "data.yaml"


def run(folder: Path, name: str) -> Path:
    train_config = {"start_weights": name}
    settings = {"model": "pca", "data": name, "model_config": {}, "train_config": train_config}
    make_json(folder / "config.json", settings)
    make_json(folder / "best.json", {"model": name, "recipe": {"data": name}})
    make_json(folder / "status.json", {"state": "running", "message": name, "host": name})
    return folder / "config.json"


MAKERS = (coco, labelme, voc, yolo_path, yolo_folders, yolo_list, yolo_listed, run)


def names(secret: Path, opened: Path) -> list[str]:
    """Return what a file may say instead of the name of a picture beside it."""
    up = os.path.relpath(secret / "a.png", opened)
    return [
        *(str(secret / "a.png"), up, up.replace("/", "\\"), f"./{up}", f"sub/../{up}"),
        *("/", "..", "../../../..", "~", "~nobody/a.png", "/dev/zero", "/etc/passwd"),
        *("a\0b.png", "a" * 5000 + ".png", "\ud800.png", "\udcff.png", "a\nb.png", "", "."),
    ]


def roads(file: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every way in which a file is read, or the folder that it lies in."""
    folder, quiet = file.parent, TaskContext(lambda _: None)
    yield "import", lambda: read_annotations(ReadAnnotations(file, folder), quiet)
    yield "import without a folder", lambda: read_annotations(ReadAnnotations(file), quiet)
    yield "folder", lambda: read_annotations(ReadAnnotations(folder), quiet)
    yield "sidecars", lambda: read_sidecars(ReadSidecars(folder), read_annotations, quiet)
    for place in (file, folder):
        yield "data set", lambda place=place: looked_at(place)
        yield "check", lambda place=place: execute(CheckDataset(str(place)), quiet)
    yield "run", lambda: read_run(folder)
    yield "export of a run", lambda: export_run(folder)


def said(work: Callable[[], object]) -> str:
    """Return the line in which something is refused; none where it is not."""
    try:
        work()
    except EngineError as error:
        return str(error)
    return ""


def looked_at(place: Path) -> object:
    dataset = open_dataset(str(place), "all", "detection")
    return [dataset[index] for index in range(len(dataset))]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_nothing_outside_is_opened_or_listed(make: Any, opened: Path, secret: Path) -> None:
    for name in names(secret, opened):
        file = make(opened, name)
        for road, read in roads(file):
            with watched() as places:
                line = said(read)
            assert line.isprintable(), (road, ascii(name))
            outside = [ascii(place) for place, _ in places if is_outside(place, opened, secret)]
            assert outside == [], (road, ascii(name))


def is_outside(place: str, opened: Path, secret: Path) -> bool:
    is_system = place in ("/", "/etc", "/dev", "/etc/passwd", "/dev/zero", str(Path.home()))
    above = [str(parent) for parent in list(opened.parents)[2:]]
    return place.startswith(str(secret)) or is_system or place in above


@pytest.mark.parametrize("make", [coco, labelme, voc, yolo_listed], ids=lambda make: make.__name__)
def test_nothing_outside_is_written(make: Any, opened: Path, secret: Path, tmp_path: Path) -> None:
    targets = {name: tmp_path / f"as-{name}" for name in get_args(AnnotationFormat)}
    for name in names(secret, opened):
        found = read_annotations(
            ReadAnnotations(make(opened, name), opened), TaskContext(lambda _: None)
        )
        for format_name, target in targets.items():
            place = target / "instances.json" if format_name == "coco" else target
            kept = replace(found, pictures=found.pictures[:1], format=None, class_ids=())
            with watched() as places:
                line = said(partial(write, kept, format_name, place))
            assert line.isprintable(), (format_name, ascii(name))
            written = [ascii(place)[1:-1] for place, is_writing in places if is_writing]
            outside = [each for each in written if not each.startswith(str(target))]
            assert outside == [], (format_name, ascii(name))


@pytest.mark.parametrize("disk", ["/", "//", "/.", "/etc/.."])
@pytest.mark.skipif(os.name == "nt", reason="disks have letters there")
def test_a_whole_disk_is_not_looked_through(disk: str) -> None:
    with watched() as places:
        with pytest.raises(DatasetError, match="whole disk"):
            open_dataset(disk)
        with pytest.raises(DatasetError, match="whole disk"):
            read_annotations(ReadAnnotations(Path(disk)), TaskContext(lambda _: None))
    assert [place for place, _ in places if place == "/"] == []


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\nSECRET\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile SECRET\n",
        '<?xml version="1.0"?><MPD><BaseURL>SECRET</BaseURL></MPD>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "[playlist]\nFile1=SECRET\n",
    ],
)
def test_a_list_of_films_is_no_film(text: str, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_text(text.replace("SECRET", str(tmp_path / "secret.mp4")))
    with pytest.raises(SourceError, match="list of other files, and no film"):
        open_video_file(film)
