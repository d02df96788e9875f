"""A small sound file of every kind that the program reads, and how each is read.

Files are made anew in an empty folder. What reads one may raise an EngineError, whose one line says
what is wrong; anything else is a fault of the program.
"""

from __future__ import annotations

import importlib
import importlib.util

from engine.benchmarks import _annotation_kinds, _dataset_kinds, _kept_kinds, _weights_kinds
from engine.benchmarks._file_kinds import Kind

_OF_THE_WINDOW = "gui.benchmarks._kept_files"


def kinds() -> tuple[Kind, ...]:
    """Return every kind that the engine reads."""
    modules = (_annotation_kinds, _dataset_kinds, _weights_kinds, _kept_kinds)
    return tuple(kind for module in modules for kind in module.kinds())


def kinds_of_window() -> tuple[Kind, ...]:
    """Return what the interface reads; found by name as text, and none where it is not there."""
    if importlib.util.find_spec(_OF_THE_WINDOW.partition(".")[0]) is None:
        return ()
    return tuple(
        Kind(name, make, read, is_text=True)
        for name, make, read in importlib.import_module(_OF_THE_WINDOW).KINDS
    )
