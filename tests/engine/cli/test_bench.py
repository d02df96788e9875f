"""The command `bench`: finds benchmarks by name, prints ratios, writes the report."""

import json
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

import engine.cli.bench as command
from engine.api.measurements import Measurement
from engine.cli.run import run

QUICK = Measurement("quick: one thing", 4.0, 8.0, "ms", "<= 5 ms", met=True)
SLOW = Measurement("slow: another", 90.0, None, "ms", "<= 5 ms", met=False)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name, result in (("quick_thing", QUICK), ("slow_thing", SLOW)):
        module = types.ModuleType(f"bench_{name}")
        module.measure = lambda result=result: [result]  # type: ignore[attr-defined]
        if name == "slow_thing":
            module.soak = lambda minutes: [replace(SLOW, value=minutes)]  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"bench_{name}", module)
    known = {"quick_thing": ["bench_quick_thing"], "slow_thing": ["bench_slow_thing"]}
    monkeypatch.setattr(command, "benchmarks", lambda: known)
    monkeypatch.setattr(command, "REPORT", tmp_path / "assets" / "benchmarks.md")
    return tmp_path / "assets" / "benchmarks.md"


def test_results_come_as_data_with_their_ratio(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == [
        {
            "name": "quick: one thing",
            "value": 4.0,
            "reference": 8.0,
            "ratio": 0.5,
            "goal": "<= 5 ms",
            "met": True,
            "unit": "ms",
        },
        {
            "name": "slow: another",
            "value": 90.0,
            "reference": None,
            "ratio": None,
            "goal": "<= 5 ms",
            "met": False,
            "unit": "ms",
        },
    ]


def test_people_read_a_table(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "slow-thing"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == list(command.COLUMNS)
    assert row.endswith("NO")


@pytest.fixture
def window_bench(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark of the window, on a platform that is known without Qt."""
    package, module = types.ModuleType("bench_windows"), types.ModuleType("bench_windows.one")
    package.platform = lambda: "xcb"  # type: ignore[attr-defined]
    module.measure = lambda: [QUICK]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bench_windows", package)
    monkeypatch.setitem(sys.modules, "bench_windows.one", module)
    monkeypatch.setattr(command, "WINDOWS", "bench_windows")
    monkeypatch.setattr(command, "benchmarks", lambda: {"one": ["bench_windows.one"]})


def test_what_windows_were_measured_on_is_said(
    window_bench: None, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "one"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "windows measured on: xcb"
    assert run(["bench", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["platform"] == "xcb"
    assert "- Windows on: xcb" in report.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_windows_are_measured_on_one_of_their_own(
    window_bench: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[list[str]] = []
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(command.subprocess, "call", lambda words: called.append(words) or 0)
    assert run(["bench", "one", "--json"]) == 0
    assert called[0][:2] == ["sh", str(command.WITH_DISPLAY)]
    assert called[0][-3:] == ["bench", "one", "--json"]
    monkeypatch.setattr(command.shutil, "which", lambda name: None)
    assert run(["bench", "one"]) == 0
    assert len(called) == 1
    assert "quick: one thing" in capsys.readouterr().out


def test_the_report_is_written_only_when_everything_was_measured(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["bench", "quick_thing"])
    assert not report.exists()
    run(["bench"])
    text = report.read_text(encoding="utf-8")
    assert "| quick: one thing | 4 ms | 8 ms | 0.5 | <= 5 ms | yes |" in text
    assert "| slow: another | 90 ms | - | - | <= 5 ms | NO |" in text
    assert "GiB of memory" in text
    assert "torch 2" in text


def test_minutes_run_one_benchmark_for_long_and_leave_the_report(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "slow-thing", "--minutes", "3", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["value"] == 3.0
    assert not report.exists()


@pytest.mark.parametrize(
    "words", [["quick-thing", "--minutes", "3"], ["--minutes", "3"], ["slow-thing", "--minutes=0"]]
)
def test_minutes_for_what_cannot_run_long_are_refused_in_one_line(
    words: list[str], report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", *words]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not report.exists()


def test_what_benchmarks_share_is_none() -> None:
    assert "_window" not in command.benchmarks()
    assert "live" in command.benchmarks()


def test_an_unknown_name_is_one_line_with_the_nearest(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "quik_thing"]) == 1
    assert "did you mean 'quick_thing'" in capsys.readouterr().err


def test_the_benchmarks_of_the_engine_are_found() -> None:
    assert command.benchmarks()["non_maximum_suppression"] == [
        "engine.benchmarks.non_maximum_suppression"
    ]


def test_one_thing_may_be_measured_on_both_sides_of_the_boundary() -> None:
    assert command.benchmarks()["startup"] == [
        "gui.benchmarks.startup",
        "engine.benchmarks.startup",
    ]


def test_an_engine_without_interface_measures_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PACKAGES", ("no_such_package.benchmarks", "engine.benchmarks"))
    assert "non_maximum_suppression" in command.benchmarks()
