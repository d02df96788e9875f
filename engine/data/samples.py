"""The sample gallery: photographs inside scikit-image, and drawn scenes with ground truth."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

from engine.api.annotations import Sample, Shape
from engine.api.errors import ConfigError
from engine.api.pictures import Picture, SampleCard
from engine.data.picture_loader import load_picture

_SCENE_WIDTH, _SCENE_HEIGHT = 640, 480


class _Photograph(NamedTuple):
    card: SampleCard
    file: str


class _DrawnScene(NamedTuple):
    card: SampleCard
    seed: int
    object_counts: tuple[int, int]


def _photograph(file: str, title: str, note: str, credit: str) -> _Photograph:
    return _Photograph(SampleCard(re.split(r"[_.]", file)[0], title, note, credit), file)


def _scene(key: str, title: str, note: str, seed: int, counts: tuple[int, int]) -> _DrawnScene:
    card = SampleCard(key, title, note, f"Drawn by this program from seed {seed}; free to use")
    return _DrawnScene(card, seed, counts)


_PHOTOGRAPHS = (
    _photograph(
        "astronaut.png",
        "Astronaut Eileen Collins",
        "Look for the face, then lower the score threshold and watch false ones appear.",
        "NASA; no known copyright restrictions, public domain",
    ),
    _photograph(
        "chelsea.png",
        "Chelsea the cat",
        "Try the cat face cascade, or a detector that was trained on COCO.",
        "Stefan van der Walt; CC0",
    ),
    _photograph(
        "coffee.png",
        "Cup of coffee",
        "Ask a COCO detector for cup and spoon, and compare how closely the boxes fit.",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar; CC0",
    ),
    _photograph(
        "motorcycle_left.png",
        "Motorcycle in a garage",
        "A crowded scene: step through the suppression of the many boxes on one machine.",
        "Middlebury 2014 stereo benchmark, D. Scharstein and others, GCPR 2014",
    ),
    _photograph(
        "rocket.jpg",
        "Launch of a Falcon 9",
        "No COCO class fits: see what detectors answer, and with which scores.",
        "SpaceX; released into the public domain",
    ),
    _photograph(
        "camera.png",
        "Photographer with a camera",
        "A grey picture with one person: try the people detector and draw the true box.",
        "Lav Varshney; CC0",
    ),
    _photograph(
        "coins.png",
        "Coins from Pompeii",
        "Draw a box around each coin, then check how well two of yours overlap.",
        "Brooklyn Museum; no known copyright restrictions",
    ),
    _photograph(
        "hubble_deep_field.jpg",
        "Hubble eXtreme Deep Field",
        "Hundreds of small bright objects: zoom in and mark some galaxies.",
        "NASA, HubbleSite; free to use in the public domain",
    ),
    _photograph(
        "retina.jpg",
        "Human retina",
        "Zoom until single pixels show, and read their values in the status line.",
        "Mikael Häggström, Wikimedia Commons; CC0 1.0",
    ),
    _photograph(
        "ihc.png",
        "Stained tissue of the colon",
        "Colours tell kinds of cells apart: outline a gland as a polygon.",
        "Center for Microscopy And Molecular Imaging (CMMI); no known copyright restrictions",
    ),
    _photograph(
        "cell.png",
        "Cell floating in saline",
        "One bright object on an uneven ground: outline it as a polygon.",
        "P. Müller and others, Optics Express 2018; CC0",
    ),
    _photograph(
        "page.png",
        "Scanned page",
        "Uneven light: compare pixel values of the paper at the left and at the right.",
        "scikit-image; no author or licence stated",
    ),
    _photograph(
        "horse.png",
        "Silhouette of a horse",
        "One shape without texture: outline it with as few points as you can.",
        "Andreas Preuss (marauder), openclipart; CC0",
    ),
    _photograph(
        "gravel.png",
        "Gravel",
        "Texture without objects: whatever a detector finds here is wrong.",
        "CC0Textures; CC0",
    ),
)

_SCENES = (
    _scene(
        "scene-shapes",
        "Drawn shapes",
        "Every box is known exactly: compare your own boxes with them.",
        seed=50,
        counts=(6, 9),
    ),
    _scene(
        "scene-crowd",
        "Crowd of shapes",
        "Shapes hide each other: which of their boxes would suppression remove?",
        seed=71,
        counts=(24, 30),
    ),
    _scene(
        "scene-sparse",
        "A few shapes",
        "Three objects among lines and dots: what would a detector mistake for a shape?",
        seed=33,
        counts=(2, 3),
    ),
)


def list_samples() -> tuple[SampleCard, ...]:
    """Return the gallery: the photographs that are installed, then the drawn scenes."""
    folder = _photograph_folder()
    there = [photo.card for photo in _PHOTOGRAPHS if folder and (folder / photo.file).is_file()]
    return (*there, *(scene.card for scene in _SCENES))


def load_sample(key: str) -> Sample:
    """Load a photograph, or draw a scene with a box for each object.

    Raises:
        ConfigError: no sample has the key.
        PictureError: the photograph is not installed or cannot be read.
    """
    for scene in _SCENES:
        if scene.card.key == key:
            return _draw(scene)
    for photo in _PHOTOGRAPHS:
        folder = _photograph_folder()
        if photo.card.key == key and folder is not None:
            return Sample(load_picture(folder / photo.file))
    known = ", ".join(card.key for card in list_samples())
    raise ConfigError(f"there is no sample {key!r}; known: {known}")


def _draw(drawn: _DrawnScene) -> Sample:
    from engine.data.shapes import draw_scene  # brings OpenCV, which the list does without

    scene = draw_scene(
        drawn.seed, _SCENE_WIDTH, height_px=_SCENE_HEIGHT, object_counts=drawn.object_counts
    )
    pairs = zip(scene.labels, scene.boxes_xyxy.tolist(), strict=True)
    shapes = tuple(Shape.box(label, *box) for label, box in pairs)
    return Sample(Picture(scene.pixels, None, "drawn"), shapes)


def _photograph_folder() -> Path | None:
    """Where scikit-image keeps its pictures; found without importing it."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "data"
