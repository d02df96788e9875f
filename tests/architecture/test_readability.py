"""What keeps the code readable, checked on the source without importing it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, name_of, nodes_of, sources_of

FOLDERS = ("engine", "gui", "tests", ".tools")
FILE_LINES, FUNCTION_LINES = 400, 40
ANY_FAILURE = {"Exception", "BaseException"}
# Where whatever goes wrong is handed on or shown, and why no narrower kind will do.
CATCHES_ALL = {
    "engine/benchmarks/robustness.py": "counted as a fault, with its traceback",
    "engine/core/lanes.py": "given to whoever waits for the task",
    "gui/bridge/engine_task.py": "shown with its traceback",
    "gui/bridge/engine_stream.py": "shown with its traceback",
    "gui/widgets/canvas/surface.py": "Qt ends the program where a paint event raises",
}
VAGUE_NAME = re.compile(r"(^|_)(helper|util|misc|manager)s?(_|$)|Helper|Util|Manager")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|coming soon)\b")
OF_ONE_MACHINE = re.compile(r"/work/|/home/[a-z]+/|/Users/[a-z]+/|C:\\\\Users")


def sources() -> list[Path]:
    return [ROOT / "main.py", *(path for folder in FOLDERS for path in sources_of(folder))]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_a_file_can_be_read_in_one_go() -> None:
    lengths = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_a_function_fits_on_a_page() -> None:
    lengths = {
        f"{name_of(path)}: {each.name}": (each.end_lineno or 0) - each.lineno + 1
        for path in sources()
        for each in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_nothing_is_named_so_that_it_could_hold_anything() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    vague = []
    for path in sources():
        names = [path.stem, *(node.name for node in nodes_of(path) if isinstance(node, kinds))]
        vague += [f"{name_of(path)}: {name}" for name in names if VAGUE_NAME.search(name)]
    assert vague == []


def test_nothing_is_left_unfinished_or_bound_to_one_machine() -> None:
    found = []
    for path in sources():
        text = path.read_text(encoding="utf-8") if path != Path(__file__) else ""
        words = UNFINISHED.findall(text) + OF_ONE_MACHINE.findall(text)
        found += [f"{name_of(path)}: {word}" for word in words]
    assert found == []


def test_every_failure_at_once_is_caught_only_where_it_is_shown() -> None:
    """A handler that raises again at its end is no hiding place either."""
    hiding = {
        name_of(path)
        for path in sources()
        if not name_of(path).startswith("tests/")
        for node in nodes_of(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ANY_FAILURE)
        and not isinstance(node.body[-1], ast.Raise)
    }
    assert hiding == set(CATCHES_ALL)
