"""The gallery, and the requests about pictures through the engine's door."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from engine.api.annotations import Sample
from engine.api.errors import ConfigError, PictureError
from engine.api.pictures import (
    ListFolder,
    ListSamples,
    LoadPicture,
    LoadSample,
    LoadThumbnail,
)
from engine.api.tasks import TaskContext
from engine.data.samples import list_samples, load_sample
from engine.service import execute

CONTEXT = TaskContext(lambda _: None)


def test_the_gallery_has_photographs_and_scenes_with_distinct_keys() -> None:
    cards = list_samples()
    assert len(cards) >= 15
    assert len({card.key for card in cards}) == len(cards)
    assert len({card.title for card in cards}) == len(cards)
    assert {"astronaut", "chelsea", "coffee", "scene-shapes"} <= {card.key for card in cards}


@pytest.mark.parametrize("card", list_samples(), ids=lambda card: card.key)
def test_every_sample_opens_and_says_what_it_is(card) -> None:
    sample = execute(LoadSample(card.key), CONTEXT)
    assert isinstance(sample, Sample)
    assert sample.picture.width >= 300
    assert sample.picture.pixels.std() > 10
    assert card.note.endswith((".", "?"))
    assert card.credit


def test_a_photograph_is_the_file_inside_scikit_image() -> None:
    file = Path(skimage.__file__).parent / "data" / "astronaut.png"
    sample = load_sample("astronaut")
    with Image.open(file) as image:
        assert np.array_equal(sample.picture.pixels, np.asarray(image))
    assert (sample.picture.path, sample.shapes) == (file, ())


def test_a_scene_comes_with_a_box_for_every_object() -> None:
    sample = load_sample("scene-shapes")
    picture = sample.picture
    assert (picture.width, picture.height, picture.path) == (640, 480, None)
    assert len(sample.shapes) >= 6
    for shape in sample.shapes:
        x1, y1, x2, y2 = shape.box_xyxy
        assert 0 <= x1 < x2 <= 640
        assert 0 <= y1 < y2 <= 480
        assert shape.kind == "box"


def test_an_unknown_sample_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no sample 'astronut'; known: astronaut"):
        load_sample("astronut")


def test_without_scikit_image_the_scenes_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert [card.key for card in list_samples()] == ["scene-shapes", "scene-crowd", "scene-sparse"]
    with pytest.raises(ConfigError, match="no sample 'astronaut'"):
        load_sample("astronaut")


def test_the_requests_reach_their_handlers(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "a.png")
    (file,) = execute(ListFolder(folder), CONTEXT)
    assert execute(LoadPicture(file), CONTEXT).width == 30
    assert execute(LoadThumbnail(file, 15), CONTEXT).pixels.shape == (10, 15, 3)
    assert execute(ListSamples(), CONTEXT) == list_samples()
    with pytest.raises(PictureError, match="exceed the limit"):
        execute(LoadPicture(file, pixel_limit=10), CONTEXT)
