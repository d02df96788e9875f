import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from engine.api.errors import DatasetError
from engine.data.datasets.idx_folder import read_idx


def idx(content: bytes, *shape: int) -> bytes:
    return bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape) + content


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_bytes_come_back_in_their_shape(tmp_path: Path, name: str) -> None:
    content = idx(bytes(range(12)), 2, 2, 3)
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert np.array_equal(read_idx(file, 3), np.arange(12).reshape(2, 2, 3))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        idx(b"123", 3)[:-1],
        idx(b"1234", 3),
        idx(b"123", 3, 1),
        idx(b"", (1 << 32) - 1),
    ],
)
def test_what_does_not_fit_its_header_is_refused(tmp_path: Path, content: bytes) -> None:
    for name, data in (("a", content), ("a.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DatasetError, match=name):
            read_idx(tmp_path / name, 1)


def test_sizes_whose_product_is_beyond_64_bits_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(idx(b"", 1 << 31, 1 << 31, 4))
    with pytest.raises(DatasetError, match="0 bytes where"):
        read_idx(tmp_path / "a", 3)


def test_no_more_is_unpacked_than_the_header_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    plain = gzip.GzipFile.read

    def noted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        content = plain(self, size)
        read.append(len(content))
        return content

    monkeypatch.setattr(gzip.GzipFile, "read", noted)
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx(bytes(5_000_000), 3)))
    with pytest.raises(DatasetError, match="more bytes where 3 belong"):
        read_idx(tmp_path / "a.gz", 1)
    assert sum(read) < 100


def test_what_would_unpack_to_gigabytes_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.data.datasets.idx_folder._MOST_BYTES", 100_000)
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx(bytes(200_000), 200_000)))
    with pytest.raises(DatasetError, match="unpacks to 200 kB, the limit is 100 kB"):
        read_idx(tmp_path / "a.gz", 1)


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_pipe_or_device_is_not_waited_for(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    os.mkfifo(file)
    with pytest.raises(DatasetError, match="pipe or device"):
        read_idx(file, 1)
    file.unlink()
    file.symlink_to("/dev/zero")
    with pytest.raises(DatasetError, match="pipe or device"):
        read_idx(file, 1)
