"""The time of a run, which a test can move by hand."""

from __future__ import annotations

import threading
import time


class Clock:
    """Tells the time and waits for it."""

    def now_s(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    def wait_until(self, condition: threading.Condition, moment_s: float | None) -> None:
        """Wait, with the condition held, until it is notified or the moment has come.

        May return early: callers ask again whether what they wait for is there.
        """
        if moment_s is None:
            condition.wait()
            return
        left_s = moment_s - self.now_s()
        if left_s > 0:
            condition.wait(left_s)
