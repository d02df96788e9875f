"""Parts of a YOLO data set as data.yaml lists them: a file with the name of a picture a line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.api.errors import DatasetError
from engine.data.datasets.splits import SPLIT_NAMES, SPLIT_ORDER
from engine.data.formats.text_files import read_text
from engine.data.formats.yolo_classes import find_classes, load_yaml, may_follow

_LIST = ".txt"
_TABLES = (".yaml", ".yml")


def listed_by_table(source: Path, files: Sequence[Path]) -> dict[str, list[int]] | None:
    """Return the parts, as indices into the files; None where data.yaml names no such lists.

    A picture that no list names is in no part.

    Args:
        source: the data.yaml, or the folder that it lies in.
        files: the pictures of the data set.

    Raises:
        DatasetError: a list is missing or cannot be read.
    """
    table = find_classes(source).file
    if table is None or table.suffix.lower() not in _TABLES:
        return None
    document = load_yaml(table)
    lists = {
        split: texts
        for name, value in document.items()
        if (split := SPLIT_NAMES.get(str(name).lower())) is not None and (texts := _lists_of(value))
    }
    if not lists:
        return None
    root = table.parent / str(document.get("path") or ".")
    places = {os.path.abspath(file): index for index, file in enumerate(files)}
    parts: dict[str, list[int]] = {}
    for split in SPLIT_ORDER:
        for text in lists.get(split, ()):
            named = _named(text, root, table)
            parts.setdefault(split, []).extend(places[name] for name in named if name in places)
    return {split: sorted(set(indices)) for split, indices in parts.items()}


def _lists_of(value: Any) -> list[str]:
    """Return the entries of a part that are lists, not folders."""
    entries = value if isinstance(value, list) else [value]
    return [text for text in entries if isinstance(text, str) and text.lower().endswith(_LIST)]


def _named(text: str, root: Path, table: Path) -> list[str]:
    """Return the absolute names of the pictures in a list; nothing of them is opened."""
    candidates = [root / text, table.parent / text]
    there = [each for each in candidates if os.path.isfile(each)]
    file = next((each for each in there if may_follow(each, table)), None)
    if file is None and there:
        raise DatasetError(f"{table}: its list {text} lies outside its folder; copy it there")
    if file is None:
        raise DatasetError(f"{table}: its list {text} is not there; add it, or name the folders")
    names = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    # As Ultralytics reads them: `./` is the folder of the list, anything else that of the data.
    return [
        os.path.abspath(file.parent / name if name.startswith("./") else root / name)
        for name in names
    ]
