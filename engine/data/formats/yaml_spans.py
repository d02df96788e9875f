"""Where the values of a YAML mapping stand, so that one can be replaced and the rest stays."""

from __future__ import annotations

import re
from typing import Any

import yaml  # type: ignore[import-untyped]

from engine.data.formats.json_spans import Replacement, replaced
from engine.data.formats.yaml_text import TextLoader

_ALIAS = re.compile(r"[ \t]*\*[^\s,]+")


def with_yaml_values(text: str, changes: dict[str, Any]) -> str:
    """Return the text of a mapping with the values of some keys replaced, or keys added.

    The text is read event by event and never built: aliases and merges are not followed.

    Raises:
        ValueError: it is no mapping.
    """
    spans = _spans(text)
    replacements: list[Replacement] = []
    added: dict[str, Any] = {}
    for key, value in changes.items():
        if key in spans:
            start, stop = spans[key]
            new = dump_yaml({key: value}).decode().removeprefix(f"{key}:").rstrip("\n")
            replacements.append((start, stop, new))
        else:
            added[key] = value
    result = replaced(text, replacements)
    if not added:
        return result
    is_flow = text.lstrip().startswith("{")
    if is_flow:
        raise ValueError("the mapping is written in braces; write one key a line")
    ending = "" if result.endswith("\n") or not result else "\n"
    return result + ending + dump_yaml(added).decode()


def dump_yaml(document: dict[str, Any]) -> bytes:
    """Return a mapping as YAML in its own order."""
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


def _spans(text: str) -> dict[str, tuple[int, int]]:
    """Return where the value of each key stands, from behind the colon to its last character."""
    try:
        root = yaml.compose(text, Loader=TextLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("is not readable as YAML") from error
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("is no YAML mapping")  # noqa: TRY004 - it is the text that is wrong
    spans = {}
    for key, value in root.value:
        start = text.index(":", key.end_mark.index) + 1
        alias = _ALIAS.match(text, start)
        stop = alias.end() if alias else _end(value)
        spans[str(key.value)] = (start, len(text[:stop].rstrip()))
    return spans


def _end(node: Any) -> int:
    """Return where a value ends; of a block, where its last part does."""
    parts = node.value if isinstance(node, yaml.CollectionNode) and not node.flow_style else ()
    last = parts[-1] if parts else None
    last = last[1] if isinstance(last, tuple) else last
    is_alias = last is not None and last.start_mark.index < node.start_mark.index
    end = node.end_mark if last is None or is_alias else None
    return int(end.index) if end is not None else _end(last)
