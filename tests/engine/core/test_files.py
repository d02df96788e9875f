"""Atomic writing."""

import os

import pytest

from engine.api.errors import StorageError
from engine.core.files import write_text, write_with


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
