"""What keeps the code readable, checked on the source without importing it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("engine", "gui", "tests", ".tools")
FILE_LINES, FUNCTION_LINES = 400, 40
ANY_FAILURE = {"Exception", "BaseException"}
# Where whatever goes wrong is handed on or shown, and why no narrower kind will do.
CATCHES_ALL = {
    "engine/core/lanes.py": "given to whoever waits for the task",
    "gui/bridge/engine_task.py": "shown with its traceback",
    "gui/widgets/canvas/surface.py": "Qt ends the program where a paint event raises",
}
VAGUE_NAME = re.compile(r"(^|_)(helper|util|misc|manager)s?(_|$)|Helper|Util|Manager")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|coming soon)\b")
OF_ONE_MACHINE = re.compile(r"/work/|/home/[a-z]+/|/Users/[a-z]+/|C:\\\\Users")


def sources() -> list[Path]:
    return [ROOT / "main.py", *(p for f in FOLDERS for p in sorted((ROOT / f).rglob("*.py")))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_file = pytest.mark.parametrize("path", sources(), ids=name_of)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@every_file
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@every_file
def test_a_function_fits_on_a_page(path: Path) -> None:
    lengths = {each.name: (each.end_lineno or 0) - each.lineno + 1 for each in functions(path)}
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


@every_file
def test_nothing_is_named_so_that_it_could_hold_anything(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, kinds))]
    assert not [name for name in names if VAGUE_NAME.search(name)]


@every_file
def test_nothing_is_left_unfinished_or_bound_to_one_machine(path: Path) -> None:
    if path == Path(__file__):
        return
    text = path.read_text(encoding="utf-8")
    assert not UNFINISHED.findall(text)
    assert not OF_ONE_MACHINE.findall(text)


@pytest.mark.parametrize(
    "path", [p for p in sources() if not name_of(p).startswith("tests")], ids=name_of
)
def test_every_failure_at_once_is_caught_only_where_it_is_shown(path: Path) -> None:
    """A handler that raises again at its end is no hiding place either."""
    hiding = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ANY_FAILURE)
        and not isinstance(node.body[-1], ast.Raise)
    ]
    assert not hiding or name_of(path) in CATCHES_ALL
