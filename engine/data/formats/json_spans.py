"""Where things stand in JSON text, so that one of them can be replaced and the rest stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")
_SCAN = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
Replacement = tuple[int, int, str]
"""Start, stop, and the text to stand there instead."""


class Item(NamedTuple):
    """A value and where it stands in the text."""

    value: Any
    start: int
    stop: int


class RawJson(str):
    """A value that is JSON text already."""

    __slots__ = ()


class JsonCursor:
    """Walks through JSON text, building one value of it at a time: memory stays bounded.

    Every method raises ValueError (`json.JSONDecodeError`) where the text is no JSON.
    """

    def __init__(self, text: str, position: int = 0) -> None:
        self.text, self.position = text, position

    def peek(self) -> str:
        """Return the next character behind white space; empty at the end."""
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.text[self.position : self.position + 1]

    def value(self) -> Item:
        """Read a value of any kind."""
        self.peek()
        start = self.position
        try:
            value, self.position = _SCAN(self.text, start)
        except StopIteration as error:
            raise json.JSONDecodeError("Expecting value", self.text, error.value) from None
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return Item(value, start, self.position)

    def members(self) -> Iterator[str]:
        """Enter an object and yield each key; a value that is not read then is passed over."""
        self._take("{")
        while self.peek() != "}":
            if self.peek() != '"':
                self._fail("Expecting property name enclosed in double quotes")
            key = self.value().value
            self._take(":")
            self.peek()
            at = self.position
            yield key
            if self.position == at:
                self.value()
            self._next("}")
        self.position += 1

    def items(self) -> Iterator[Item]:
        """Enter a list and yield each of its values."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
            self._next("]")
        self.position += 1

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.peek():
            self._fail("Extra data")

    def _next(self, closing: str) -> None:
        found = self.peek()
        if found == ",":
            self.position += 1
            if self.peek() == closing:
                self._fail("Expecting value")
        elif found != closing:
            self._fail("Expecting ',' delimiter" if found else "Expecting value")

    def _take(self, character: str) -> None:
        if self.peek() != character:
            self._fail(f"Expecting {character!r}")
        self.position += 1

    def _fail(self, reason: str) -> None:
        raise json.JSONDecodeError(reason, self.text, self.position)


def replaced(text: str, replacements: Sequence[Replacement]) -> str:
    """Return the text with parts of it replaced; all else stays as it is."""
    pieces, position = [], 0
    for start, stop, new in sorted(replacements):
        pieces += [text[position:start], new]
        position = stop
    return "".join([*pieces, text[position:]])


def with_members(text: str, changes: Mapping[str, Any]) -> str:
    """Return the text of an object with the values of some keys replaced, or keys added."""
    cursor = JsonCursor(text)
    spans = {key: cursor.value() for key in cursor.members()}
    replacements = [
        (spans[key].start, spans[key].stop, _value_text(value, text, spans[key]))
        for key, value in changes.items()
        if key in spans
    ]
    added = {key: value for key, value in changes.items() if key not in spans}
    if added:
        replacements.append(_insertion(text, cursor.position - 1, added, spans))
    return replaced(text, replacements)


def _insertion(
    text: str, brace: int, added: Mapping[str, Any], spans: Mapping[str, Item]
) -> Replacement:
    """Return new members behind the last one; as `text` does, on lines of their own or not."""
    inside = _margins(text)
    gap = f"\n{inside[1]}" if inside else (" " if spans else "")
    stop = max((item.stop for item in spans.values()), default=brace)
    members = (
        f"{json.dumps(key, ensure_ascii=False)}: {_value_text(value, text, None)}"
        for key, value in added.items()
    )
    new = f",{gap}".join(members)
    return (stop, stop, f",{gap}{new}" if spans else new)


def _value_text(value: Any, owner: str, old: Item | None) -> str:
    """Return a value as text in the manner of the value that it replaces, or of its owner."""
    if isinstance(value, RawJson):
        return str(value)
    margins = _margins(owner)
    was_long = "\n" in owner[old.start : old.stop] if old else isinstance(value, (list, dict))
    if margins is None or not (was_long and value):
        return one_line_json(value, is_tight=_is_tight(owner))
    outer, inner = margins
    return dumped(value, inner, inner.removeprefix(outer) or "  ")


def dumped(value: Any, margin: str, indent: str) -> str:
    """Return JSON on several lines, of which all but the first begin with a margin."""
    text = _encodable(json.dumps(value, ensure_ascii=False, indent=indent), value, indent)
    return text.replace("\n", f"\n{margin}")


