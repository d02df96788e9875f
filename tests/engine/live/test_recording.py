"""Films that are true to time and play whatever happened."""

import errno
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engine.api.errors import ConfigError, StorageError
from engine.api.live_analysis import RecordingConfig
from engine.live.film_file import whole_length
from engine.live.partial_file import PartialFile
from engine.live.recording import VideoRecorder

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).parents[3]
WIDTH, HEIGHT = 96, 64


def grey(level: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def frames_of(path: Path) -> Iterator[np.ndarray]:
    with av.open(path) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def levels_of(path: Path) -> list[int]:
    return [round(float(frame.mean()) / 10) * 10 for frame in frames_of(path)]


def seconds_of(path: Path) -> float:
    with av.open(path) as container:
        assert container.streams.video[0].average_rate == 25
        return container.duration / av.time_base


class FullDisk(PartialFile):
    """A disk with room for so many bytes."""

    room = 20_000

    def _put(self, data: memoryview) -> int:
        fitting = min(len(data), self.room - self.tell())
        if fitting <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._put(data[:fitting])


@pytest.fixture
def noise(random: np.random.Generator) -> list[np.ndarray]:
    greys = random.integers(0, 256, (150, HEIGHT, WIDTH, 1), np.uint8)
    return list(np.ascontiguousarray(greys.repeat(3, axis=3)))


def test_a_recording_without_a_frame_leaves_no_file(tmp_path):
    report = VideoRecorder(tmp_path / "film.mp4", RecordingConfig()).close()
    assert report.path is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source_rate", [5, 15, 24.7, 25, 30, 59.94])
def test_the_film_lasts_as_long_as_what_was_recorded(tmp_path, source_rate):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for number in range(round(3.2 * source_rate)):
        recorder.add(grey(100), 1000.0 + number / source_rate)
    report = recorder.close(1003.2)
    assert report.path == tmp_path / "film.mp4"
    assert report.seconds == pytest.approx(3.2)
    assert seconds_of(report.path) == pytest.approx(3.2)
    assert len(list(frames_of(report.path))) == report.frames == 80


def test_each_frame_is_seen_when_it_was_taken(tmp_path, random):
    """Moments by chance: a tick shows the last frame that came, half a tick early at most."""
    moments = np.sort(random.uniform(0, 4, 60))
    moments[0] = 0
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for number, moment in enumerate(moments):
        recorder.add(grey(20 + 10 * (number % 20)), 77.0 + moment)
    recorder.close(81.0)
    seen = levels_of(tmp_path / "film.mp4")
    assert len(seen) == 100
    for tick, level in enumerate(seen):
        latest = np.flatnonzero(moments <= (tick + 0.5) / 25)[-1]
        assert level == 20 + 10 * (latest % 20)


def test_a_lost_source_shows_its_last_frame_until_it_is_back(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    recorder.add(grey(50), 0.0)
    for second in (0.5, 1.0, 1.5):
        recorder.hold(second)
    recorder.add(grey(200), 2.0)
    recorder.close(3.0)
    assert levels_of(tmp_path / "film.mp4") == [50] * 50 + [200] * 25


def test_a_clock_that_goes_back_stops_the_film_and_spoils_nothing(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for moment in (0.0, 0.4, 0.2, 0.8):
        recorder.add(grey(100), moment)
    assert recorder.close().seconds == pytest.approx(0.84)


def test_another_size_is_brought_to_the_first_with_borders(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for number, size in enumerate([(96, 64), (640, 640), (20, 8)]):
        recorder.add(grey(200, *size), number * 0.2)
    recorder.close(0.6)
    first, square, wide = (
        frame.mean(axis=2) for frame in list(frames_of(tmp_path / "film.mp4"))[2::5]
    )
    assert first.shape == square.shape == wide.shape == (64, 96)
    assert first.min() > 190
    assert square[:, 20:76].min() > 180
    assert square[:, :12].max() < 20
    assert wide[18:46].min() > 180
    assert wide[:8].max() < 20


def test_odd_sides_lose_a_pixel(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    recorder.add(grey(100, 97, 63), 0.0)
    report = recorder.close()
    assert (report.width, report.height) == (96, 62)
    assert next(frames_of(report.path)).shape == (62, 96, 3)


def test_colours_come_back_in_every_player(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    colours = np.array([[200, 40, 40], [40, 180, 60], [60, 60, 210], [230, 220, 30]], np.uint8)
    recorder.add(np.ascontiguousarray(np.repeat(np.repeat(colours[None], 64, 0), 24, 1)), 0.0)
    recorder.close(1.0)
    player = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    by_opencv = player.read()[1][:, :, ::-1]
    player.release()
    for seen in (next(frames_of(tmp_path / "film.mp4")), by_opencv):
        assert np.abs(seen[32, 12::24].astype(int) - colours).max() <= 6


def test_a_film_is_an_ordinary_mp4_that_can_be_searched(tmp_path, noise):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for number, frame in enumerate(noise):
        recorder.add(frame, number / 25)
    recorder.close()
    with av.open(tmp_path / "film.mp4") as container:
        assert container.streams.video[0].frames == 150  # of fragments it would not say
    player = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    assert player.get(cv2.CAP_PROP_FRAME_COUNT) == 150
    player.set(cv2.CAP_PROP_POS_FRAMES, 140)
    is_read, frame = player.read()
    player.release()
    assert is_read
    assert np.abs(frame[:, :, ::-1].astype(int) - noise[140]).mean() < 12


def test_what_is_on_the_disk_plays_at_every_moment(tmp_path, noise):
    """As after a power cut: the file is copied while the film goes on."""
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    for number, frame in enumerate(noise):
        recorder.add(frame, number / 25)
        if number % 30 == 20 and number > 50:
            copy = tmp_path / f"after-{number}.mp4"
            shutil.copy(tmp_path / "film.part.mp4", copy)
            assert number - 26 <= len(list(frames_of(copy))) <= number
            assert seconds_of(copy) >= (number - 26) / 25
    assert not (tmp_path / "film.mp4").exists()
    recorder.close()
    assert not (tmp_path / "film.part.mp4").exists()


def test_a_killed_program_leaves_a_film_that_plays(tmp_path):
    script = """if True:
        import os, signal, sys
        from pathlib import Path
        import numpy as np
        from engine.api.live_analysis import RecordingConfig
        from engine.live.recording import VideoRecorder
        recorder = VideoRecorder(Path(sys.argv[1]), RecordingConfig())
        for number in range(90):
            recorder.add(np.full((64, 96, 3), number, np.uint8), number / 25)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", script, str(tmp_path / "film.mp4")]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    frames = list(frames_of(tmp_path / "film.part.mp4"))
    assert 64 <= len(frames) <= 90
    assert abs(frames[-1].mean() - (len(frames) - 1)) < 3


@pytest.mark.parametrize("room", [20_000, 100_000, 101_234, 203_456])
def test_on_a_full_disk_there_is_one_message_and_the_film_plays_up_to_there(tmp_path, noise, room):
    class Disk(FullDisk):
        pass

    Disk.room = room
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig(), Disk)
    messages = []
    for number, frame in enumerate(noise):
        try:
            recorder.add(frame, number / 25)
        except StorageError as error:
            messages.append(str(error))
            assert not recorder.is_open
    report = recorder.close()
    assert messages == [report.problem]
    assert "full" in report.problem
    if report.path is None:
        assert room == 20_000
        assert list(tmp_path.iterdir()) == []
        return
    assert f"{report.seconds:.1f} s" in report.problem
    frames = list(frames_of(report.path))
    assert len(frames) == report.frames > 0
    assert seconds_of(report.path) == pytest.approx(report.seconds)
    assert np.abs(frames[-1].astype(int) - noise[len(frames) - 1]).mean() < 12
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_a_disk_that_is_full_at_the_end_leaves_the_film_as_it_is(tmp_path, noise):
    whole = VideoRecorder(tmp_path / "whole.mp4", RecordingConfig())
    for number, frame in enumerate(noise):
        whole.add(frame, number / 25)
    whole.close()
    FullDisk.room = (tmp_path / "whole.mp4").stat().st_size - 500
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig(), FullDisk)
    for number, frame in enumerate(noise):
        recorder.add(frame, number / 25)
    report = recorder.close()
    assert "full" in report.problem
    assert len(list(frames_of(report.path))) == report.frames >= 125


def test_what_a_crash_left_and_what_had_the_name_are_not_touched_before_the_end(tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"old")
    (tmp_path / "film.part.mp4").write_bytes(b"left")
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    recorder.add(grey(100), 0.0)
    assert (tmp_path / "film.mp4").read_bytes() == b"old"
    recorder.close(1.0)
    assert seconds_of(tmp_path / "film.mp4") == pytest.approx(1.0)
    assert (tmp_path / "film.part.mp4").read_bytes() == b"left"
    assert not (tmp_path / "film.part-2.mp4").exists()


def test_folders_are_made_and_a_place_that_cannot_be_is_named(tmp_path):
    recorder = VideoRecorder(tmp_path / "a" / "b" / "film.mp4", RecordingConfig())
    recorder.add(grey(100), 0.0)
    assert recorder.close().path.is_file()
    (tmp_path / "file").write_bytes(b"")
    recorder = VideoRecorder(tmp_path / "file" / "film.mp4", RecordingConfig())
    with pytest.raises(StorageError, match="choose another place"):
        recorder.add(grey(100), 0.0)
    recorder.add(grey(100), 0.1)  # said once
    assert "choose another place" in recorder.close().problem


def test_other_names_and_frames_of_no_size_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="mp4"):
        VideoRecorder(tmp_path / "film.avi", RecordingConfig())
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    with pytest.raises(ConfigError, match="2 x 2"):
        recorder.add(grey(100, 1, 64), 0.0)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_taken_after_the_end(tmp_path):
    recorder = VideoRecorder(tmp_path / "film.mp4", RecordingConfig())
    recorder.add(grey(100), 0.0)
    report = recorder.close()
    recorder.add(grey(100), 1.0)
    recorder.hold(2.0)
    assert recorder.close() is report


def test_whole_fragments_are_told_from_what_was_cut(tmp_path):
    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4, "big") + kind + content

    head = box(b"ftyp", b"mp42") + box(b"moov", b"x" * 30)
    fragment = box(b"moof", b"y" * 20) + box(b"mdat", b"z" * 50)
    path = tmp_path / "film.mp4"
    for rest in (b"", fragment[:5], fragment[:28], fragment[:70]):
        path.write_bytes(head + fragment + rest)
        assert whole_length(path) == len(head + fragment)
