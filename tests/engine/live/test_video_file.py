"""Films: every picture with its time, exact seeking, and files that are none."""

import struct
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engine.api.errors import SourceError
from engine.live.video_file import VideoReader, open_video_file
from tests.engine.live.parts import cut_film, grey, jpeg, number_of, write_film, write_pictures

COUNT = 40


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "numbers.mp4", COUNT)


def test_every_picture_comes_once_in_order_with_its_time(film):
    reader = open_video_file(film)
    times, numbers = [], []
    while (time_s := reader.grab()) is not None:
        times.append(time_s)
        numbers.append(number_of(reader.retrieve()))
    reader.close()
    assert numbers == list(range(COUNT))
    np.testing.assert_allclose(times, np.arange(COUNT) / 10, atol=1e-3)


def test_length_and_rate_are_known(film):
    reader = open_video_file(film)
    assert not reader.is_live
    assert reader.period_s == pytest.approx(0.1)
    assert reader.duration_s == pytest.approx(COUNT / 10, abs=0.01)
    reader.close()


@pytest.mark.parametrize("number", [0, 1, 11, 12, 13, 25, 38, 39])
@pytest.mark.parametrize("within_s", [0.0, 0.04, 0.09])
def test_seeking_finds_the_picture_shown_at_that_time_and_goes_on_from_it(film, number, within_s):
    reader = open_video_file(film)
    reader.seek(number / 10 + within_s)
    found = []
    while len(found) < 3 and (time_s := reader.grab()) is not None:
        found.append((number_of(reader.retrieve()), round(time_s * 10)))
    reader.close()
    expected = list(range(number, min(number + 3, COUNT)))
    assert found == [(each, each) for each in expected]


def test_seeking_beyond_the_end_finds_the_last_picture(film):
    reader = open_video_file(film)
    reader.seek(1000.0)
    assert reader.grab() is not None
    assert number_of(reader.retrieve()) == COUNT - 1
    assert reader.grab() is None
    reader.close()


def test_after_the_end_a_film_can_be_played_again(film):
    reader = open_video_file(film)
    while reader.grab() is not None:
        pass
    reader.seek(0.0)
    assert reader.grab() == pytest.approx(0.0)
    assert number_of(reader.retrieve()) == 0
    reader.close()


def test_a_film_without_a_container_is_read_to_its_end(tmp_path):
    path = tmp_path / "raw.mjpeg"
    path.write_bytes(b"".join(jpeg(grey(20 * number, (64, 48))) for number in range(5)))
    reader = open_video_file(path)
    times = []
    while (time_s := reader.grab()) is not None:
        times.append(time_s)
    reader.close()
    assert not reader.is_live
    assert len(times) == 5
    assert times == sorted(set(times))


def test_a_film_cut_short_plays_as_far_as_it_goes(film, tmp_path):
    path = tmp_path / "cut.mkv"
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    reader = open_video_file(path)
    count = 0
    while reader.grab() is not None:
        count += 1
    reader.close()
    assert COUNT // 3 < count < COUNT


def test_what_is_no_film_is_named_with_the_cure(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a film at all, just words that go on for a while")
    for path, reason in (
        (tmp_path / "missing.mp4", "does not exist"),
        (tmp_path, "is a folder"),
        (text, "no film"),
    ):
        with pytest.raises(SourceError, match=reason) as caught:
            open_video_file(path)
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_sound_alone_is_no_film(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        samples = np.zeros((1, 800), np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SourceError, match="no pictures"):
        VideoReader(str(path), path.name)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_film_of_a_turned_telephone_is_upright(tmp_path, turns):
    """OpenCV, which turns pictures too, is the oracle."""
    path = tmp_path / "turned.mp4"
    corner = grey(60, (64, 48)).copy()
    corner[:16, :24] = 250  # at the upper left of what the camera saw
    write_pictures(path, [corner] * 3)
    _turn(path, turns)
    reader = open_video_file(path)
    reader.grab()
    pixels = reader.retrieve()
    reader.close()
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    expected = capture.read()[1][..., ::-1]
    capture.release()
    assert pixels.flags.c_contiguous
    assert pixels.shape == expected.shape
    assert pixels.shape[:2] == ((48, 64) if turns % 2 == 0 else (64, 48))
    assert np.abs(pixels.astype(int) - expected).max() <= 6


def _turn(path: Path, turns: int) -> None:
    """Write into the track header by how many quarters to the right the pictures are turned."""
    cosine, sine = [(1, 0), (0, 1), (-1, 0), (0, -1)][turns]
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44
    parts = [cosine, sine, 0, -sine, cosine, 0, 0, 0]
    matrix = struct.pack(">8i", *(part * 65536 for part in parts)) + struct.pack(">i", 1 << 30)
    content[start : start + 36] = matrix
    path.write_bytes(content)


def test_a_film_that_is_cut_off_says_at_which_frame(tmp_path):
    reader = open_video_file(cut_film(tmp_path / "cut.mp4", 60, 0.5))
    count = 0
    while reader.grab() is not None:
        count += 1
    assert reader.shortfall.startswith(f"cut.mp4 ends early, at frame {count} of 60;")
    reader.close()


def test_a_whole_film_ends_without_a_word(tmp_path):
    for name in ("whole.mp4", "whole.mkv", "whole.avi"):
        reader = open_video_file(write_film(tmp_path / name, 20))
        while reader.grab() is not None:
            assert reader.shortfall == ""
        assert reader.shortfall == ""
        reader.close()