def one_line_json(value: Any, is_tight: bool = False) -> str:
    """Return JSON on one line; tight without spaces behind commas and colons."""
    separators = (",", ":") if is_tight else (", ", ": ")
    text = json.dumps(value, ensure_ascii=False, separators=separators)
    return _encodable(text, value, None)


def _encodable(text: str, value: Any, indent: str | None) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # undecodable bytes of a file name
        return json.dumps(value, indent=indent)
    return text


def _is_tight(text: str) -> bool:
    return '":' in text and '": ' not in text


def _margins(text: str) -> tuple[str, str] | None:
    """Return the white space before the closing bracket and before the first member.

    None where the object stands on one line.
    """
    first = re.match(r"[{\[][ \t\r]*\n([ \t]*)\S", text)
    last = re.search(r"\n([ \t]*)[}\]]\Z", text)
    return (last[1], first[1]) if first and last else None


@dataclass(slots=True)
class JsonList:
    """A list in a JSON text and where its items stand; `start` is that of its bracket."""

    text: str
    start: int
    stop: int
    items: list[tuple[int, int]]
    owner_margin: str | None = None

    @staticmethod
    def read(cursor: JsonCursor, owner_margin: str | None = None) -> JsonList:
        """Read a list of which only the places are wanted.

        Args:
            owner_margin: the white space before the members of the object that holds the list;
                None where it stands on one line.
        """
        cursor.peek()
        start = cursor.position
        items = [(item.start, item.stop) for item in cursor.items()]
        return JsonList(cursor.text, start, cursor.position, items, owner_margin)

    def item(self, index: int) -> str:
        """Return the text of an item."""
        start, stop = self.items[index]
        return self.text[start:stop]

    @property
    def margin(self) -> str | None:
        """The white space before each item; None where they follow on one line."""
        if not self.items:
            return None if self.owner_margin is None else self.owner_margin * 2
        before = self.text[self.start + 1 : self.items[0][0]]
        return before.rpartition("\n")[2] if "\n" in before else None

    @property
    def indent(self) -> str | None:
        """What one more level is indented by; None where an item stands on one line."""
        if not self.items:
            return self.owner_margin
        margins = _margins(self.item(0))
        return margins[1].removeprefix(margins[0]) or "  " if margins else None

    def dumped(self, value: Any) -> str:
        """Return an item in the manner of those that are there."""
        indent = self.indent
        if indent is None:
            return one_line_json(value, bool(self.items) and _is_tight(self.item(0)))
        return dumped(value, self.margin or "", indent)

    def replacements(
        self, texts: Mapping[int, Sequence[str]], added: Sequence[str]
    ) -> list[Replacement]:
        """Return what to replace so that items become others, or none, and new ones follow.

        Args:
            texts: by index what is to stand there instead; empty to remove it.
        """
        if not self.items:
            return self._filled(added)
        new = dict(texts)
        if added:
            last = len(self.items) - 1
            new[last] = [*texts.get(last, (self.item(last),)), *added]
        stays = len(self.items)
        while stays and not new.get(stays - 1, ("",)):
            stays -= 1
        if not stays:
            return [(self.start, self.stop, "[]")]
        found: list[Replacement] = []
        for index in sorted(index for index in new if index < stays):
            start, stop = self.items[index]
            if not new[index]:
                found.append((start, self.items[index + 1][0], ""))
            elif (text := self._gap.join(new[index])) != self.text[start:stop]:
                found.append((start, stop, text))
        if stays < len(self.items):
            found.append((self.items[stays - 1][1], self.items[-1][1], ""))
        return found

    @property
    def _gap(self) -> str:
        if len(self.items) > 1:
            return self.text[self.items[0][1] : self.items[1][0]]
        margin = self.margin
        return f",\n{margin}" if margin is not None else ", "

    def _filled(self, added: Sequence[str]) -> list[Replacement]:
        if not added:
            return []
        margin = self.margin
        if margin is None:
            return [(self.start, self.stop, f"[{', '.join(added)}]")]
        inside = f",\n{margin}".join(added)
        return [(self.start, self.stop, f"[\n{margin}{inside}\n{self.owner_margin}]")]


def margin_of(text: str) -> str | None:
    """Return the white space before the members of a document; None on one line."""
    first = re.match(r"\ufeff?\s*{[ \t\r]*\n([ \t]*)\S", text)
    return first[1] if first else None
