"""The command line as a whole: exit codes and one-line failures."""

import argparse
import re

import pytest

from engine.api.errors import PictureError, TaskCancelled
from engine.cli import run as command_line
from engine.cli.command import Command, to_plain


@pytest.fixture
def one_command(monkeypatch):
    """Replace the commands by one called `try` that does what the test says."""

    def install(action):
        def act(options: argparse.Namespace, context) -> int:
            return action(options, context)

        command = Command("try", "Try something.", lambda parser: None, act)
        monkeypatch.setattr(command_line, "commands", lambda wanted=None: {"try": command})

    return install


def test_success_is_exit_code_0(one_command):
    one_command(lambda options, context: 0)
    assert command_line.run(["try"]) == 0


def test_a_named_failure_is_one_line_on_standard_error_and_exit_code_1(one_command, capsys):
    def fail(options, context):
        raise PictureError("a.jpg: holds no picture; convert it first")

    one_command(fail)
    assert command_line.run(["try"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "a.jpg: holds no picture; convert it first\n")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, TaskCancelled])
def test_an_interruption_is_exit_code_130(one_command, stop):
    def interrupt(options, context):
        raise stop

    one_command(interrupt)
    assert command_line.run(["try"]) == 130


def test_a_bug_keeps_its_traceback(one_command):
    def bug(options, context):
        raise KeyError("bug")

    one_command(bug)
    with pytest.raises(KeyError):
        command_line.run(["try"])


@pytest.mark.parametrize("arguments", [["tyr"], ["try", "--nonsense"], []])
def test_wrong_usage_is_exit_code_2(one_command, arguments, capsys):
    one_command(lambda options, context: 0)
    with pytest.raises(SystemExit) as stopped:
        command_line.run(arguments)
    assert stopped.value.code == 2


def test_json_has_neither_nan_nor_infinity():
    assert to_plain({"a": float("nan"), "b": [float("inf"), 1.5]}) == {"a": None, "b": [None, 1.5]}


def test_the_version_is_printed_and_nothing_else_is_done(capsys):
    with pytest.raises(SystemExit) as stop:
        command_line.run(["--version"])
    assert stop.value.code == 0
    assert re.fullmatch(r"Vision Workbench \d+\.\d+\.\d+\n", capsys.readouterr().out)
