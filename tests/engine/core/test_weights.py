"""Finding, reading and matching weights."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from engine.api.errors import ConfigError, WeightsError
from engine.api.models import ModelCard, WeightsCard
from engine.core.state_dicts import check_match, read_state_dict
from engine.core.weights import (
    checksum_prefix,
    choose_weights,
    hub_path,
    read_categories,
    size_text,
    with_local_state,
)


@dataclass(frozen=True)
class Config:
    """No options."""


def card(*weights: WeightsCard) -> ModelCard:
    return ModelCard("some-model", "Some", "detection", "", "", "", Config, weights=weights)


DOWNLOAD = WeightsCard(
    "COCO_V1",
    "download",
    "COCO",
    "",
    160_000_000,
    "BSD-3-Clause",
    "https://example.org/some-0123abcd.pth",
    is_local=False,
)
BUILT_IN = WeightsCard("inside", "built-in", "", "", 0, "BSD")


def put_in_hub(weights: WeightsCard) -> Path:
    path = hub_path(weights)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"here")
    return path


def test_weights_to_download_are_here_once_the_hub_has_the_file() -> None:
    assert not with_local_state(card(DOWNLOAD)).weights[0].is_local
    path = put_in_hub(DOWNLOAD)
    assert path == Path(torch.hub.get_dir()) / "checkpoints" / "some-0123abcd.pth"
    assert with_local_state(card(DOWNLOAD)).weights[0].is_local


def test_missing_weights_say_their_size_licence_and_cure() -> None:
    with pytest.raises(WeightsError) as caught:
        choose_weights(card(DOWNLOAD), None)
    assert str(caught.value) == (
        "some-model COCO_V1: the weights are not on this machine (160 MB, BSD-3-Clause); download "
        "them first: main.py models --download some-model:COCO_V1, or the Download button"
    )


def test_the_first_weights_are_the_default() -> None:
    path = put_in_hub(DOWNLOAD)
    assert choose_weights(card(DOWNLOAD, BUILT_IN), None).path == path
    assert choose_weights(card(BUILT_IN, DOWNLOAD), None).path is None
    assert choose_weights(card(BUILT_IN, DOWNLOAD), "COCO_V1").path == path


def test_a_copy_of_a_published_file_counts_as_that_file(tmp_path: Path) -> None:
    copy = tmp_path / "some-0123abcd.pth"
    copy.touch()
    assert choose_weights(card(DOWNLOAD), copy).card is DOWNLOAD
    own = tmp_path / "own.pth"
    own.touch()
    assert choose_weights(card(DOWNLOAD), str(own)).card is None


def test_what_is_neither_a_name_nor_a_file_is_named_with_the_known_names() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.pth: no such file.*COCO_V1"):
        choose_weights(card(DOWNLOAD), "nowhere.pth")


def test_a_model_inside_a_library_takes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.touch()
    with pytest.raises(WeightsError, match="not a file"):
        choose_weights(card(BUILT_IN), path)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (13_400, "13.4 kB"), (167_502_676, "168 MB")],
)
def test_sizes_read_as_people_say_them(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("url", "prefix"),
    [("https://a.org/fcos_coco-99b0c9b7.pth", "99b0c9b7"), ("https://a.org/fcos-coco.pth", "")],
)
def test_the_checksum_is_the_end_of_the_file_name(url: str, prefix: str) -> None:
    assert checksum_prefix(url) == prefix


PARAMETERS = {"layer.weight": torch.ones(2, 3), "layer.bias": torch.zeros(2)}


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "model_state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_state_dict_is_found_inside_a_checkpoint(
    tmp_path: Path, wrapper: str | None, prefix: str
) -> None:
    named = {prefix + name: value for name, value in PARAMETERS.items()}
    torch.save({wrapper: named, "epoch": 3} if wrapper else named, tmp_path / "a.pth")
    found = read_state_dict(tmp_path / "a.pth")
    assert list(found) == list(PARAMETERS)
    assert torch.equal(found["layer.weight"], PARAMETERS["layer.weight"])


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(PARAMETERS, tmp_path / "a.safetensors")
    found = read_state_dict(tmp_path / "a.safetensors")
    assert found.keys() == PARAMETERS.keys()


class Evil:
    """Leaves a trace where its pickle is loaded."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("writer", ["torch", "pickle", "old torch"])
