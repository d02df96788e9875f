"""The command `live`, as a person or a script uses it."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import av
import numpy as np
import pytest
import skimage
from PIL import Image

from engine.cli.run import run
from tests.engine.live.parts import cut_film, serving, write_pictures
from tests.patient_bot import WAIT_S

ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Half a second in which a face can be seen."""
    with Image.open(ASTRONAUT) as image:
        pixels = np.asarray(image.convert("RGB").crop((100, 0, 420, 240)))
    return write_pictures(tmp_path / "face.mp4", [pixels] * 5)


def test_a_film_is_counted_and_recorded(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.mp4"
    words = ["live", "--source", str(film), "--model", "viola-jones-face", "--seconds", "60"]
    assert run([*words, "--device", "cpu", "--record", str(target), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["read"] == 5
    assert answer["processed"] + answer["dropped"] == 5
    assert answer["found"] == {"face": answer["processed"]}
    assert answer["seconds"] < 60  # the film ended before
    assert set(answer["latency_ms"]) == {"p50", "p95"}
    for name in ("source_fps", "inference_fps"):
        assert answer[name] > 0
    with av.open(str(target)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == answer["recording"]["frames"]


def test_a_source_that_is_none_is_one_line_and_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["live", "--source", "nowhere", "--model", "viola-jones-face"]) == 1
    assert "'nowhere' is no source of pictures" in capsys.readouterr().err


def test_a_film_that_is_broken_is_one_line_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no film")
    assert run(["live", "--source", str(bad), "--model", "viola-jones-face"]) == 1
    assert "bad.mp4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("camera:x", "no camera"),
        ("camera:97", "no camera"),
        ("http://127.0.0.1:9/1", "nobody listens there"),
        ("rtsp://127.0.0.1:9/1", "nobody listens there"),
    ],
)
def test_a_source_that_gives_no_picture_is_one_line_and_exit_code_1(
    source: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["live", "--source", source, "--model", "viola-jones-face"]) == 1
    written = capsys.readouterr()
    assert written.out == ""
    (line,) = written.err.splitlines()
    assert words in line


def test_a_page_and_a_login_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(b"<html>menu</html>", "text/html") as address:
        assert run(["live", "--source", address, "--model", "viola-jones-face"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "answers with a page, not pictures" in line


def test_a_silent_source_is_one_line_when_the_time_is_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        words = ["live", "--source", address, "--model", "viola-jones-face"]
        assert run([*words, "--seconds", "0.5"]) == 1
    # The command does not wait for whoever still reads; the read ends with the connection.
    for thread in threading.enumerate():
        if thread.name == "engine-live-source":
            thread.join(WAIT_S)
    (line,) = capsys.readouterr().err.splitlines()
    assert "no answer in time" in line or "no picture within" in line  # whichever ends first


def test_a_film_that_is_cut_off_is_counted_to_where_it_ends_and_exit_code_1(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = cut_film(tmp_path / "cut.mp4", 60, 0.6)
    words = ["live", "--source", str(cut), "--model", "viola-jones-face", "--seconds", "60"]
    assert run([*words, "--json"]) == 1
    written = capsys.readouterr()
    read = json.loads(written.out)["read"]
    assert 10 < read < 58
    assert f"cut.mp4 ends early, at frame {read} of 60" in written.err


def test_a_log_needs_a_recording(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["live", "--source", str(film), "--model", "viola-jones-face", "--log", "a.jsonl"]
    assert run(words) == 1
    assert "--record" in capsys.readouterr().err


def test_no_time_at_all_is_wrong_usage(film: Path) -> None:
    with pytest.raises(SystemExit) as left:
        run(["live", "--source", str(film), "--model", "viola-jones-face", "--seconds", "0"])
    assert left.value.code == 2
