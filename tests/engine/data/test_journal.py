"""Unsaved shapes survive a crash; a damaged journal costs no more than its damaged lines."""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.annotations import (
    Entry,
    PictureAnnotations,
    PictureSource,
    ReadJournal,
    Shape,
    WriteJournal,
)
from engine.api.errors import StorageError
from engine.api.tasks import Progress, TaskContext
from engine.service import execute
from tests.engine.data.formats.support import boxes, polygons

TWO = (
    PictureAnnotations(Path("/pictures/ü 人.jpg"), 640, 480, (Shape.box("cat", 1.1, 2.2, 3, 4),)),
    PictureAnnotations(Path("untitled"), 0, 0, ()),
)


def write(journal: Path, pictures: tuple[PictureAnnotations, ...]) -> None:
    execute(WriteJournal(journal, pictures), TaskContext(lambda progress: None))


def read(journal: Path) -> tuple[tuple[PictureAnnotations, ...], list[str]]:
    """Return the pictures and what was reported."""
    told: list[Progress] = []
    pictures = execute(ReadJournal(journal), TaskContext(told.append))
    return pictures, [str(progress.detail) for progress in told]


@given(st.lists(boxes(score=st.none() | st.floats(0, 1)) | polygons(is_difficult=st.booleans())))
@settings(max_examples=40, deadline=None)
def test_every_bit_of_every_shape_comes_back(shapes: list[Shape]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pictures = (PictureAnnotations(Path("a.jpg"), 640, 480, tuple(shapes)),)
        write(Path(folder) / "journal", pictures)
        assert read(Path(folder) / "journal") == (pictures, [])


def test_names_that_are_no_unicode_come_back(tmp_path: Path) -> None:
    file = Path(os.fsdecode(b"caf\xe9 \n.jpg"))
    pictures = (PictureAnnotations(file, 1, 2, (Shape.box("a\nb\x00\udcff", 0, 0, 1, 1),)),)
    write(tmp_path / "journal", pictures)
    assert read(tmp_path / "journal") == (pictures, [])


def test_a_new_journal_replaces_the_old_one(tmp_path: Path) -> None:
    write(tmp_path / "journal", TWO)
    write(tmp_path / "journal", TWO[:1])
    assert read(tmp_path / "journal")[0] == TWO[:1]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["journal"]


def test_nothing_unsaved_removes_the_file(tmp_path: Path) -> None:
    write(tmp_path / "journal", TWO)
    write(tmp_path / "journal", ())
    write(tmp_path / "journal", ())
    assert not (tmp_path / "journal").exists()


def test_without_a_journal_there_is_nothing_to_restore(tmp_path: Path) -> None:
    assert read(tmp_path / "journal") == ((), [])


def test_a_journal_that_cannot_be_written_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write(tmp_path / "file" / "journal", TWO)
    with pytest.raises(StorageError, match="cannot be removed"):
        write(tmp_path, ())


def test_a_folder_in_its_place_is_no_failure(tmp_path: Path) -> None:
    assert read(tmp_path)[0] == ()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage_never_fails_and_never_invents_shapes(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        write(journal, TWO)
        content = bytearray(journal.read_bytes())
        if data.draw(st.booleans()):
            del content[data.draw(st.integers(0, len(content) - 1)) :]
        else:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        is_damaged = bytes(content).rstrip(b"\n") != journal.read_bytes().rstrip(b"\n")
        journal.write_bytes(content)
        pictures, told = read(journal)
        assert all(picture in TWO for picture in pictures)
        if is_damaged and len(pictures) < len(TWO):
            assert not journal.exists()
            assert journal.with_name("journal.broken").read_bytes() == content
            assert "moved to" in told[0]


def test_the_whole_lines_of_a_journal_cut_short_are_restored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = tmp_path / "journal"
    write(journal, TWO)
    journal.write_bytes(journal.read_bytes()[:-10])
    pictures, told = read(journal)
    assert pictures == TWO[:1]
    assert "1 of 2 pictures are whole" in told[0]
    assert told[0] in caplog.text
    assert read(journal) == ((), [])


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"\x00\xff", b"00000000 []\n", b"x y\n"])
def test_a_file_that_is_no_journal_is_moved_aside(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(content)
    pictures, told = read(tmp_path / "journal")
    assert pictures == ()
    assert "the first line is damaged" in told[0]
    assert (tmp_path / "journal.broken").read_bytes() == content


def test_a_journal_of_a_later_version_is_moved_aside(tmp_path: Path) -> None:
    import zlib

    text = b'{"journal": "vision-workbench-journal", "version": 2, "pictures": 0}'
    (tmp_path / "journal").write_bytes(b"%08x %s\n" % (zlib.crc32(text), text))
    assert "version 2" in read(tmp_path / "journal")[1][0]
    assert (tmp_path / "journal.broken").exists()


def test_entries_and_sources_come_back(tmp_path: Path) -> None:
    entry = Entry("coco", '{"id": 7, "ünknown": [1.50]}', 1)
    source = PictureSource(Path("/a/ü.json"), "coco", (2**63, 0), "x7")
    shape = replace(TWO[0].shapes[0], entry=entry)
    write(tmp_path / "journal", (replace(TWO[0], shapes=(shape,), source=source), TWO[1]))
    (first, second), told = read(tmp_path / "journal")
    assert (first.shapes[0].entry, first.source, second.source) == (entry, source, None)
    assert told == []


@pytest.mark.parametrize(
    "shape",
    [
        ["cat", "box", [["1", 2], [3, 4]], None, False],
        ["cat", "box", [[1, 2]], None, False],
        ["cat", "polygon", [[1, 2], [3, 4], [None, 1]], None, False],
        ["cat", "circle", [[1, 2], [3, 4]], None, False],
        [7, "box", [[1, 2], [3, 4]], None, False],
        ["cat", "box", [[1, 2], [3, 10**400]], None, False],
        ["cat", "box", [[1, 2], [3, 4]], "high", False],
        ["cat", "box", [[1, 2], [3, 4]], None, False, ["csv", "text", 0]],
        ["cat"],
        3,
    ],
)
def test_values_of_another_kind_cost_only_their_picture(tmp_path: Path, shape: Any) -> None:
    header = {"journal": "vision-workbench-journal", "version": 1, "pictures": 2}
    bad = {"file": "b.jpg", "width": 9, "height": 9, "shapes": [shape]}
    good = {**bad, "file": "a.jpg", "shapes": [["cat", "box", [[1, 2], [3, 4]], None, False]]}
    texts = [json.dumps(value) for value in (header, good, bad)]
    lines = (f"{zlib.crc32(text.encode()):08x} {text}\n" for text in texts)
    (tmp_path / "journal").write_text("".join(lines))
    pictures, told = read(tmp_path / "journal")
    assert [picture.file.name for picture in pictures] == ["a.jpg"]
    assert "1 of 2 pictures are whole" in told[0]
