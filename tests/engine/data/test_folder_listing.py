"""Folders, large ones and strange ones."""

from __future__ import annotations

import os
import random as random_module
from pathlib import Path

import pytest

from engine.api.errors import PictureError, TaskCancelled
from engine.api.pictures import PICTURE_SUFFIXES
from engine.api.tasks import Progress, TaskContext
from engine.data.folder_listing import list_folder, natural_key


def quiet() -> TaskContext:
    return TaskContext(lambda _: None)


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def listed(folder: Path, is_recursive: bool = False) -> list[str]:
    return [p.relative_to(folder).as_posix() for p in list_folder(folder, is_recursive, quiet())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def test_an_empty_folder_has_no_pictures(folder: Path) -> None:
    folder.mkdir()
    assert listed(folder) == []


def test_pictures_are_known_by_their_suffix_in_any_case(folder: Path) -> None:
    make(folder, *(f"a{suffix}" for suffix in PICTURE_SUFFIXES), "B.JPG", "C.Png")
    make(folder, "notes.txt", "jpg", "a.jpg.txt", "archive.zip", "a.jpgx")
    assert len(listed(folder)) == len(PICTURE_SUFFIXES) + 2


def test_numbers_are_ordered_by_value_and_letters_whatever_their_case(folder: Path) -> None:
    names = ["img1.png", "IMG2.png", "img10.png", "img010.png", "img 3.png", "Zebra.png", "ä.png"]
    names += ["1.png", "2.png", "10.png", "123456789012345678901234567890.png", "99.png"]
    make(folder, *names)
    assert listed(folder) == [
        *("1.png", "2.png", "10.png", "99.png", "123456789012345678901234567890.png"),
        *("img1.png", "IMG2.png", "img010.png", "img10.png", "img 3.png", "Zebra.png", "ä.png"),
    ]


def test_the_natural_order_is_that_of_numbers_of_any_length() -> None:
    numbers = [0, 1, 9, 10, 11, 99, 100, 12345678901234567890, 10**30]
    shuffled = random_module.Random(0).sample(numbers, len(numbers))
    names = sorted((f"x{number}y" for number in shuffled), key=natural_key)
    assert names == [f"x{number}y" for number in numbers]


def test_hidden_files_are_left_out(folder: Path) -> None:
    make(folder, ".hidden.jpg", "._a.jpg", "a.jpg", ".cache/b.jpg")
    assert listed(folder, is_recursive=True) == ["a.jpg"]


def test_a_folder_named_like_a_picture_is_no_picture(folder: Path) -> None:
    make(folder, "album.jpg/a.jpg")
    assert listed(folder) == []
    assert listed(folder, is_recursive=True) == ["album.jpg/a.jpg"]


def test_subfolders_follow_in_natural_order_only_when_asked_for(folder: Path) -> None:
    make(folder, "z.jpg", "day 10/a.jpg", "day 2/b.jpg", "day 2/deep/er/c.jpg", "day 2/a.jpg")
    assert listed(folder) == ["z.jpg"]
    assert listed(folder, is_recursive=True) == [
        *("z.jpg", "day 2/a.jpg", "day 2/b.jpg", "day 2/deep/er/c.jpg", "day 10/a.jpg")
    ]


def link(source: Path, target: Path) -> None:
    try:
        source.symlink_to(target)
    except OSError:
        pytest.skip("links may not be made here")


def test_links_that_lead_back_do_not_go_round_for_ever(folder: Path) -> None:
    make(folder, "a.jpg", "sub/b.jpg")
    link(folder / "sub" / "back", folder)
    link(folder / "itself.jpg", folder / "itself.jpg")
    found = listed(folder, is_recursive=True)
    assert sorted(found) == ["a.jpg", "itself.jpg", "sub/b.jpg"]


def test_a_linked_folder_elsewhere_is_searched(folder: Path, tmp_path: Path) -> None:
    make(folder, "a.jpg")
    make(tmp_path / "elsewhere", "b.jpg")
    link(folder / "link", tmp_path / "elsewhere")
    assert listed(folder, is_recursive=True) == ["a.jpg", "link/b.jpg"]


def test_a_subfolder_that_may_not_be_read_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, "a.jpg", "private/b.jpg", "public/c.jpg")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "private":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert listed(folder, is_recursive=True) == ["a.jpg", "public/c.jpg"]


@pytest.mark.parametrize("is_recursive", [False, True])
def test_a_missing_folder_is_one_clear_line(folder: Path, is_recursive: bool) -> None:
    with pytest.raises(PictureError) as caught:
        list_folder(folder, is_recursive, quiet())
    assert str(caught.value).startswith(f"{folder}: there is no such folder; check")


def test_a_file_in_place_of_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    with pytest.raises(PictureError, match=r"a\.jpg: is a file, not a folder; open it"):
        list_folder(tmp_path / "a.jpg", False, quiet())


def test_a_folder_that_may_not_be_read_is_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PictureError, match="may not be read; change its permissions"):
        list_folder(folder, False, quiet())


class Entry:
    """What os.scandir yields; asking the disk for more than the name fails the test."""

    def __init__(self, name: str) -> None:
        self.name = name

    def is_dir(self) -> bool:
        return False

    def stat(self) -> None:
        raise AssertionError("a file was asked for more than its name")


class Entries(list):
    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 20,000 pictures and as many other files, in wild order."""
    folder.mkdir()
    names = [f"IMG_{n}.JPG" for n in range(20_000)] + [f"IMG_{n}.txt" for n in range(20_000)]
    random_module.Random(0).shuffle(names)
    monkeypatch.setattr(os, "scandir", lambda _: Entries(map(Entry, names)))
    return folder


def test_a_large_folder_comes_in_batches_and_in_order(many: Path) -> None:
    reports: list[Progress] = []

    found = list_folder(many, False, TaskContext(reports.append))

    assert [path.name for path in found] == [f"IMG_{n}.JPG" for n in range(20_000)]
    batches = [report.detail for report in reports]
    assert all(isinstance(batch, tuple) for batch in batches)
    assert len(batches[0]) <= 200, "something to show at once"
    assert max(map(len, batches)) <= 2000
    together = [path for batch in batches for path in batch]
    assert len(together) == 20_000
    assert set(together) == set(found)
    assert reports[-1].stage == "20,000 pictures"
    assert {report.fraction for report in reports} == {None}


def test_listing_stops_when_cancelled(many: Path) -> None:
    reports: list[Progress] = []

    def stop(progress: Progress) -> None:
        reports.append(progress)
        context.cancel()

    context = TaskContext(stop)
    with pytest.raises(TaskCancelled):
        list_folder(many, False, context)
    assert len(reports) == 1


def test_a_cancelled_listing_stops_among_files_that_are_no_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    context = quiet()
    seen = 0

    def endless() -> object:
        nonlocal seen
        for seen in range(100_000):
            if seen == 3000:
                context.cancel()
            yield Entry("notes.txt")

    class Stream(Entries):
        def __iter__(self) -> object:
            return endless()

    monkeypatch.setattr(os, "scandir", lambda _: Stream())
    with pytest.raises(TaskCancelled):
        list_folder(folder, False, context)
    assert seen < 10_000
