from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import QByteArray, QSettings

from engine.api.pictures import DEFAULT_PIXEL_LIMIT
from gui.settings import RECENT_LIMIT, Settings, open_store
from gui.window.session_store import pictures_to_restore


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


def write_settings(lines: bytes) -> Path:
    store, _ = open_store()
    path = Path(store.fileName())
    del store
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines)
    return path


@pytest.mark.parametrize(
    "value",
    [
        rb"@Variant(\0\0\0\x9\x7f\xff\xff\xff)",
        rb"@variant(\0\0\0\x9\x7f\xff\xff\xff)",
        rb"one, @Variant(\0\0\0\x8\x7f\xff\xff\xff), two",
        rb"@DateTime(\0\0\0\x10\0\0\0\0\0\0)",
    ],
)
def test_a_line_that_would_end_the_program_is_taken_out_and_the_rest_stays(
    qapp: object, value: bytes
) -> None:
    path = write_settings(b"[General]\nstrange=" + value + b"\ntheme=dark\n")
    store, trouble = open_store()
    assert "the setting strange cannot be read" in trouble
    assert Settings(store).theme == "dark"
    assert b"strange" not in path.read_bytes()
    assert open_store()[1] == ""


def test_a_settings_file_of_megabytes_is_put_aside(qapp: object) -> None:
    path = write_settings(b"[General]\ntheme=dark\nlong=" + b"x" * (5 << 20))
    store, trouble = open_store()
    assert "cannot be read" in trouble
    assert Settings(store).theme == "system"
    assert path.with_suffix(".broken.ini").is_file()


def test_no_mutilated_settings_file_stops_the_program(qapp: object, file: Path) -> None:
    settings = opened(file)
    settings.theme, settings.pixel_limit = "dark", 5_000_000
    settings.session_paths = [Path("/a/b.png"), Path("/a/c.png")]
    settings.remember(Path("/pictures/ä.png"))
    settings.set_blob("window/geometry", QByteArray(bytes(range(200))))
    settings.flush()
    sound = file.read_bytes()
    random = Random(0)
    for _ in range(1000):
        data = bytearray(sound)
        for _ in range(random.randint(1, 8)):
            place = random.randrange(len(data))
            data[place : place + random.choice((0, 1, 5))] = random.choice(
                (b"", b"\0", b"@", b"\n", b"\\x", b"=", random.randbytes(4), b"@Variant(\\0")
            )
        write_settings(bytes(data))
        store, _ = open_store()
        found = Settings(store)
        assert found.theme in ("system", "light", "dark")
        assert found.pixel_limit >= 1_000_000
        pictures_to_restore(found)
        assert isinstance(found.recent, list)
        found.blob("window/geometry")
