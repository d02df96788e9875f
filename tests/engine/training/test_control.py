from pathlib import Path

import pytest

from engine.api.training import ControlCommand
from engine.training.control import FILE_NAME, ControlFile, write_command


@pytest.mark.parametrize("command", ["pause", "resume", "step", "stop"])
def test_a_command_is_seen_once(tmp_path: Path, command: ControlCommand) -> None:
    control = ControlFile(tmp_path)
    assert control.poll() is None
    write_command(tmp_path, command)
    assert control.poll() == command
    assert control.poll() is None


def test_the_same_command_given_again_counts_again(tmp_path: Path) -> None:
    control = ControlFile(tmp_path)
    for _ in range(3):
        write_command(tmp_path, "step")
        assert control.poll() == "step"


def test_what_the_file_said_before_does_not_count(tmp_path: Path) -> None:
    write_command(tmp_path, "stop")
    assert ControlFile(tmp_path).poll() is None


def test_a_person_may_write_the_bare_word(tmp_path: Path) -> None:
    control = ControlFile(tmp_path)
    (tmp_path / FILE_NAME).write_text('"pause"')
    assert control.poll() == "pause"


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, '{"command": ', "[1]", '{"command": "explode"}', "7"]
)
def test_what_is_no_command_is_none(tmp_path: Path, text: str) -> None:
    control = ControlFile(tmp_path)
    (tmp_path / FILE_NAME).write_text(text)
    assert control.poll() is None
    (tmp_path / FILE_NAME).write_text('{"command": "stop"}')
    assert control.poll() == "stop"
