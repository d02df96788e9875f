"""What a benchmark reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number against its reference, both measured in the same run.

    Attributes:
        name: what was measured, with the benchmark's name before a colon.
        value: the measured number.
        reference: the same work done by the reference, or None where the goal is absolute.
        ratio: value / reference, or None.
        unit: of value and reference.
        goal: in words, "<= 8 ms".
        met: whether the goal is reached.
    """

    name: str
    value: float
    reference: float | None
    unit: str
    goal: str
    met: bool

    @property
    def ratio(self) -> float | None:
        """value / reference."""
        return self.value / self.reference if self.reference else None
