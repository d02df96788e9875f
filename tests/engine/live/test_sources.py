"""From words and descriptions to sources."""

from pathlib import Path

import pytest

from engine.api.errors import ConfigError, SourceError
from engine.api.live import (
    CameraSource,
    MovingSceneSource,
    NetworkSource,
    PictureFolderSource,
    VideoFileSource,
)
from engine.live.moving_scene import MovingSceneReader
from engine.live.sources import SourcePlan, open_source, plan_of, source_of


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("camera", CameraSource(0)),
        ("camera:2", CameraSource(2)),
        ("camera:Desk: left", CameraSource(0, "Desk: left")),
        ("1", CameraSource(1)),
        ("scene", MovingSceneSource(0)),
        ("scene:17", MovingSceneSource(17)),
        ("http://127.0.0.1:8080/stream", NetworkSource("http://127.0.0.1:8080/stream")),
        ("rtsp://anna:word@camera/1", NetworkSource("rtsp://anna:word@camera/1")),
    ],
)
def test_words_of_the_command_line_name_a_source(text, source):
    assert source_of(text) == source


def test_paths_name_films_and_folders(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"")
    assert source_of(str(film)) == VideoFileSource(film)
    assert source_of(str(tmp_path)) == PictureFolderSource(tmp_path)


@pytest.mark.parametrize("text", ["", "missing.mp4", "scene:x", "gopher://x", "camera:99999"])
def test_other_words_are_refused(text):
    with pytest.raises(ConfigError):
        source_of(text)


def test_titles_leave_passwords_out():
    assert NetworkSource("rtsp://anna:w@rd@door:554/a@b").title == "rtsp://door:554/a@b"
    assert VideoFileSource(Path("folder/film.mp4")).title == "film.mp4"
    assert CameraSource(3).title == "Camera 3"
    assert PictureFolderSource(Path("holiday")).title == "holiday"


def test_an_address_is_stored_without_anything_that_looks_like_a_password():
    full = "http://anna:w@rd@door:80/video?size=640&password=hidden&user=anna&Token=abc"
    assert NetworkSource(full).address_without_secrets == "http://door:80/video?size=640"
    assert NetworkSource("http://door/v?pwd=x").address_without_secrets == "http://door/v"
    assert (
        NetworkSource("http://door/v?camera=2").address_without_secrets == "http://door/v?camera=2"
    )


def test_cables_are_waited_for_and_missing_files_are_not():
    assert plan_of(CameraSource(0)).is_retried
    assert plan_of(NetworkSource("http://host/", patience_s=7.0)).is_retried
    assert plan_of(NetworkSource("http://host/", patience_s=7.0)).patience_s == 7.0
    assert not plan_of(VideoFileSource(Path("film.mp4"))).is_retried
    assert not plan_of(MovingSceneSource()).is_retried


def test_pauses_double_up_to_the_longest():
    plan = SourcePlan("source", lambda: None, first_pause_s=0.5, longest_pause_s=10.0)
    pauses = [plan.pause_s(attempt) for attempt in (1, 2, 3, 4, 5, 6, 7, 10_000)]
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10, 10]


def test_a_plan_opens_the_source_when_asked(tmp_path):
    assert isinstance(plan_of(MovingSceneSource(1)).open(), MovingSceneReader)
    with pytest.raises(SourceError, match="does not exist"):
        open_source(VideoFileSource(tmp_path / "missing.mp4"))
    with pytest.raises(SourceError, match="no pictures"):
        open_source(PictureFolderSource(tmp_path))
