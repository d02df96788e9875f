"""Copies of the inputs after public bug reports that may lie beside the checkout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import DATA

CASES = DATA.with_name("cases")


@pytest.fixture
def case(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a case, so that it can be written to; skip the test where it is not there."""

    def copied(name: str) -> Path:
        if not (CASES / name).is_dir():
            pytest.skip(f"no case {name} at {CASES}")
        return Path(shutil.copytree(CASES / name, tmp_path / name))

    return copied
