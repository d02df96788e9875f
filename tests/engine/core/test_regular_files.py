"""Files that somebody else may have put there."""

import os
from pathlib import Path

import pytest

from engine.core.regular_files import read_regular


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    assert read_regular(tmp_path / "a", 4) == b"text"


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"texts")
    with pytest.raises(OSError, match="5 bytes, more than 4 bytes"):
        read_regular(tmp_path / "a", 4)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        read_regular(tmp_path / "pipe")


def test_a_device_is_not_read_until_memory_ends(tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="no regular file"):
        read_regular(tmp_path / "endless")
