"""Where elements stand in XML text, so that one can be replaced and the rest stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape

_TAG = re.compile(rb"<(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")


@dataclass(frozen=True, slots=True)
class Element:
    """An element in UTF-8 text: all of it from `start` to `stop`, its content inside."""

    path: tuple[str, ...]
    start: int
    inner_start: int
    inner_stop: int
    stop: int


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of an XML file and its encoding.

    Raises:
        ValueError, LookupError: the encoding is not known, or the file is not in it.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), "utf-16"
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode() if declared else "utf-8"
    text = data.decode(encoding)
    return text.removeprefix("\ufeff"), encoding


def encoded(text: str, encoding: str) -> bytes:
    """Return text in an encoding; letters that it lacks as numbers."""
    return text.encode(encoding, "xmlcharrefreplace")


def elements(text: bytes, *paths: tuple[str, ...]) -> list[Element]:
    """Return the elements of some paths from the root, in their order.

    Args:
        text: well-formed XML in UTF-8.
    """
    parser = expat.ParserCreate("utf-8")
    wanted, lengths = set(paths), {len(path) for path in paths}
    stack: list[tuple[str, int]] = []
    found: list[Element] = []

    def begin(name: str, _: dict[str, str]) -> None:
        stack.append((name, parser.CurrentByteIndex))

    def end(_: str) -> None:
        # Elsewhere the path is not put together: it may be fifty thousand names long.
        path = tuple(name for name, _ in stack) if len(stack) in lengths else ()
        start = stack.pop()[1]
        if path in wanted:
            found.append(_element(text, path, start, parser.CurrentByteIndex))

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.Parse(text, True)
    return sorted(found, key=lambda element: element.start)


def _element(text: bytes, path: tuple[str, ...], start: int, end: int) -> Element:
    tag = _TAG.match(text, start)
    inner = tag.end() if tag else start
    if text[end : end + 2] == b"</" and end >= inner:
        return Element(path, start, inner, end, text.index(b">", end) + 1)
    return Element(path, start, inner, inner, inner)


def with_texts(text: str, root: str, changes: dict[tuple[str, ...], str], before: str) -> str:
    """Return an element with the text of some that it holds replaced.

    Args:
        root: the name of the element.
        changes: the new text by the path from it; one that is missing is put in.
        before: the child that a missing one is put before, in its manner.
    """
    data = text.encode()
    places = {e.path[1:]: e for e in elements(data, *((root, *path) for path in changes))}
    replacements = []
    for path, value in changes.items():
        new = escape(value).encode()
        element = places.get(path)
        if element is None:
            replacements.append(_inserted(data, root, path[-1], new, before))
        elif element.inner_start == element.inner_stop == element.stop:
            replacements.append(
                (element.start, element.stop, b"<%b>%b</%b>" % (_name(path), new, _name(path)))
            )
        else:
            replacements.append((element.inner_start, element.inner_stop, new))
    return replaced_bytes(data, replacements).decode()


def without(text: str, root: str, child: str) -> str:
    """Return an element without the children of a name and the white space before them."""
    data = text.encode()
    cuts = [
        (e.start - len(gap_before(data, e)), e.stop, b"") for e in elements(data, (root, child))
    ]
    return replaced_bytes(data, cuts).decode()


def _name(path: tuple[str, ...]) -> bytes:
    return path[-1].encode()


def _inserted(
    data: bytes, root: str, name: str, value: bytes, before: str
) -> tuple[int, int, bytes]:
    (sibling, *_) = elements(data, (root, before))
    tag = name.encode()
    return (
        sibling.start,
        sibling.start,
        b"<%b>%b</%b>%b" % (tag, value, tag, gap_before(data, sibling)),
    )


def gap_before(data: bytes, element: Element) -> bytes:
    """Return the white space before an element."""
    head = data[: element.start]
    return head[len(head.rstrip()) :]


def replaced_bytes(data: bytes, replacements: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return the data with parts of it replaced; all else stays as it is."""
    return b"".join(_pieces(data, sorted(replacements)))


def _pieces(data: bytes, replacements: Sequence[tuple[int, int, bytes]]) -> Iterator[bytes]:
    position = 0
    for start, stop, new in replacements:
        yield data[position:start]
        yield new
        position = stop
    yield data[position:]
