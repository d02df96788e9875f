"""Words that the glossary in `engine/__init__.py` asks to avoid are in no name and in no text."""

import io
import re
import tokenize
from pathlib import Path

import engine

ROOT = Path(__file__).parents[2]
FOLDERS = ("engine", "gui", "tests")
GLOSSARY = (ROOT / "engine" / "__init__.py", Path(__file__))


def avoided() -> list[str]:
    assert engine.__doc__
    lists = re.findall(r"\(avoid: ([^)]+)\)", engine.__doc__)
    return [word for entry in lists for word in re.split(r",\s*", entry)]


def words_of(path: Path) -> set[str]:
    """Names, texts and comments, taken apart at underscores and capitals."""
    kinds = (
        (tokenize.NAME, tokenize.STRING, tokenize.COMMENT, tokenize.FSTRING_MIDDLE)
        if hasattr(tokenize, "FSTRING_MIDDLE")
        else (tokenize.NAME, tokenize.STRING, tokenize.COMMENT)
    )
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    texts = [token.string for token in tokens if token.type in kinds]
    return {word.lower() for text in texts for word in re.findall(r"[A-Z]?[a-z]+", text)}


def test_the_glossary_names_words_to_avoid() -> None:
    assert {"forger", "trunk", "intake", "outlet"} <= set(avoided())


def test_no_word_that_is_to_be_avoided_is_used() -> None:
    forms = {form for word in avoided() for form in (word, f"{word}s")}
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    found = {
        str(path.relative_to(ROOT)): sorted(used)
        for path in files
        if path not in GLOSSARY and (used := words_of(path) & forms)
    }
    assert found == {}
