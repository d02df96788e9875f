"""The most memory that a process had at any moment of a short work, however soon it was freed."""

from __future__ import annotations

import platform
from pathlib import Path

import psutil

_RESET = "5"
"""Sets the peak back to what is in use: https://docs.kernel.org/filesystems/proc.html"""


class PeakMemory:
    """Looks at this process.

    Linux can set its peak back before each work. Elsewhere the peak of the whole process counts: a
    work is seen only where it takes more than all before it, which is what a limit asks for.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = 0
        self._system = platform.system()
        self._reset, self._status = Path("/proc/self/clear_refs"), Path("/proc/self/status")

    def begin(self) -> None:
        """Begin a work."""
        self._before = self._process.memory_info().rss
        if self._system == "Linux":
            self._reset.write_text(_RESET)

    def peak_bytes(self) -> int:
        """Return how much more than at its beginning was in use at any moment since."""
        return max(0, self._peak() - self._before)

    def _peak(self) -> int:
        if self._system == "Linux":
            lines = self._status.read_text().splitlines()
            peak = next(line for line in lines if line.startswith("VmHWM:"))
            return int(peak.split()[1]) * 1024
        if self._system == "Windows":
            return int(self._process.memory_info().peak_wset)
        import resource

        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return largest if self._system == "Darwin" else largest * 1024
