from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from engine.api.errors import ConfigError, StorageError
from engine.data.animations import save_animation

FRAMES = np.repeat(np.arange(0, 250, 25, dtype=np.uint8), 9 * 7 * 3).reshape(10, 9, 7, 3)


def test_a_gif_opens_again_with_every_frame_and_runs_as_long_as_asked(tmp_path: Path) -> None:
    path = save_animation(FRAMES, tmp_path / "walk.gif", 12, 64)
    with Image.open(path) as film:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
        assert film.info["loop"] == 0
    assert len(frames) == 10
    assert frames[0].size == (63, 81)
    assert abs(sum(durations) - 10 * 1000 / 12) <= 10
    levels = [int(np.asarray(frame).mean()) for frame in frames]
    np.testing.assert_allclose(levels, FRAMES[:, 0, 0, 0], atol=2)


def test_an_mp4_opens_again_with_every_frame_and_even_sides(tmp_path: Path) -> None:
    path = save_animation(FRAMES, tmp_path / "walk.mp4", 25, 64)
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video)]
        assert video.average_rate == 25
    assert len(frames) == 10
    assert frames[0].shape == (80, 62, 3)
    np.testing.assert_allclose([f.mean() for f in frames], FRAMES[:, 0, 0, 0], atol=4)


def test_another_ending_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.gif or \.mp4"):
        save_animation(FRAMES, tmp_path / "walk.avi", 12, 64)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        save_animation(FRAMES, tmp_path / "file" / "walk.gif", 12, 64)
