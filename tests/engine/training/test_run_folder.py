import json
import math
from pathlib import Path

import pytest

from engine.api.errors import ConfigError, StorageError
from engine.api.training import MetricRecord
from engine.training.run_folder import RunFolder, read_run, read_settings

SETTINGS = {"model": "classifier-small", "data": "digits"}


def written(path: Path, steps: int = 4) -> RunFolder:
    folder = RunFolder(path)
    folder.begin(SETTINGS, 0, 0, events=False)
    for step in range(1, steps + 1):
        folder.write_record(MetricRecord(step, 1, "train", {"loss": 1 / step}))
    return folder


def test_lines_are_on_the_disk_as_soon_as_written(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert folder.lines == 4
    assert [record.step for record in read_run(tmp_path).records] == [1, 2, 3, 4]
    folder.close()


def test_a_reader_gets_only_what_is_new(tmp_path: Path) -> None:
    folder = written(tmp_path)
    first = read_run(tmp_path)
    folder.write_record(MetricRecord(5, 1, "validation", {"loss": 0.1}))
    folder.close()
    second = read_run(tmp_path, first.lines)
    assert [(record.step, record.split) for record in second.records] == [(5, "validation")]


def test_a_reader_starts_over_when_a_resumed_run_has_cut_lines_off(tmp_path: Path) -> None:
    written(tmp_path).close()
    folder = RunFolder(tmp_path)
    folder.begin(SETTINGS, 2, 2, events=False)
    folder.close()
    snapshot = read_run(tmp_path, 4)
    assert [record.step for record in snapshot.records] == [1, 2]
    assert snapshot.lines == 2


def test_a_line_that_is_just_being_written_is_left_for_the_next_look(tmp_path: Path) -> None:
    written(tmp_path).close()
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 5, "epo')
    assert read_run(tmp_path).lines == 4


def test_what_json_does_not_know_becomes_null(tmp_path: Path) -> None:
    folder = written(tmp_path, 0)
    folder.write_record(MetricRecord(1, 1, "train", {"loss": 1.0, "gradient_norm": math.nan}))
    folder.close()
    line = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert line == {"step": 1, "epoch": 1, "split": "train", "loss": 1.0, "gradient_norm": None}


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", is_writer=False)
    folder.begin(SETTINGS, 0, 0, events=True)
    folder.write_record(MetricRecord(1, 1, "train", {"loss": 1.0}))
    folder.close()
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such file; a run folder has config\.json"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ConfigError, match="no model and data"):
        read_settings(tmp_path / "config.json")


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        RunFolder(tmp_path / "run").begin(SETTINGS, 0, 0, events=False)


@pytest.mark.parametrize("line", ["nonsense", "{}", "[" * 100_000, "7", '{"step": 5}', "\udcff"])
def test_a_damaged_line_is_passed_over(tmp_path: Path, line: str) -> None:
    written(tmp_path, 2).close()
    with (tmp_path / "metrics.jsonl").open("ab") as stream:
        stream.write(line.encode(errors="surrogateescape") + b"\n")
        stream.write(b'{"step": 6, "epoch": 1, "split": "train", "loss": 0.5}\n')
    snapshot = read_run(tmp_path)
    assert [record.step for record in snapshot.records] == [1, 2, 6]
    assert snapshot.lines == 4


@pytest.mark.parametrize("status", ["", "[]", "[" * 100_000, '{"state": "running"}', '{"x": 1}'])
def test_a_status_that_makes_no_sense_is_none(tmp_path: Path, status: str) -> None:
    written(tmp_path).close()
    (tmp_path / "status.json").write_text(status)
    assert read_run(tmp_path).status is None


def test_settings_nested_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(ConfigError, match="nested too deeply"):
        read_settings(tmp_path / "config.json")
