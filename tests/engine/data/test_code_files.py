"""Files of latent codes."""

from pathlib import Path

import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.data.code_files import read_codes

CODES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("name", ["a.npy", "a.json", "a.npz"])
def test_codes_are_read_from_any_form(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name == "a.npz":
        np.savez(file, latents=CODES, class_indices=[1, 0])
    elif name == "a.npy":
        np.save(file, CODES)
    else:
        file.write_text(str(CODES.tolist()))
    codes, classes = read_codes(file)
    np.testing.assert_array_equal(codes, CODES)
    assert (classes is None) == (name != "a.npz")
    assert classes is None or classes.tolist() == [1, 0]


@pytest.mark.parametrize(
    "text", ["[[1, 1e400]]", "[[1, 1e39]]", '["a"]', "[[1], [2, 3]]", "[" * 9999]
)
def test_what_is_no_number_is_no_code(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConfigError, match="holds no codes"):
        read_codes(tmp_path / "a.json")


def test_an_archive_that_unpacks_to_gigabytes_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.data.code_files._MOST_BYTES", 100_000)
    np.savez_compressed(tmp_path / "a.npz", latents=np.zeros((1000, 100), np.float32))
    assert (tmp_path / "a.npz").stat().st_size < 10_000
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(ConfigError, match=r"unpacks to 400 kB, the limit is 100 kB"):
        read_codes(tmp_path / "a.npz")