def test_a_file_that_needs_code_is_refused_and_the_code_does_not_run(
    tmp_path: Path, writer: str
) -> None:
    path, trace = tmp_path / "evil.pth", tmp_path / "trace"
    if writer == "pickle":
        path.write_bytes(pickle.dumps({"a": Evil(trace)}))
    else:
        is_new = writer == "torch"
        torch.save({"a": Evil(trace)}, path, _use_new_zipfile_serialization=is_new)
    with pytest.raises(WeightsError, match=r"evil\.pth: refused, because.*run code") as caught:
        read_state_dict(path)
    assert "\n" not in str(caught.value)
    assert not trace.exists()


def test_a_whole_network_is_refused_by_the_name_of_its_class(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pth")
    with pytest.raises(WeightsError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_state_dict(tmp_path / "whole.pth")


@pytest.mark.parametrize(
    "content", [[1, 2], {}, {"epoch": 3}, torch.zeros(2), {"model": {"a": "text"}}]
)
def test_a_file_without_parameters_says_what_it_holds(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="holds no named parameters"):
        read_state_dict(tmp_path / "a.pth")


@settings(max_examples=120, deadline=None, database=None)
@given(data=st.data(), kind=st.sampled_from(["a.pth", "old.pth", "a.safetensors"]))
def test_no_damaged_file_raises_anything_but_a_weights_error_of_one_line(
    data: st.DataObject, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("weights") / kind
    if kind == "a.safetensors":
        save_file(PARAMETERS, path)
    else:
        torch.save(PARAMETERS, path, _use_new_zipfile_serialization=kind == "a.pth")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    message = ""
    try:
        read_state_dict(path)
    except WeightsError as error:
        message = str(error)
    assert not message or message.startswith(f"{kind}: ")
    assert len(message.splitlines()) <= 1


def test_parameters_that_fit_pass_with_or_without_batch_counters() -> None:
    frozen = {"norm.weight": torch.ones(2), "norm.running_var": torch.ones(2)}
    trained = frozen | {"norm.num_batches_tracked": torch.tensor(1)}
    check_match(trained, frozen, Path("a.pth"), "some-model")
    check_match(frozen, trained, Path("a.pth"), "some-model")


def test_the_first_differences_are_named() -> None:
    expected = {"a": torch.ones(2), "b": torch.ones(3), "c": torch.ones(4), "e": torch.ones(2)}
    found = {"a": torch.ones(2), "c": torch.ones(5), "d": torch.ones(1), "e": torch.ones(2)}
    with pytest.raises(WeightsError) as caught:
        check_match(expected, found, Path("a.pth"), "some-model")
    assert str(caught.value) == (
        "a.pth: does not fit some-model: of 4 parameters 1 missing (first b), 1 unexpected "
        "(first d), 1 of another shape (first c is 5, expected 4); choose the model that it was "
        "trained with"
    )


def test_foreign_weights_are_called_another_architecture() -> None:
    with pytest.raises(WeightsError, match="another architecture than some-model"):
        check_match({"a": torch.ones(2)}, {"b": torch.ones(2)}, Path("a.pth"), "some-model")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("own.json", json.dumps({"classes": ["cat", "dog"]})),
        ("own.json", json.dumps({"categories": ["cat", "dog"]})),
        ("own.json", json.dumps(["__background__", "cat", "dog"])),
        ("own.txt", "cat\ndog\n"),
        ("classes.txt", "cat\n\n dog "),
    ],
)
def test_class_names_beside_a_file_are_read(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert read_categories(tmp_path / "own.pth", 3) == ("__background__", "cat", "dog")


def test_without_class_names_there_are_none(tmp_path: Path) -> None:
    assert read_categories(tmp_path / "own.pth", 3) is None


@pytest.mark.parametrize("content", ["{", json.dumps({"classes": 3}), json.dumps([1, 2])])
def test_class_names_that_cannot_be_read_are_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "own.json").write_text(content)
    with pytest.raises(WeightsError, match="class names"):
        read_categories(tmp_path / "own.pth", 3)


def test_a_wrong_number_of_class_names_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("cat\ndog\ncow\nowl")
    with pytest.raises(WeightsError, match="4 class names are beside it, but it has 2 classes"):
        read_categories(tmp_path / "own.pth", 3)
