"""`bench`: the project's measurements against their references, in one run.

A benchmark is a module with `measure() -> list[Measurement]` in one of two packages; one that can
run for long has `soak(minutes) -> list[Measurement]` too. They are found by name, as text: the
engine must not import the interface, and the interface's measurements are simply absent where it
is not installed.
"""

from __future__ import annotations

import datetime
import difflib
import importlib
import importlib.util
import os
import pkgutil
import platform
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType

from engine.api.errors import ConfigError
from engine.api.measurements import Measurement
from engine.api.tasks import TaskContext
from engine.cli.command import DONE, Command, print_json, say
from engine.core.files import write_text

# The interface first: its start-up is to be measured before torch fills the memory.
WINDOWS, ENGINE = "gui.benchmarks", "engine.benchmarks"
PACKAGES = (WINDOWS, ENGINE)
ROOT = Path(__file__).parents[2]
REPORT = ROOT / "assets" / "benchmarks.md"
WITH_DISPLAY = ROOT / ".tools" / "with_display.sh"
LIBRARIES = ("PySide6-Essentials", "torch", "torchvision", "opencv-python", "numpy")
MOST_MINUTES = 24 * 60
COLUMNS = ("measurement", "value", "reference", "ratio", "goal", "met")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    names = ", ".join(benchmarks())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of: {names}")
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="run one benchmark so long and look at its memory, as in `live --minutes 10`",
    )
    parser.add_argument("--json", action="store_true", help="print data instead of a table")


def benchmarks() -> dict[str, list[str]]:
    """Return the modules of every benchmark by its name: both halves may measure one thing."""
    found: dict[str, list[str]] = {}
    for package in PACKAGES:
        if importlib.util.find_spec(package.partition(".")[0]) is None:
            continue
        spec = importlib.util.find_spec(package)
        folders = spec.submodule_search_locations if spec else None
        for module in pkgutil.iter_modules(folders or []):
            if not module.name.startswith("_"):  # what benchmarks share
                found.setdefault(module.name, []).append(f"{package}.{module.name}")
    return found


def run(options: Namespace, context: TaskContext) -> int:
    """Measure, print, and keep the report when everything was measured."""
    known = benchmarks()
    wanted = [_known_name(name, known) for name in options.names] or list(known)
    has_windows = any(module.startswith(WINDOWS) for name in wanted for module in known[name])
    if has_windows and _can_have_a_display():
        return subprocess.call(["sh", str(WITH_DISPLAY), *_same_command(options)])
    results: list[Measurement] = []
    for index, name in enumerate(wanted):
        context.raise_if_cancelled()
        context.report(index / len(wanted), name)
        modules = [importlib.import_module(module) for module in known[name]]
        if options.minutes is not None:
            results += _soak(modules, options)
        else:
            results += [result for module in modules for result in module.measure()]
    screen = importlib.import_module(WINDOWS).platform() if has_windows else ""
    if options.json:
        where = {"platform": screen} if screen else {}
        print_json({"results": [_as_data(result) for result in results]} | where)
    else:
        sys.stdout.write(_text_table([COLUMNS, *map(_row, results)]))
        sys.stdout.write(f"windows measured on: {screen}\n" if screen else "")
    if not options.names and options.minutes is None:
        write_text(REPORT, report(results, screen))
        say(f"written to {REPORT}")
    return DONE


def _can_have_a_display() -> bool:
    """Whether there is none, and a virtual one can be started: offscreen, painting costs less."""
    is_chosen = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"} & set(os.environ)
    is_linux = sys.platform == "linux" and WITH_DISPLAY.exists()
    return is_linux and not is_chosen and shutil.which("xvfb-run") is not None


def _same_command(options: Namespace) -> list[str]:
    minutes = [] if options.minutes is None else [f"--minutes={options.minutes}"]
    as_data = ["--json"] if options.json else []
    return [sys.executable, str(ROOT / "main.py"), "bench", *options.names, *minutes, *as_data]


def _soak(modules: Sequence[ModuleType], options: Namespace) -> list[Measurement]:
    lasting = [module for module in modules if hasattr(module, "soak")]
    if len(options.names) != 1 or not lasting:
        raise ConfigError("--minutes goes with one benchmark that can run long: `bench live`")
    if not 0 < options.minutes <= MOST_MINUTES:
        raise ConfigError(f"--minutes {options.minutes:g} is outside (0, {MOST_MINUTES}]")
    return [result for module in lasting for result in module.soak(options.minutes)]


def _known_name(name: str, known: dict[str, list[str]]) -> str:
    module = name.replace("-", "_")
    if module in known:
        return module
    near = difflib.get_close_matches(module, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise ConfigError(f"there is no benchmark {name!r}; {hint}")


def _as_data(result: Measurement) -> dict[str, object]:
    return {
        "name": result.name,
        "value": result.value,
        "reference": result.reference,
        "ratio": result.ratio,
        "goal": result.goal,
        "met": result.met,
        "unit": result.unit,
    }


def _row(result: Measurement) -> tuple[str, ...]:
    has_reference = result.reference is not None
    return (
        result.name,
        f"{result.value:.4g} {result.unit}".strip(),
        f"{result.reference:.4g} {result.unit}".strip() if has_reference else "-",
        f"{result.ratio:.3g}" if result.ratio is not None else "-",
        result.goal,
        "yes" if result.met else "NO",
    )


def _text_table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def report(results: Sequence[Measurement], screen: str) -> str:
    """Return the page of numbers with the machine and the screen they were measured on."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python main.py bench`. Each value and its reference were measured in one run, "
        "so the ratios carry over to other machines better than the values do.",
        "",
        f"- Date: {datetime.date.today().isoformat()}",
        f"- Machine: {_machine()}",
        *([f"- Windows on: {screen}"] if screen else []),
        f"- Versions: Python {platform.python_version()}, {_versions()}",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"| {' | '.join('---' for _ in COLUMNS)} |",
        *(f"| {' | '.join(_row(result))} |" for result in results),
    ]
    return "\n".join(lines) + "\n"


def _machine() -> str:
    import psutil

    memory_gib = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {cores} cores, {memory_gib:.0f} GiB of memory, {system}"


def _processor() -> str:
    """The processor's name; the platform module knows it everywhere but on Linux."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.processor() or "unknown processor"


def _versions() -> str:
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


COMMAND = Command("bench", "Measure against the references, in one run.", add_arguments, run)
