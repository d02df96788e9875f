"""Atomic writing."""

import os

import pytest

from engine.api.errors import StorageError
from engine.api.regular_files import read_regular
from engine.core.files import NAME_LIMIT_BYTES, fitting, write_text, write_with


def test_a_new_file_is_written_with_its_folders(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "grüße")
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "grüße"


def test_a_failure_in_the_middle_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "notes.txt"
    write_text(path, "old")

    def save_half(stream):
        stream.write(b"half of the new")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_with(path, save_half)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_full_disk_is_one_clear_line(tmp_path):
    path = tmp_path / "notes.txt"
    write_text(path, "old")

    def save_on_a_full_disk(stream):
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match=r"notes\.txt: cannot be written \(No space left"):
        write_with(path, save_on_a_full_disk)
    assert path.read_text() == "old"


def test_a_folder_in_the_way_is_one_clear_line(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "child").touch()
    with pytest.raises(StorageError, match="taken"):
        write_text(tmp_path / "taken", "text")


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "notes.txt", "text")
    finally:
        os.umask(old)
    assert (tmp_path / "notes.txt").stat().st_mode & 0o777 == 0o640


def test_the_new_content_is_on_the_disk_before_the_old_file_goes(tmp_path, monkeypatch):
    path = tmp_path / "notes.txt"
    write_text(path, "old")
    seen, sync = [], os.fsync

    def noted(number):
        sync(number)
        seen.append((os.fstat(number).st_size, path.read_text()))

    monkeypatch.setattr(os, "fsync", noted)
    write_text(path, "longer")
    assert seen == [(6, "old")]
    assert path.read_text() == "longer"


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 120 + ".json"])
def test_a_name_as_long_as_it_may_be_is_written(tmp_path, name):
    write_text(tmp_path / name, "text")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a" * 256, "two\0names"])
def test_a_name_that_no_file_can_have_is_one_clear_line(tmp_path, name):
    with pytest.raises(StorageError, match="cannot be written"):
        write_text(tmp_path / name, "text")


def test_of_a_stem_too_long_whole_characters_are_left():
    name = fitting("日" * 90, "-detections.png")
    assert len(os.fsencode(name)) <= NAME_LIMIT_BYTES
    assert name == "日" * 80 + "-detections.png"


def test_a_regular_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(OSError, match="the limit is"):
        read_regular(path, 4)


def test_pipes_devices_and_folders_are_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path / "pipe", "pipe or device"),
        ("/dev/zero", "pipe or device"),
        (tmp_path, "folder"),
        (tmp_path / "gone", "No such file"),
        (tmp_path / "a\0b", "zero byte"),
        (tmp_path / ("a" * 256), "name too long"),
    ):
        with pytest.raises(OSError, match=reason):
            read_regular(path, 100)
