"""How soon the window is on the screen, beside what importing torch alone would take."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.api.measurements import Measurement
from gui.benchmarks._screen import choose_platform

MAIN = Path(__file__).parents[2] / "main.py"
RUNS = 5
GOAL = 0.2
PATIENCE_S = 60.0
FIRST_PAINT = "VISION_WORKBENCH_FIRST_PAINT"


def measure() -> list[Measurement]:
    """Start the program and import torch by turns, a fresh process each; medians of both."""
    with tempfile.TemporaryDirectory(prefix="vision-workbench-") as home:
        environment = _environment(Path(home))
        _first_paint_ms(environment)  # fills the disk cache, as the import below does
        _import_ms(environment)
        paints, imports = [], []
        for _ in range(RUNS):
            paints.append(_first_paint_ms(environment))
            imports.append(_import_ms(environment))
    paint_ms, import_ms = statistics.median(paints), statistics.median(imports)
    return [
        Measurement(
            name="startup: first paint; reference: importing torch alone",
            value=paint_ms,
            reference=import_ms,
            unit="ms",
            goal=f"<= {GOAL:g} x",
            met=paint_ms <= GOAL * import_ms,
        )
    ]


def _environment(home: Path) -> dict[str, str]:
    """A person who never started the program; offscreen where there is no display."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    environment["HOME"] = str(home)
    choose_platform(environment)
    return environment


def _first_paint_ms(environment: dict[str, str]) -> float:
    environment = environment | {FIRST_PAINT: str(time.monotonic())}
    done = _run([str(MAIN)], environment)
    found = re.search(r"first paint after ([\d.]+) ms", done.stderr)
    if found is None:
        raise RuntimeError(f"the window did not say when it was painted:\n{done.stderr}")
    return float(found[1])


def _import_ms(environment: dict[str, str]) -> float:
    begun_s = time.monotonic()
    _run(["-c", "import torch"], environment)
    return (time.monotonic() - begun_s) * 1000


def _run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
