from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from engine.api.pictures import DEFAULT_PIXEL_LIMIT
from gui.settings import RECENT_LIMIT, Settings, open_store


@pytest.fixture
def file(tmp_path: Path, qapp: object) -> Path:
    return tmp_path / "settings.ini"


def opened(file: Path) -> Settings:
    return Settings(QSettings(str(file), QSettings.Format.IniFormat))


def test_what_is_set_is_there_in_the_next_session(file: Path) -> None:
    settings = opened(file)
    settings.theme = "dark"
    settings.device = "cuda:1"
    settings.pixel_limit = 5_000_000
    settings.wheel_zooms = False
    settings.has_seen_tour = True
    settings.session_paths = [Path("/a/b.png")]
    settings.set_blob("window/geometry", QByteArray(b"\x00\x01geometry"))
    settings.flush()
    again = opened(file)
    assert again.theme == "dark"
    assert again.device == "cuda:1"
    assert again.pixel_limit == 5_000_000
    assert not again.wheel_zooms
    assert again.has_seen_tour
    assert again.session_paths == [Path("/a/b.png")]
    assert again.blob("window/geometry").data() == b"\x00\x01geometry"


def test_values_without_sense_count_as_absent(file: Path) -> None:
    file.write_text("[General]\ntheme=purple\npixel_limit=-4\nwheel_zooms=maybe\nrecent=7\n")
    settings = opened(file)
    assert settings.theme == "system"
    assert settings.pixel_limit == DEFAULT_PIXEL_LIMIT
    assert settings.blob("window/geometry").isEmpty()


def test_recent_files_are_newest_first_without_repeats_and_limited(file: Path) -> None:
    settings = opened(file)
    paths = [Path(f"/pictures/{number}.png") for number in range(RECENT_LIMIT + 3)]
    for path in paths:
        settings.remember(path)
    settings.remember(paths[5])
    assert settings.recent[0] == paths[5]
    assert len(settings.recent) == RECENT_LIMIT
    assert len(set(settings.recent)) == RECENT_LIMIT
    settings.forget_recent()
    assert settings.recent == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff[[[=\nnot = [ini\n]]]\n\xfe\xfe",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"[General]\ntheme=dark\n[window",
        b"some words\n",
    ],
)
def test_a_broken_file_is_put_aside_and_the_defaults_are_used(qapp: object, garbage: bytes) -> None:
    store, trouble = open_store()
    assert trouble == ""
    path = Path(store.fileName())
    del store
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(garbage)
    store, trouble = open_store()
    assert str(path.name) in trouble
    settings = Settings(store)
    assert settings.theme == "system"
    settings.theme = "dark"
    settings.flush()
    assert path.with_suffix(".broken.ini").read_bytes() == garbage
    again, trouble = open_store()
    assert trouble == ""
    assert Settings(again).theme == "dark"
