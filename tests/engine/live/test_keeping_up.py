"""What a model runs with on running pictures, so that it follows them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import skimage
from PIL import Image

from engine.api.errors import SourceError
from engine.api.live import Frame
from engine.api.live_analysis import AnalysisConfig, PrivacyConfig
from engine.api.live_session import LiveModel, RunPlainLoop
from engine.api.parameters import from_words
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from engine.live import plain_loop
from engine.live.chosen_model import ChosenModel
from engine.live.frame_work import FrameWork
from engine.models.detection.hog_people import HogPeopleOptions
from engine.models.detection.viola_jones import CascadeOptions
from engine.service import execute
from tests.engine.live.parts import write_film

QUIET = TaskContext(lambda progress: None)
ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"


def frame_with_a_face(side_px: int) -> Frame:
    """A grey frame of 640 x 480 with one face about so wide, in the middle."""
    with Image.open(ASTRONAUT) as image:
        face = np.asarray(image.convert("RGB").crop((150, 30, 300, 200)))
    small = cv2.resize(face, None, fx=side_px / 110, fy=side_px / 110, interpolation=3)
    pixels = np.full((480, 640, 3), 90, np.uint8)
    top, left = 240 - small.shape[0] // 2, 320 - small.shape[1] // 2
    pixels[top : top + small.shape[0], left : left + small.shape[1]] = small
    return Frame(pixels, 0, 0.0, 0.0)


def test_a_detector_runs_with_what_suits_running_pictures_unless_something_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    detector = type(MODELS.build("viola-jones-face", MODELS.card("viola-jones-face").config_type()))
    detect = detector.detect

    def note(self: Any, pixels: np.ndarray, options: Any, context: TaskContext) -> Any:
        seen.append((min(pixels.shape[:2]), options))
        return detect(self, pixels, options, context)

    monkeypatch.setattr(detector, "detect", note)
    card = MODELS.card("viola-jones-face")
    model = LiveModel(card.key, shorter_side_px=card.live_side_px, device="cpu")
    chosen = CascadeOptions(min_size_px=30)
    for each in (model, replace(model, options=chosen, shorter_side_px=None)):
        FrameWork(AnalysisConfig()).step(ChosenModel(each), QUIET)(frame_with_a_face(60), QUIET)
    assert seen == [
        (320, CascadeOptions(scale_factor=1.2, equalise=False)),
        (480, chosen),
    ]


def test_what_suits_running_pictures_looks_at_far_fewer_windows() -> None:
    """Work goes with the pixels of a frame times the number of scales, whatever the machine."""

    def pixels_looked_at(side: int, factor: float) -> float:
        sizes = 24 * factor ** np.arange(100)
        scales = (24 / sizes[sizes <= side]) ** 2
        return float(side * side * scales.sum())

    options = MODELS.card("viola-jones-face").options_on_frames
    side = MODELS.card("viola-jones-face").live_side_px
    assert pixels_looked_at(side, options.scale_factor) < 0.3 * pixels_looked_at(480, 1.1)
    assert MODELS.card("hog-people").options_on_frames == HogPeopleOptions(scale=1.2)


@pytest.mark.parametrize("side_px", [50, 80, 160, 300])
def test_faces_are_found_with_what_suits_running_pictures(side_px: int) -> None:
    card = MODELS.card("viola-jones-face")
    model = LiveModel(card.key, shorter_side_px=card.live_side_px, device="cpu")
    step = FrameWork(AnalysisConfig()).step(ChosenModel(model), QUIET)
    found = step(frame_with_a_face(side_px), QUIET).analysis.tracked.detections
    boxes = found.boxes_xyxy
    assert any((x1 < 320 < x2) and (y1 < 240 < y2) for x1, y1, x2, y2 in boxes)


@pytest.mark.parametrize("side_px", [40, 120])
def test_faces_beside_another_detector_are_hidden_though_they_are_small(side_px: int) -> None:
    config = AnalysisConfig(private_classes=("face",), privacy=PrivacyConfig("fill"))
    model = LiveModel("hog-people", device="cpu")
    step = FrameWork(config).step(ChosenModel(model), QUIET)
    shown = step(frame_with_a_face(side_px), QUIET).pixels
    assert shown[240, 320].tolist() == [64, 64, 64]


def test_words_of_the_command_line_change_only_what_they_name() -> None:
    base = MODELS.card("viola-jones-face").options_on_frames
    changed = from_words(CascadeOptions, {"min_size_px": "40"}, base)
    assert changed == replace(base, min_size_px=40)


def test_the_plain_loop_counts_frames_and_begins_the_film_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_film(tmp_path / "film.mp4", 4)
    monkeypatch.setattr(plain_loop, "time", SimpleNamespace(perf_counter=count().__next__))
    assert execute(RunPlainLoop(film, 10.0), QUIET).frames_per_second == pytest.approx(9 / 10)


def test_the_plain_loop_refuses_a_film_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures"):
        execute(RunPlainLoop(tmp_path / "absent.mp4", 1.0), QUIET)
