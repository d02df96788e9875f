"""Files that grow beside their target."""

import errno
import os

import pytest

from engine.api.errors import StorageError
from engine.live.partial_file import PartialFile


class Stubborn(PartialFile):
    """Takes three bytes at a time, and ten in all."""

    def _put(self, data: memoryview) -> int:
        if self.tell() >= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._put(data[:3])


def test_a_file_has_its_content_before_it_has_its_name(tmp_path):
    file = PartialFile(tmp_path / "log.jsonl")
    file.write(b"one")
    assert (tmp_path / "log.part.jsonl").read_bytes() == b"one"
    assert file.finish() == tmp_path / "log.jsonl"
    assert os.listdir(tmp_path) == ["log.jsonl"]


def test_a_disk_that_takes_a_part_at_a_time_gets_all_of_it(tmp_path):
    file = Stubborn(tmp_path / "log.jsonl")
    assert file.write(b"12345678") == 8
    assert file.finish().read_bytes() == b"12345678"


def test_after_a_failure_nothing_is_written_over_what_is_there(tmp_path):
    file = Stubborn(tmp_path / "log.jsonl")
    with pytest.raises(OSError, match="space"):
        file.write(b"1234567890abcdef")
    file.seek(0)
    with pytest.raises(OSError, match="space"):
        file.write(b"x")
    assert file.failure is not None
    file.cut(5)
    assert file.finish().read_bytes() == b"12345"


def test_files_that_a_crash_left_keep_their_content(tmp_path):
    for name in ("log.part.jsonl", "log.part-2.jsonl"):
        (tmp_path / name).write_text(name)
    file = PartialFile(tmp_path / "log.jsonl")
    assert file.path.name == "log.part-3.jsonl"
    file.discard()
    assert sorted(os.listdir(tmp_path)) == ["log.part-2.jsonl", "log.part.jsonl"]
    assert (tmp_path / "log.part.jsonl").read_text() == "log.part.jsonl"


def test_a_name_that_cannot_be_had_leaves_the_file_under_the_first_one(tmp_path):
    (tmp_path / "log.jsonl" / "inside").mkdir(parents=True)
    file = PartialFile(tmp_path / "log.jsonl")
    file.write(b"one")
    assert file.finish() == tmp_path / "log.part.jsonl"
    assert (tmp_path / "log.part.jsonl").read_bytes() == b"one"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="choose another place"):
        PartialFile(tmp_path / "file" / "log.jsonl")


def test_a_target_whose_name_is_as_long_as_it_may_be_is_written(tmp_path):
    name = "写" * 83 + ".jsonl"
    file = PartialFile(tmp_path / name)
    file.write(b"one")
    file.finish()
    assert os.listdir(tmp_path) == [name]
