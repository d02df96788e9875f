"""Answers that come when something else is looked at: none stands where it was not asked for.

On every page something is asked about one thing, another is turned to, and the answer about the
first comes afterwards. Those of Detect and of the steps lie beside their pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.api.datasets import CheckDataset, DescribeDataset
from engine.api.latent import EncodePictures, LatentSource, OpenLatents
from engine.api.latent_pictures import SampleLatents
from engine.api.live import MovingSceneSource
from engine.api.live_session import OpenLive
from engine.api.pictures import ListFolder, LoadPicture
from engine.api.segmentation import MeasureAreas, Segment
from engine.api.training import ReadRun
from gui.widgets.class_legend import ClassLegend
from tests.engine.inference.latents import saved, some_codes
from tests.engine.inference.tiny_unet import save_tiny_unet
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.conftest import User, save_picture
from tests.gui.pages.latent_support import SMALL, Explorer
from tests.gui.pages.live_support import Watcher, make_quick
from tests.gui.pages.page_support import Person
from tests.gui.pages.segment_support import Viewer
from tests.gui.pages.train_support import ForeignRun, Trainer

ORDERS = pytest.mark.parametrize("is_first_late", [True, False], ids=["late", "in order"])


@contextmanager
def leaving(person: Person) -> Iterator[None]:
    """Close the page whatever comes, and look for bugs that a handler hid."""
    try:
        yield
    finally:
        person.close()
    assert not person.crashes, person.crashes


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


def end(engine: HeldEngine, kind: type, is_first_late: bool) -> None:
    """Answer the two that are held, the first of them last where it is late."""
    first, second = engine.of(kind)
    for held in (second, first) if is_first_late else (first, second):
        held.finish()


@ORDERS
def test_a_picture_that_comes_late_is_not_shown_in_place_of_the_next(
    new_user: Callable[..., User], engine: HeldEngine, tmp_path: Path, is_first_late: bool
) -> None:
    first = save_picture(tmp_path / "a.png", (40, 30))
    second = save_picture(tmp_path / "b.png", (60, 50))
    user = new_user(engine)
    engine.hold(LoadPicture)
    user.page.open_paths((first, second))
    user.until(lambda: len(engine.held) == 1)
    user.page.navigator.go_to(second)
    user.until(lambda: len(engine.held) == 2)
    shown: list[str] = []
    user.page.navigator.arrived.connect(lambda document: shown.append(document.title))
    end(engine, LoadPicture, is_first_late)
    user.go("b.png")
    user.settle()
    assert shown == ["b.png"]
    assert user.document.picture.pixels.shape == (50, 60, 3)
    user.page.navigator.go_to(first)
    user.go("a.png")  # kept, though nobody waited for it any more
    assert len(engine.held) == 2


def test_pictures_of_a_folder_that_was_left_are_not_listed_in_the_next(
    new_user: Callable[..., User], engine: HeldEngine, tmp_path: Path
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        save_picture(folder / f"{folder.name}.png", (40, 30))
    user = new_user(engine)
    engine.hold(ListFolder)
    for folder in folders:
        user.page.open_paths((folder,))
    end(engine, ListFolder, is_first_late=True)
    user.go("second.png")
    user.settle()
    assert user.names == ["second.png"]
    assert not user.problems


@ORDERS
def test_the_answer_of_a_segmenter_stands_on_its_own_picture(
    qtbot: QtBot, engine: HeldEngine, tmp_path: Path, is_first_late: bool
) -> None:
    viewer = Viewer(qtbot, tmp_path, engine)
    with leaving(viewer):
        engine.hold(Segment)
        documents = [viewer.open(seed, f"{seed}.png") for seed in range(2)]
        for document in documents:
            viewer.session.set_current(document)
            viewer.press("segment.run")
        end(engine, Segment, is_first_late)
        viewer.settle()
        for document, held in zip(documents, engine.of(Segment), strict=True):
            viewer.session.set_current(document)
            viewer.until(lambda: viewer.answer() is not None and viewer.answer().areas)
            assert viewer.answer().result is held.future.result()


def test_a_run_that_opens_after_stop_was_pressed_shows_no_frame_of_its_source(
    qtbot: QtBot, engine: HeldEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_quick(monkeypatch)
    watcher = Watcher(qtbot, tmp_path, service=engine)
    with leaving(watcher):
        engine.hold(OpenLive)
        watcher.page.open(MovingSceneSource(width_px=96, height_px=64))
        watcher.page.stop()
        (first,) = engine.held
        first.finish()
        watcher.until(lambda: not watcher.page.is_running)
        assert watcher.page._presenter.result is None
        watcher.page.open(MovingSceneSource(width_px=128, height_px=80))
        engine.held[1].finish()
        watcher.until(lambda: watcher.answer is not None)
        assert watcher.answer.pixels.shape == (80, 128, 3)


def test_areas_of_one_segmenter_do_not_stand_in_the_legend_of_the_next(
    qtbot: QtBot, engine: HeldEngine, tmp_path: Path
) -> None:
    lists = (("sky", "road", "car"), ("disc", "square", "cross"))
    files = [save_tiny_unet(tmp_path / f"{c[0]}.safetensors", c, (48, 64)) for c in lists]
    watcher = Watcher(qtbot, tmp_path, service=engine)
    with leaving(watcher):
        engine.hold(MeasureAreas)
        watcher.page.choose_model("unet")
        watcher.page._inspector.model.set_weights_file(files[0])
        watcher.start_scene()
        watcher.until(lambda: engine.held)
        first = engine.held[0]
        assert first.request.result.classes == lists[0]
        watcher.page._inspector.model.set_weights_file(files[1])
        watcher.press("live.run")
        watcher.until(lambda: watcher.answer.segmentation.classes == lists[1])
        watcher.until(lambda: engine.held[-1].request.result.classes == lists[1])
        engine.held[-1].finish()
        legend = watcher.find(ClassLegend, "live.legend")
        watcher.until(lambda: legend.classes == lists[1])
        first.finish()
        for held in engine.held:
            if not held.is_answered:
                held.finish()
        engine.hold()
        watcher.settle()
        assert legend.classes == lists[1]


def source_of(folder: Path, key: str) -> LatentSource:
    codes = some_codes(2, has_posterior=key == "vae")
    return saved(folder, key, codes, latent_dimensions=2, **SMALL)


@pytest.fixture
def sources(tmp_path: Path) -> list[LatentSource]:
    return [source_of(tmp_path, "vae"), source_of(tmp_path, "autoencoder")]


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path, engine: HeldEngine) -> Iterator[Explorer]:
    person = Explorer(qtbot, tmp_path, engine)
    with leaving(person):
        yield person


@ORDERS
def test_the_latent_model_of_now_is_the_one_chosen_last(
    explorer: Explorer, engine: HeldEngine, sources: list[LatentSource], is_first_late: bool
) -> None:
    engine.hold(OpenLatents)
    for source in sources:
        explorer.page.open(source)
    end(engine, OpenLatents, is_first_late)
    explorer.until(lambda: explorer.state.picture is not None)
    explorer.settle()
    assert explorer.state.facts.source == sources[1]
    assert explorer.problems == []


@ORDERS
def test_codes_of_one_latent_model_never_reach_the_next(
    explorer: Explorer, engine: HeldEngine, sources: list[LatentSource], is_first_late: bool
) -> None:
    encoded: list[object] = []
    explorer.state.encoded.connect(encoded.append)
    engine.hold(EncodePictures, SampleLatents)
    for source in sources:
        explorer.press("latent.pad_clear")  # else what is drawn is encoded anew, without a stroke
        explorer.page.open(source)
        explorer.until(lambda: explorer.state.is_of(source))  # noqa: B023  waits here
        pad = explorer.page.explore.own.pad
        explorer.drag(pad, QPoint(20, 20), QPoint(100, 100))
        explorer.until(lambda: engine.held[-1].request.source == source)  # noqa: B023
    end(engine, EncodePictures, is_first_late)
    explorer.until(lambda: encoded)
    explorer.settle()
    second = engine.of(EncodePictures)[1].future.result()
    assert encoded == [second]
    np.testing.assert_array_equal(explorer.state.code, second.latents[0])


@pytest.fixture
def trainer(qtbot: QtBot, tmp_path: Path, engine: HeldEngine) -> Iterator[Trainer]:
    person = Trainer(qtbot, tmp_path, with_engine=True, service=engine)
    with leaving(person):
        yield person


@ORDERS
def test_what_is_said_of_a_data_set_is_about_the_one_that_is_chosen(
    trainer: Trainer, engine: HeldEngine, tmp_path: Path, is_first_late: bool
) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    text = trainer.page._setup.data._text
    report = trainer.find(QLabel, "train.report")
    engine.hold(DescribeDataset, CheckDataset)
    for data in (str(empty), "digits"):
        trainer.page._setup.data.choose(data)
        trainer.press("train.check")
    end(engine, DescribeDataset, is_first_late)
    end(engine, CheckDataset, is_first_late)
    trainer.until(lambda: "1,259 to train on" in text.text())
    trainer.until(lambda: report.text().startswith("Ready to train on."))
    trainer.settle()
    assert "1,259 to train on" in text.text()
    assert report.text().startswith("Ready to train on.")
    assert trainer.problems == []


def test_runs_of_a_folder_that_was_left_are_not_listed_in_the_next(
    trainer: Trainer, engine: HeldEngine, tmp_path: Path
) -> None:
    roots = [tmp_path / "first", tmp_path / "second"]
    for root in roots:
        ForeignRun(root / f"{root.name} run").say("finished", 100)
    engine.hold(ReadRun)
    for number, root in enumerate(roots, 1):
        trainer.page.set_root(root)
        trainer.until(lambda: len(engine.held) == number)  # noqa: B023  waits here
    end(engine, ReadRun, is_first_late=True)
    trainer.until(lambda: trainer.runs() == ["second run"])
    trainer.settle()
    assert trainer.runs() == ["second run"]
