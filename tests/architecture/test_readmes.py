"""What the READMEs say is there: controls, folders, commands, libraries."""

import ast
import re
from functools import cache

from tests.architecture.sources import ROOT, nodes_of, sources_of

# Parts of Qt objects that carry no meaning for whoever drives the window.
INNER = {"splitter", "runs_splitter", "explore_splitter", "steps_splitter"}


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str, title: str) -> list[str]:
    """First cells of the tables whose head begins with `title`."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 3:
            inside = False
        elif cells[1].lower() == title:
            inside = True
        elif inside and set(cells[1]) - set("- "):
            found.append(cells[1])
    return found


def documented_controls() -> list[str]:
    """Names in gui/controls.md in full; `.last` goes on from the name before it."""
    names: list[str] = []
    for title in ("objectname", "object name"):
        for cell in rows(text_of("gui/controls.md"), title):
            first = ""
            for name in re.findall(r"`([^`]+)`", cell):
                is_tail = name.startswith(".")
                first = first if is_tail else name
                stem = first if first in names and not is_tail else first.rpartition(".")[0]
                names.append(stem + name if is_tail else name)
    return names


@cache
def texts_of_the_interface() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every text in the sources of gui, and every text with gaps as a pattern."""
    plain: set[str] = set()
    patterns = []
    for path in sources_of("gui"):
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                fixed = "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
                if re.search(r"[a-z]{3}", fixed) and " " not in fixed:
                    patterns.append(pattern_of(node))
            elif isinstance(node, (ast.keyword, ast.arg)) and node.arg:
                plain.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                plain.add(node.target.id)
    return plain, patterns


def pattern_of(text: ast.JoinedStr) -> re.Pattern[str]:
    parts = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.:<>]+"
        for part in text.values
    ]
    return re.compile("".join(parts))


def test_every_control_of_the_readme_is_in_the_source() -> None:
    plain, patterns = texts_of_the_interface()

    def is_there(name: str) -> bool:
        ends = {name, name.partition(".")[2], name.rpartition(".")[2]}
        is_open = "<" in name  # one name for many controls
        is_made = any(pattern.fullmatch(end) for end in ends for pattern in patterns)
        return is_open or bool(ends & plain) or is_made

    names = documented_controls()
    assert len(names) > 300
    assert [name for name in names if not is_there(name)] == []


def test_a_control_with_a_name_of_its_own_is_in_the_readme() -> None:
    documented = text_of("gui/controls.md")
    named = set()
    for path in sources_of("gui"):
        for name in re.findall(r'setObjectName\("(\w+\.[\w.]+)"\)', path.read_text()):
            named.add(name)
    full = {*documented_controls(), *re.findall(r"`([^`]+)`", documented)}
    assert not {name for name in named - full if name.partition(".")[2] not in INNER}


def test_every_required_library_has_its_row() -> None:
    table = " ".join(rows(text_of("README.md"), "package"))
    for name in re.findall(r"^([\w-]+)==", text_of("requirements.txt"), re.MULTILINE):
        assert re.search(rf"\b{name}\b", table), name


def test_every_library_for_tests_is_named() -> None:
    line = text_of("README.md").partition("For tests: ")[2].partition(". ")[0]
    named = set(re.split(r"[\s,()]+", line)) - {"and", "oracles", ""}
    assert named == set(re.findall(r"^([\w-]+)==", text_of("requirements-dev.txt"), re.MULTILINE))


def test_every_library_of_the_table_is_required() -> None:
    required = set(re.findall(r"^([\w-]+)==", text_of("requirements.txt"), re.MULTILINE))
    listed = {name for cell in rows(text_of("README.md"), "package") for name in cell.split(", ")}
    assert listed == required


def test_every_command_of_the_readme_is_there() -> None:
    names = set(re.findall(r"main\.py ([a-z]+)[ `]", text_of("README.md")))
    assert names
    assert names - {path.stem for path in (ROOT / "engine" / "cli").glob("*.py")} == set()


def test_every_folder_of_the_engine_and_the_interface_is_explained() -> None:
    tree = text_of("README.md").partition("## How it is made")[2].partition("```\n")[2]
    tree = tree.partition("```")[0]
    for package in ("engine", "gui"):
        for folder in (ROOT / package).iterdir():
            if (folder / "__init__.py").is_file():
                assert re.search(rf"^  {folder.name}/ ", tree, re.MULTILINE), folder.name


def test_every_path_of_the_readme_is_there() -> None:
    named = re.findall(
        r"\]\(([^):]+)\)|`((?:engine|gui|assets|tests)/[\w./]*)`", text_of("README.md")
    )
    for link, path in named:
        assert (ROOT / (link or path)).exists(), link or path
