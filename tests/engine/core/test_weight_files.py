"""What lies in a file of weights is said truly; files that would fill the memory are refused."""

from __future__ import annotations

import json
import os
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.api.errors import WeightsError
from engine.core import weight_files
from engine.core.checkpoint import load_weights
from engine.core.state_dicts import check_finite, read_parameters, read_state_dict
from engine.core.weight_files import MOST_TENSORS, kind_of

PARAMETERS = {"layer.weight": torch.ones(2, 3), "layer.bias": torch.zeros(2)}
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 12\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LFS, "is a pointer of git-lfs, not the weights themselves"),
        (b"<!DOCTYPE html><html>404</html>", "is a web page, not weights"),
        (b"\xef\xbb\xbf\n <HTML lang='en'>", "is a web page, not weights"),
        (b'{"message": "Not Found"}', "is a text, not weights"),
        (b"", "is empty"),
        (b"PK\x03\x04 and no more", "not a weight file, or cut short"),
        (b"\x00\x01\x02\x03 nothing at all", "not a weight file, or cut short"),
    ],
)
@pytest.mark.parametrize("name", ["a.pth", "a.safetensors", "A.PT"])
def test_what_is_no_weights_is_called_what_it_is(
    tmp_path: Path, content: bytes, reason: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=f"^{name}: {reason}"):
        read_state_dict(tmp_path / name)


@pytest.mark.parametrize("name", ["A.SAFETENSORS", "a.pth", "a"])
def test_the_content_says_how_a_file_is_written_whatever_its_ending(
    tmp_path: Path, name: str
) -> None:
    save_file(PARAMETERS, tmp_path / name)
    assert kind_of(tmp_path / name) == "safetensors"
    assert read_state_dict(tmp_path / name).keys() == PARAMETERS.keys()
    assert load_weights(tmp_path / name)[0].keys() == PARAMETERS.keys()
    torch.save(PARAMETERS, tmp_path / name)
    assert kind_of(tmp_path / name) == "zip"
    assert read_state_dict(tmp_path / name).keys() == PARAMETERS.keys()


@pytest.mark.parametrize(
    "prefix", ["_orig_mod.", "module._orig_mod.", "model.", "model._orig_mod.", "net.module."]
)
@pytest.mark.parametrize("wrapper", [None, "state_dict", "average"])
def test_prefixes_of_compilers_and_trainers_are_taken_off(
    tmp_path: Path, prefix: str, wrapper: str | None
) -> None:
    named: dict[str, object] = {prefix + name: value for name, value in PARAMETERS.items()}
    if prefix.startswith("model."):  # Lightning saves what the loss has as well
        named["loss.weight"] = torch.ones(3)
    torch.save({wrapper: named, "epoch": 3} if wrapper else named, tmp_path / "a.pth")
    assert read_state_dict(tmp_path / "a.pth").keys() == PARAMETERS.keys()


def test_a_part_of_a_network_that_is_called_model_keeps_its_name(tmp_path: Path) -> None:
    named = {"model.weight": torch.ones(2), "head.weight": torch.ones(2)}
    torch.save(named, tmp_path / "a.pth")
    assert read_state_dict(tmp_path / "a.pth").keys() == named.keys()


def test_a_compiled_part_in_the_middle_is_named_as_if_it_were_not(tmp_path: Path) -> None:
    torch.save({"backbone._orig_mod.weight": torch.ones(2)}, tmp_path / "a.pth")
    assert list(read_state_dict(tmp_path / "a.pth")) == ["backbone.weight"]


def test_a_checkpoint_of_a_run_brings_its_settings(tmp_path: Path) -> None:
    content = {"model": PARAMETERS, "average": None, "settings": {"model": "unet"}}
    torch.save(content, tmp_path / "last.pt")
    found = read_parameters(tmp_path / "last.pt")
    assert found.settings == {"model": "unet"}
    assert found.tensors.keys() == PARAMETERS.keys()


def with_header(path: Path, header: bytes) -> Path:
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


def empty_tensors(count: int) -> bytes:
    one = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    return json.dumps({f"t{number}": one for number in range(count)}).encode()


def test_a_file_of_more_tensors_than_any_network_has_is_refused(tmp_path: Path) -> None:
    path = with_header(tmp_path / "a.safetensors", empty_tensors(MOST_TENSORS + 1))
    with pytest.raises(WeightsError, match=r"holds 20,001 tensors; at most 20,000 are read"):
        read_state_dict(path)


def hostile_files(folder: Path) -> list[Path]:
    """Small on the disk, too much to read: one for each way of writing."""
    header = with_header(folder / "header.safetensors", b'{"a":' + b" " * 2**25 + b"}")
    many = folder / "many.pth"
    with zipfile.ZipFile(many, "w") as parts:
        for number in range(MOST_TENSORS + 1):
            parts.writestr(f"a/data/{number}", b"")
    names = folder / "names.pth"
    with zipfile.ZipFile(names, "w") as parts:
        parts.writestr("a/data.pkl", b"\x80\x02" + b"N0" * 2**23 + b".")
    bomb = folder / "bomb.pth"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("a/data.pkl", b"\x80\x02}.")
        parts.writestr("a/data/0", b"\0" * 2**26)
    beginning = b"".join(pickle.dumps(value, 2) for value in (0, 1001, {}))
    old = folder / "old.pth"
    old.write_bytes(beginning + b"\x80\x02" + b"N0" * (weight_files._MOST_OPERATIONS // 2) + b"N.")
    shared = folder / "shared.pth"
    table = dict.fromkeys((str(number) for number in range(6 * MOST_TENSORS)), 0)
    shared.write_bytes(beginning + pickle.dumps(table, 2))
    return [header, many, names, bomb, old, shared]


def test_hostile_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    for path in hostile_files(tmp_path):
        tracemalloc.start()
        with pytest.raises(WeightsError, match=rf"^{path.name}: ") as caught:
            kind_of(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2**24, path.name
        assert "\n" not in str(caught.value)


def test_a_pipe_is_no_file_of_weights(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=r"a\.pth: is a pipe"):
        read_state_dict(tmp_path / "a.pth")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_parameters_that_are_no_numbers_are_named(value: float) -> None:
    tensors = {"a": torch.ones(3), "b": torch.tensor([1.0, value]), "c": torch.tensor(3)}
    with pytest.raises(WeightsError, match=r"a\.pth: 1 of 3 parameters .* \(first b\)"):
        check_finite(tensors, Path("a.pth"))


def test_a_variance_below_zero_is_refused_and_huge_numbers_are_not() -> None:
    with pytest.raises(WeightsError, match=r"first norm\.running_var"):
        check_finite({"norm.running_var": torch.tensor([1.0, -0.1])}, Path("a.pth"))
    largest = torch.finfo(torch.float32).max
    check_finite({"a": torch.full((4,), largest), "b": torch.empty(0)}, Path("a.pth"))
