"""The class names of a YOLO folder: classes.txt, or `names` of data.yaml.

Label files hold indices only, so the order of these names is what every label means.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from engine.api.errors import DatasetError
from engine.data.formats.importer import PLACEHOLDER_LIMIT, placeholder_class
from engine.data.formats.pictures import LEVELS_UP, without_detours
from engine.data.formats.text_files import read_text
from engine.data.formats.yaml_text import TextLoader

CLASSES_FILE = "classes.txt"
DATA_FILE = "data.yaml"
YAML_SUFFIXES = (".yaml", ".yml")
_YAML_BYTES = 4 << 20  # some hundred thousand names
_NAME_FILES = (CLASSES_FILE, "obj.names")


@dataclass(frozen=True, slots=True)
class YoloClasses:
    """Class names by index and where they were found.

    Attributes:
        names: empty where there are none.
        file: None where there is none.
        picture_folders: those that data.yaml names, whether they are there or not.
        disagreement: one sentence where two files differ; empty otherwise.
        keypoints: how many numbers of keypoints follow each box, by `kpt_shape`; 0 for none.
        outside_folders: those that it names and that are not followed: see `may_follow`.
    """

    names: tuple[str, ...] = ()
    file: Path | None = None
    picture_folders: tuple[Path, ...] = ()
    disagreement: str = ""
    keypoints: int = 0
    outside_folders: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Found:
    names: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    about: YoloClasses = YoloClasses()


def find_classes(source: Path, levels: int = 3) -> YoloClasses:
    """Look for class names in the source, in its folder, below in `labels`, and further up.

    Args:
        levels: how many folders to look in, from the source's own upwards.

    Raises:
        DatasetError: the source is a data.yaml or classes.txt that cannot be read, or the first
            file found cannot.
    """
    if os.path.isfile(source) and source.suffix.lower() in YAML_SUFFIXES:
        document = load_yaml(source)
        return replace(_about(document, source), names=_names(document, source), file=source)
    folder = source.absolute() if os.path.isdir(source) else source.absolute().parent
    found = YoloClasses()
    if source.name in _NAME_FILES and os.path.isfile(source):
        found = YoloClasses(read_names(source), source)
    for candidate in (folder, folder / "labels", *list(folder.parents)[: levels - 1]):
        is_named = found.file is not None
        try:
            table = classes_in(candidate)
        except DatasetError:
            if not is_named:
                raise
            continue  # only kpt_shape is missing
        keypoints = found.keypoints or table.keypoints
        found = replace(found if is_named else table, keypoints=keypoints)
        if found.file is not None and found.file.suffix.lower() in YAML_SUFFIXES:
            break
    return found


def classes_in(folder: Path) -> YoloClasses:
    """Return the class names that lie in one folder; classes.txt before data.yaml.

    Raises:
        DatasetError: one of the files cannot be read.
    """
    found = _Found()
    for name in _NAME_FILES:
        if os.path.isfile(folder / name):
            found.names[folder / name] = read_names(folder / name)
    for file in _yaml_files(folder):
        document = _table(file)
        if "names" in document:
            found.names[file] = _names(document, file)
            found.about = _about(document, file)
    if not found.names:
        return YoloClasses()
    file, names = next(iter(found.names.items()))
    return replace(found.about, names=names, file=file, disagreement=disagreement(found.names))


def _yaml_files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.lower().endswith(YAML_SUFFIXES)]
    except OSError:
        return []
    ordered = sorted(names, key=lambda name: (name != DATA_FILE, name))
    return [folder / name for name in ordered[:10]]


def _table(file: Path) -> dict[str, Any]:
    """Return the content of a YAML; of one with another name only if it can be read."""
    try:
        return load_yaml(file)
    except DatasetError:
        if file.name == DATA_FILE:
            raise
        return {}


def disagreement(found: dict[Path, tuple[str, ...]]) -> str:
    """Return where the names of files differ, as the beginning of a sentence; empty if nowhere."""
    (first, names), *others = found.items()
    for file, other in others:
        for index, (a, b) in enumerate(zip(names, other, strict=False)):
            if a != b:
                return f"class {index} is {a!r} in {first.name} and {b!r} in {file.name}"
        if len(names) != len(other):
            return f"{first.name} has {len(names)} classes and {file.name} has {len(other)}"
    return ""


def read_names(file: Path) -> tuple[str, ...]:
    """Return the names of a classes.txt, one a line; an empty line between is a class too."""
    lines = [line.strip() for line in read_text(file).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(line or placeholder_class(index) for index, line in enumerate(lines))


def read_yaml_names(file: Path) -> tuple[str, ...]:
    """Return `names` of a data.yaml; DatasetError where there are none or it is unreadable."""
    return _names(load_yaml(file), file)


def load_yaml(file: Path) -> dict[str, Any]:
    """Return a data.yaml with every value as the text it is written as: `no` stays "no".

    Raises:
        DatasetError: it cannot be opened, or is no YAML mapping.
    """
    text = read_text(file, _YAML_BYTES)
    try:
        document = yaml.load(text, Loader=TextLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "its content"
        problem = getattr(error, "problem", None) or type(error).__name__
        raise DatasetError(f"{file}: is not readable as YAML ({where}: {problem})") from error
    if not isinstance(document, dict):
        raise DatasetError(f"{file}: is no YAML mapping; expected “names: [...]”")
    return document


def _names(document: dict[str, Any], file: Path) -> tuple[str, ...]:
    names = document.get("names")
    if not isinstance(names, (list, dict)):
        raise DatasetError(f"{file}: has no list “names”; add the class names in their order")
    # A list of lists, each an alias of the last, would be printed without end.
    values = names if isinstance(names, list) else names.values()
    if any(isinstance(value, (list, dict)) for value in values):
        raise DatasetError(f"{file}: a class name in “names” is a list; write one text a class")
    if isinstance(names, list):
        return tuple(str(name) for name in names)
    try:
        by_index = {int(key): str(name) for key, name in names.items()}
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{file}: a key of “names” is no class index") from error
    if any(not 0 <= index < PLACEHOLDER_LIMIT for index in by_index):
        raise DatasetError(f"{file}: a class index is outside 0 to {PLACEHOLDER_LIMIT - 1:,}")
    count = max(by_index, default=-1) + 1
    return tuple(by_index.get(index, placeholder_class(index)) for index in range(count))


def _about(document: dict[str, Any], file: Path) -> YoloClasses:
    """Return what a data.yaml says beside the names."""
    folders = _folders(document, file)
    followed = tuple(folder for folder in folders if may_follow(folder, file))
    # Of the places that one entry can mean, one that is there is worth a word.
    outside = tuple(f for f in folders if f not in followed and os.path.isdir(f))
    numbers = _keypoint_numbers(document.get("kpt_shape"))
    return YoloClasses(picture_folders=followed, keypoints=numbers, outside_folders=outside)


def may_follow(folder: Path, file: Path) -> bool:
    """Whether labels are looked for in a folder: in that of data.yaml, or little above it.

    A `path` of the root would have the whole disk walked. The same goes for a list of pictures.
    """
    base = file.absolute().parent
    there = without_detours(folder.absolute())
    above = [parent for parent in list(base.parents)[:LEVELS_UP] if parent != parent.parent]
    is_near = any(there.is_relative_to(parent) for parent in above) and there not in base.parents
    return there.is_relative_to(base) or is_near


def _keypoint_numbers(shape: Any) -> int:
    """Return the product of `kpt_shape`, which is [keypoints, 2 or 3]; 0 where it is not."""
    try:
        count, dimensions = (int(value) for value in shape)
    except (TypeError, ValueError):
        return 0
    return count * dimensions if 0 < count <= PLACEHOLDER_LIMIT and dimensions in (2, 3) else 0


def _folders(document: dict[str, Any], file: Path) -> tuple[Path, ...]:
    """Return the picture folders of the splits, from the file's own folder and from `path`."""
    root = document.get("path")
    roots = [file.parent / root, file.parent] if isinstance(root, str) else [file.parent]
    folders = []
    for split in ("train", "val", "test"):
        listed = document.get(split)
        for entry in listed if isinstance(listed, list) else [listed]:
            if isinstance(entry, str) and entry and "\0" not in entry:
                # Exports with “../train/images” mean the folder of data.yaml itself.
                tails = dict.fromkeys([entry, entry.removeprefix("../")])
                folders += [folder / tail for folder in roots for tail in tails]
    return tuple(dict.fromkeys(folders))
