"""Numbers and names as people read them, the same in messages, lists and the interface."""

from __future__ import annotations


def size_text(count: int) -> str:
    """Return a number of bytes as people read it: `168 MB`."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


def one_line(text: str) -> str:
    """Return text from a file as it can stand in a message: control characters are escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
