"""Collects what does not match while annotations are read or prepared for writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.api.annotations import Finding
from engine.api.errors import StorageError
from engine.api.wording import one_line

PER_KIND_LIMIT = 200
"""A report is read by a person: of each kind so many are told one by one, the rest counted."""


class Report:
    """Findings in the order they were made, and what forbids writing."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._counts: Counter[tuple[str, bool]] = Counter()
        self._refusals: list[str] = []

    def note(self, kind: str, file: Path | str, text: str | Callable[[], str]) -> None:
        """Tell of something that is taken in, or written, all the same.

        Args:
            text: or what makes it, where that takes a while; it is asked for what is told alone.
        """
        self._add(kind, file, text, is_error=False)

    def leave_out(self, kind: str, file: Path | str, text: str) -> None:
        """Tell of a shape or file that is not taken in, or not written."""
        self._add(kind, file, text, is_error=True)

    def refuse(self, kind: str, file: Path | str, text: str) -> None:
        """Tell of something that forbids writing anything."""
        self._add(kind, file, text, is_error=True, forbids=True)
        self._refusals.append(one_line(text))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them; a last one per kind counts those beyond the limit."""
        return (*self._findings, *self._remainders())

    def raise_if_refused(self) -> None:
        """Raise StorageError with the first thing that forbids writing."""
        if self._refusals:
            others = len(self._refusals) - 1
            more = f" (and {others} more)" if others else ""
            raise StorageError(self._refusals[0] + more)

    def _add(
        self,
        kind: str,
        file: Path | str,
        text: str | Callable[[], str],
        is_error: bool,
        forbids: bool = False,
    ) -> None:
        self._counts[kind, is_error] += 1
        if self._counts[kind, is_error] <= PER_KIND_LIMIT:
            said = text if isinstance(text, str) else text()
            # A file name may hold a line break; a finding is one line.
            self._findings.append(Finding(kind, str(file), one_line(said), is_error, forbids))

    def _remainders(self) -> Iterable[Finding]:
        for (kind, is_error), count in self._counts.items():
            if count > PER_KIND_LIMIT:
                more = f"{count - PER_KIND_LIMIT:,} more of the kind “{kind}”"
                yield Finding(kind, "", f"{more} are not told one by one", is_error)


def some(names: Iterable[str], limit: int = 3) -> str:
    """Join the first few names: "a, b, c and 4 more"."""
    listed = list(names)
    text = ", ".join(listed[:limit])
    return text if len(listed) <= limit else f"{text} and {len(listed) - limit} more"


def counted(count: int, noun: str) -> str:
    """Return "1 shape" or "3 shapes"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
