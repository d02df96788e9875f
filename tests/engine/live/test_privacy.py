"""Faces are gone, not only unsharp."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from engine.api.detection import Detections
from engine.api.errors import ConfigError
from engine.api.live_analysis import PrivacyConfig
from engine.live.privacy import PrivacyFilter, hide

NOTHING = Detections.of([], [], ())
FACE_XYXY = [180, 70, 270, 180]
METHODS = ["pixelate", "blur", "fill"]
CONFIG = PrivacyConfig()


def faces(*boxes: list[float], label: str = "face") -> Detections:
    return Detections.of(boxes, [0.9] * len(boxes), (label,) * len(boxes))


def found_by_the_cascade(pixels: np.ndarray) -> int:
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return len(
        cascade.detectMultiScale(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 1.1, 3, minSize=(60, 60))
    )


def detail(pixels: np.ndarray, period_px: float) -> float:
    """Return the greatest amplitude of any wave shorter than `period_px`, in grey levels."""
    grey = pixels.astype(np.float64).mean(axis=2)
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    spectrum = np.abs(np.fft.fft2((grey - grey.mean()) * window)) / window.sum() * 2
    rows, columns = np.fft.fftfreq(grey.shape[0]), np.fft.fftfreq(grey.shape[1])
    return float(spectrum[np.hypot(rows[:, None], columns) > 1 / period_px].max())


def test_a_detector_finds_the_face_before_and_not_after():
    picture = astronaut()[:256, 100:356]
    box = [80, 70, 170, 180]
    assert found_by_the_cascade(picture) == 1
    for method in METHODS:
        assert found_by_the_cascade(hide(picture, faces(box), PrivacyConfig(method))) == 0


@pytest.mark.parametrize("method", METHODS)
def test_faces_that_differ_in_everything_but_the_means_of_cells_become_the_same(method, random):
    """Whatever is done to the result, it cannot say which of the two it was."""
    config = PrivacyConfig(method, cells=6, margin=0.0)
    first = random.integers(60, 190, (120, 120, 3)).astype(np.int64)
    noise = random.integers(-60, 60, (120, 120, 3))
    for row in range(0, 120, 20):
        for column in range(0, 120, 20):
            cell = noise[row : row + 20, column : column + 20]
            cell[:10] = -cell[10:]  # the mean of each cell is left as it is
    pictures = [first.astype(np.uint8), (first + noise).astype(np.uint8)]
    hidden = [hide(picture, faces([0, 0, 120, 120]), config) for picture in pictures]
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() > 25
    np.testing.assert_array_equal(*hidden)


@pytest.mark.parametrize("side", [40, 90, 400])
def test_a_mosaic_keeps_a_few_colours_however_large_the_face(side, random):
    picture = random.integers(0, 256, (side, side, 3)).astype(np.uint8)
    hidden = hide(picture, faces([0, 0, side, side]), CONFIG)
    blocks = np.unique(hidden.reshape(-1, 3), axis=0)
    assert len(blocks) <= min(CONFIG.cells, side // CONFIG.least_cell_px) ** 2


def test_a_blur_leaves_no_detail_finer_than_its_cells():
    picture = astronaut()
    x1, y1, x2, y2 = FACE_XYXY
    hidden = hide(picture, faces(FACE_XYXY), PrivacyConfig("blur"))
    inside = (slice(y1, y2), slice(x1, x2))
    cell_px = 1.3 * (y2 - y1) / CONFIG.cells
    for period_px, before, after in ((cell_px, 10, 1.5), (cell_px / 2, 5, 0.5)):
        assert detail(picture[inside], period_px) > before
        assert detail(hidden[inside], period_px) < after


def test_a_filled_box_says_nothing():
    hidden = hide(astronaut(), faces(FACE_XYXY), PrivacyConfig("fill"))
    x1, y1, x2, y2 = FACE_XYXY
    assert np.ptp(hidden[y1:y2, x1:x2].reshape(-1, 3), axis=0).tolist() == [0, 0, 0]


def test_the_margin_is_hidden_too_and_nothing_beyond():
    picture = astronaut()
    config = PrivacyConfig("fill", margin=0.5)
    changed = np.any(hide(picture, faces([200, 100, 220, 140]), config) != picture, axis=2)
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max() + 1) == (80, 160)
    assert (columns.min(), columns.max() + 1) == (190, 230)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "box",
    [[-50, -40, 10, 20], [500, 500, 900, 900], [600, 600, 700, 700], [9, 9, 9, 9], [-9, 5, 999, 6]],
)
def test_boxes_that_leave_the_frame_or_have_no_area_do_no_harm(method, box):
    picture = astronaut()
    picture.flags.writeable = False
    hidden = hide(picture, faces(box), PrivacyConfig(method))
    assert hidden.shape == picture.shape


def test_boxes_over_each_other_show_neither(random):
    picture = random.integers(0, 256, (100, 100, 3)).astype(np.uint8)
    found = faces([0, 0, 60, 60], [30, 30, 100, 100])
    hidden = hide(picture, found, PrivacyConfig(margin=0.0))
    changed = np.any(hidden != picture, axis=2)
    assert changed[:60, :60].mean() > 0.99
    assert changed[30:, 30:].mean() > 0.99


def test_a_mask_is_followed_where_it_is_asked_for():
    picture = astronaut()
    disc = np.hypot(*(np.mgrid[:28, :28] - 13.5)) < 12
    found = replace(faces([100, 100, 200, 200]), masks=disc[None].astype(np.float16))
    config = PrivacyConfig("fill", margin=0.02, is_outline_followed=True)
    changed = np.any(hide(picture, found, config) != picture, axis=2)
    assert changed[150, 110:190].all()
    assert not changed[100:108, 100:108].any()
    assert hide(picture, found, replace(config, is_outline_followed=False))[104, 104, 0] == 64


def test_a_frame_without_private_objects_is_passed_on_as_it_is():
    picture = astronaut()
    people = faces(FACE_XYXY, label="person")
    assert PrivacyFilter().hide(picture, people, 0.0, ("face",), CONFIG) is picture
    assert PrivacyFilter().hide(picture, NOTHING, 0.0, ("face",), CONFIG) is picture
    assert PrivacyFilter().hide(picture, people, 0.0, (), CONFIG) is picture


def is_hidden_at(hidden: np.ndarray, x: int, y: int) -> bool:
    return hidden[y, x].tolist() == [64, 64, 64]


def test_a_face_that_is_missed_in_some_frames_stays_hidden():
    picture, privacy = astronaut(), PrivacyFilter()
    config = PrivacyConfig("fill", hold_seconds=0.5)
    privacy.hide(picture, faces(FACE_XYXY), 0.0, ("face",), config)
    missed = privacy.hide(picture, NOTHING, 0.4, ("face",), config)
    assert is_hidden_at(missed, 220, 120)
    assert privacy.hide(picture, NOTHING, 0.6, ("face",), config) is picture


def test_a_face_that_moves_is_hidden_where_it_is_and_not_where_it_was():
    picture, privacy = astronaut(), PrivacyFilter()
    config = PrivacyConfig("fill", margin=0.0, hold_seconds=0.5)
    other = [20, 400, 60, 450]
    privacy.hide(picture, faces([100, 100, 200, 200], other), 0.0, ("face",), config)
    moved = privacy.hide(picture, faces([140, 100, 240, 200]), 0.1, ("face",), config)
    assert is_hidden_at(moved, 230, 150)
    assert not is_hidden_at(moved, 110, 150)
    assert is_hidden_at(moved, 40, 420)


def test_of_two_faces_close_together_the_missed_one_stays_hidden():
    picture, privacy = astronaut(), PrivacyFilter()
    config = PrivacyConfig("fill", margin=0.0)
    left, right = [100, 100, 200, 200], [160, 100, 260, 200]
    for number, found in enumerate(([left, right], [left], [right], [left])):
        hidden = privacy.hide(picture, faces(*found), number / 10, ("face",), config)
        assert is_hidden_at(hidden, 110, 150)
        assert is_hidden_at(hidden, 250, 150)


def test_a_class_that_is_private_no_more_is_shown_at_once_though_time_stands_still():
    picture, privacy = astronaut(), PrivacyFilter()
    privacy.hide(picture, faces(FACE_XYXY), 1.0, ("face",), CONFIG)
    assert privacy.hide(picture, faces(FACE_XYXY), 1.0, (), CONFIG) is picture


def test_a_film_that_jumps_back_holds_nothing():
    picture, privacy = astronaut(), PrivacyFilter()
    privacy.hide(picture, faces(FACE_XYXY), 9.0, ("face",), CONFIG)
    assert privacy.hide(picture, NOTHING, 0.0, ("face",), CONFIG) is picture


def test_cells_fine_enough_for_a_face_are_refused():
    with pytest.raises(ConfigError, match="cells"):
        PrivacyConfig(cells=32)
