"""A folder of pictures played like a film."""

import numpy as np
import pytest
from PIL import Image

from engine.api.errors import ConfigError, SourceError
from engine.api.live import PictureFolderSource
from engine.live.picture_folder import PictureFolderReader
from tests.engine.live.parts import grey


@pytest.fixture
def folder(tmp_path):
    for number in (10, 2, 1):
        Image.fromarray(grey(number, (8 + number, 6))).save(tmp_path / f"picture {number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def play(reader):
    found = []
    while (time_s := reader.grab()) is not None:
        pixels = reader.retrieve()
        found.append((round(time_s, 6), None if pixels is None else int(pixels[0, 0, 0])))
    return found


def test_pictures_come_in_natural_order_at_their_times(folder):
    reader = PictureFolderReader(PictureFolderSource(folder, frames_per_second=4.0))
    assert not reader.is_live
    assert reader.duration_s == pytest.approx(0.75)
    assert play(reader) == [(0.0, 1), (0.25, 2), (0.5, 10)]


def test_each_picture_keeps_its_size(folder):
    reader = PictureFolderReader(PictureFolderSource(folder))
    widths = []
    while reader.grab() is not None:
        widths.append(reader.retrieve().shape[1])
    assert widths == [9, 10, 18]


def test_seeking_finds_the_picture_shown_at_that_time(folder):
    reader = PictureFolderReader(PictureFolderSource(folder, frames_per_second=4.0))
    for time_s, level in ((0.3, 2), (0.5, 10), (99.0, 10), (0.0, 1)):
        reader.seek(time_s)
        reader.grab()
        assert reader.retrieve()[0, 0, 0] == level


def test_a_picture_that_cannot_be_read_is_passed_over(folder):
    (folder / "picture 5.png").write_bytes(b"no picture at all")
    assert play(PictureFolderReader(PictureFolderSource(folder)))[2] == (1.0, None)


def test_a_folder_without_pictures_or_none_at_all_is_named(tmp_path):
    with pytest.raises(SourceError, match=f"{tmp_path.name} holds no pictures"):
        PictureFolderReader(PictureFolderSource(tmp_path))
    with pytest.raises(SourceError, match="missing"):
        PictureFolderReader(PictureFolderSource(tmp_path / "missing"))


@pytest.mark.parametrize("rate", [0.0, -1.0, 61.0, float("nan")])
def test_rates_out_of_range_are_refused(tmp_path, rate):
    with pytest.raises(ConfigError, match="frames_per_second"):
        PictureFolderSource(tmp_path, rate)


def test_pictures_are_those_of_the_one_loader(folder):
    reader = PictureFolderReader(PictureFolderSource(folder))
    reader.grab()
    np.testing.assert_array_equal(reader.retrieve(), grey(1, (9, 6)))
