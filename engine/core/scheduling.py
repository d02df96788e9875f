"""How the operating system ranks threads: who goes first where all cores compute."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import threading

_SLICE_NS = 300_000
# Numbers of the system call sched_setattr, see the kernel's tables.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
_SCHED_OTHER = 0


def give_way(niceness: int) -> None:
    """Let other threads go first: Linux ranks each thread, and those it starts, alone."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def wake_soon() -> None:
    """Ask for the core as soon as there is something to do, for a moment only.

    Since version 6.12 a Linux thread may ask for short slices of time: one that wakes then need
    not wait until a long slice of another, such as a training's, has run out. What a thread gets
    in all is not touched. Elsewhere, and where it is refused, nothing changes.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return
    niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    # struct sched_attr: size, policy, flags, nice, priority, runtime (the slice), deadline, period.
    wanted = struct.pack("=IIQiIQQQ", 48, _SCHED_OTHER, 0, niceness, 0, _SLICE_NS, 0, 0)
    ctypes.CDLL(None, use_errno=True).syscall(number, 0, wanted, 0)
