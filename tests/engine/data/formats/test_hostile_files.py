"""Files made to exhaust memory or the stack are refused in one line, and quickly."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from engine.api.annotations import Shape
from engine.api.errors import DatasetError, StorageError
from engine.data.formats.voc import load_xml
from tests.engine.data.formats.support import make_picture, one_set, read, write

LEVELS = 9


def laughs(encoding: str) -> bytes:
    """A name of 10^9 letters, out of entities that repeat one another."""
    entities = "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, LEVELS + 1)
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE annotation [<!ENTITY a0 "ha">'
    text += f"{entities}]><annotation><filename>&a{LEVELS};</filename></annotation>"
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_without_bound_are_refused_in_any_encoding(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(laughs(encoding))
    with pytest.raises(DatasetError, match="remove the DOCTYPE line"):
        load_xml(file)


def test_entities_that_name_a_file_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    file = tmp_path / "a.xml"
    file.write_bytes(
        f'<!DOCTYPE annotation [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        "<annotation><filename>&e;</filename></annotation>".encode("utf-16")
    )
    with pytest.raises(DatasetError, match="remove the DOCTYPE line"):
        load_xml(file)


def test_elements_nested_without_end_do_no_harm(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", (8, 8))
    depth = 50_000
    file = tmp_path / "a.xml"
    file.write_text("<annotation>" + "<a>" * depth + "</a>" * depth + "</annotation>")
    assert not read(file, format="voc").pictures[0].shapes


@pytest.mark.parametrize("kind", ["coco", "labelme"])
def test_json_nested_without_end_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"shapes":' + "[" * 200_000)
    with pytest.raises(DatasetError, match="nested too deeply"):
        read(file, format=kind)


@pytest.mark.parametrize("names", ["names: *z", "names: {0: *z}"])
def test_class_names_of_aliases_that_double_are_refused(tmp_path: Path, names: str) -> None:
    letters = "abcdefz"  # so few that the test fails, and not the machine, without the check
    lines = ["a: &a [x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise(letters)]
    file = tmp_path / "data.yaml"
    file.write_text("\n".join([*lines, names]))
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    with pytest.raises(DatasetError, match="a class name"):
        read(file, format="yolo")


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? "])
def test_yaml_nested_without_end_is_refused(tmp_path: Path, opened: str) -> None:
    file = tmp_path / "data.yaml"
    file.write_text("names: " * (opened != "- ") + opened * 200_000)
    with pytest.raises(DatasetError, match="is not readable as YAML"):
        read(file, format="yolo")


def test_a_yaml_larger_than_any_table_of_names_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text("names: [a]\n" + "#\n" * (2 << 20))
    with pytest.raises(DatasetError, match="the limit is"):
        read(file, format="yolo")


def test_folders_of_names_that_no_folder_can_have_are_passed_over(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", (100, 80))
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text(f'names: [cat]\ntrain: {"9" * 400}\nval: "b\\0c"\n')
    assert read(tmp_path).pictures[0].shapes[0].label == "cat"


def test_yaml_that_would_run_code_is_text(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    file = tmp_path / "data.yaml"
    file.write_text(f"names: [!!python/object/apply:pathlib.Path.touch [{proof}]]\n")
    with pytest.raises(DatasetError):
        read(file, format="yolo")
    assert not proof.exists()


MERGES = [
    "a0: &a0 {x: 1}",
    *(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)),
]


@pytest.mark.parametrize(
    "lines",
    [
        MERGES,
        ["x: !!bool maybe", "y: !!int one", "z: !!float f", "when: !!timestamp now"],
        ["nc: !!int many", "# a comment", "train: !!bool images"],
        ["old: &n [dog]", "names: *n"],
    ],
)
def test_a_yaml_of_merges_or_wrong_tags_is_written_into_and_never_built(
    lines: list[str], tmp_path: Path
) -> None:
    picture = make_picture(tmp_path / "a.png", (100, 80))
    names = [] if lines[-1].startswith("names") else ["names: [dog]"]
    (tmp_path / "data.yaml").write_text("\n".join([*lines, *names]) + "\n")
    cat = Shape.box("cat", 1, 2, 30, 40)
    write(one_set(picture, cat, size=(100, 80)), "yolo", tmp_path)
    text = (tmp_path / "data.yaml").read_text()
    assert all(line in text for line in lines if not line.startswith(("nc", "names")))
    assert read(tmp_path, format="yolo").pictures[0].shapes == (cat,)
    assert read(tmp_path, format="yolo").classes == ("dog", "cat")


def test_a_yaml_in_braces_without_the_keys_is_refused(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.png", (100, 80))
    (tmp_path / "data.yaml").write_text("{names: [dog]}\n")
    with pytest.raises(StorageError, match="write one key a line"):
        write(one_set(picture, Shape.box("cat", 1, 2, 30, 40)), "yolo", tmp_path)
    assert (tmp_path / "data.yaml").read_text() == "{names: [dog]}\n"


@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.txt", "data.yaml", "classes.txt"])
def test_a_pipe_or_device_gives_one_line_and_is_not_waited_for(name: str, tmp_path: Path) -> None:
    make_picture(tmp_path / "a.png", (8, 8))
    os.mkfifo(tmp_path / name)
    with pytest.raises(DatasetError):
        read(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(DatasetError):
        read(tmp_path / name)
