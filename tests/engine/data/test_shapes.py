"""Drawn scenes: exact truth, no way to cheat, the same for ever."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.data import shapes
from engine.data.shapes import (
    LEAST_VISIBLE_FRACTION,
    SCALE_RANGE,
    SHAPE_CLASSES,
    SMALLEST_RADIUS,
    Scene,
    draw_scene,
)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(seed, 96) for seed in range(400)]


@pytest.mark.parametrize("size", [(64, 64), (128, 80), (33, 57)])
def test_a_scene_has_the_documented_shapes_and_types(size: tuple[int, int]) -> None:
    width, height = size
    scene = draw_scene(3, width, height_px=height)
    count = len(scene.class_indices)
    assert (scene.pixels.shape, scene.pixels.dtype) == ((height, width, 3), np.uint8)
    assert (scene.instance_mask.shape, scene.instance_mask.dtype) == ((height, width), np.int32)
    assert (scene.semantic_mask.shape, scene.semantic_mask.dtype) == ((height, width), np.uint8)
    assert (scene.boxes_xyxy.shape, scene.boxes_xyxy.dtype) == ((count, 4), np.float32)
    assert (scene.visible_fractions.shape, scene.class_indices.dtype) == ((count,), np.int64)
    assert scene.labels == tuple(SHAPE_CLASSES[i] for i in scene.class_indices)


def test_the_same_seed_draws_the_same_scene_and_another_one_another() -> None:
    first, again, other = draw_scene(7, 64), draw_scene(7, 64), draw_scene(8, 64)
    for name in ("pixels", "boxes_xyxy", "class_indices", "instance_mask", "semantic_mask"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.pixels, other.pixels)


def test_drawing_does_not_touch_the_random_numbers_of_others() -> None:
    np.random.seed(0)  # noqa: NPY002  the global generator is what must be left alone
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    draw_scene(1, 64)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_boxes_are_the_extents_of_the_masks(scenes: list[Scene]) -> None:
    for scene in scenes:
        for number, box in enumerate(scene.boxes_xyxy, start=1):
            x, y, width, height = cv2.boundingRect((scene.instance_mask == number).astype(np.uint8))
            assert box.tolist() == [x, y, x + width, y + height]
            assert min(width, height) >= 4


def test_the_masks_know_the_same_objects(scenes: list[Scene]) -> None:
    for scene in scenes:
        count = len(scene.class_indices)
        assert 1 <= count <= 12
        assert np.unique(scene.instance_mask[scene.instance_mask > 0]).tolist() == [
            *range(1, count + 1)
        ]
        expected = np.zeros_like(scene.semantic_mask)
        for number, class_index in enumerate(scene.class_indices, start=1):
            expected[scene.instance_mask == number] = class_index + 1
        assert np.array_equal(scene.semantic_mask, expected)


def test_the_picture_shows_each_object_where_its_mask_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """With flat colours, one an object, a mask that is wrong would hold two of them."""
    colours = iter(np.random.default_rng(0).random((1000, 3), dtype=np.float32))
    monkeypatch.setattr(shapes, "contrasting_colour", lambda *_: next(colours))
    monkeypatch.setattr(
        shapes, "draw_surface", lambda _, h, w, colour, __: np.full((h, w, 3), colour)
    )
    monkeypatch.setattr(shapes, "shade", lambda colour, _: colour)
    monkeypatch.setattr(shapes, "light_falloff", lambda *_: np.float32(1))
    monkeypatch.setattr(shapes, "_paint_shadow", lambda *_: None)
    monkeypatch.setattr(shapes, "photograph", lambda _, canvas: np.rint(canvas * 255))
    overlaps = 0
    for seed in range(20):
        scene = draw_scene(seed, 160, object_counts=(8, 12))
        seen = set()
        for number in range(1, len(scene.class_indices) + 1):
            mask = (scene.instance_mask == number).astype(np.uint8)
            inner = cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=0) > 0
            if inner.sum() >= 20:
                found, counts = np.unique(scene.pixels[inner], axis=0, return_counts=True)
                # Tips thinner than a pixel tint what lies behind them.
                assert counts.max() >= 0.9 * counts.sum()
                seen.add(tuple(found[counts.argmax()]))
                overlaps += scene.visible_fractions[number - 1] < 0.9
        assert len(seen) >= 0.5 * len(scene.class_indices)
    assert overlaps > 20


def test_no_object_is_hidden_more_than_allowed(scenes: list[Scene]) -> None:
    fractions = np.concatenate([scene.visible_fractions for scene in scenes])
    assert fractions.min() >= LEAST_VISIBLE_FRACTION
    assert fractions.max() <= 1
    assert 0.1 < np.mean(fractions < 0.95) < 0.8, "hidden and cut objects are there, and whole ones"


def test_a_circle_has_as_many_pixels_as_its_area() -> None:
    checked = 0
    for seed in range(60):
        scene = draw_scene(seed, 256, object_counts=(1, 1))
        if scene.visible_fractions[0] < 1 or scene.labels[0] != "circle":
            continue
        box = scene.boxes_xyxy[0]
        radius = (box[2] - box[0] + box[3] - box[1]) / 4
        pixels = np.count_nonzero(scene.instance_mask)
        assert pixels == pytest.approx(np.pi * radius**2, rel=0.06)
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize("name", SHAPE_CLASSES)
def test_each_class_has_its_outline(name: str) -> None:
    """Area of the mask over that of its smallest enclosing circle, and over its convex hull."""
    low_circle, high_circle, low_hull, high_hull = {
        "circle": (0.9, 1.05, 0.95, 1.05),
        "ring": (0.4, 0.85, 0.4, 0.85),
        "square": (0.58, 0.7, 0.95, 1.06),
        "triangle": (0.38, 0.48, 0.93, 1.06),
        "star": (0.25, 0.5, 0.4, 0.7),
        "cross": (0.4, 0.75, 0.5, 0.85),
    }[name]
    checked = 0
    for seed in range(300):
        scene = draw_scene(seed, 200, object_counts=(1, 1))
        mask = (scene.instance_mask > 0).astype(np.uint8)
        if scene.labels[0] != name or scene.visible_fractions[0] < 1 or mask.sum() < 1200:
            continue
        points = cv2.findNonZero(mask)
        area = float(mask.sum())
        _, radius = cv2.minEnclosingCircle(points)
        assert low_circle <= area / (np.pi * (radius + 0.5) ** 2) <= high_circle
        hull = cv2.fillConvexPoly(np.zeros_like(mask), cv2.convexHull(points), 1).sum()
        assert low_hull <= area / float(hull) <= high_hull
        checked += 1
        if checked == 8:
            break
    assert checked >= 4


def test_every_class_is_as_frequent_as_the_others(scenes: list[Scene]) -> None:
    counts = np.bincount(np.concatenate([s.class_indices for s in scenes]), minlength=6)
    assert counts.sum() > 2000
    assert np.abs(counts / counts.sum() - 1 / 6).max() < 0.025


def test_every_number_of_objects_occurs(scenes: list[Scene]) -> None:
    counts = np.bincount([len(scene.class_indices) for scene in scenes], minlength=13)
    assert (counts[1:13] > 5).all()


def whole_sizes(scene: Scene) -> np.ndarray:
    """The longer side of each box whose object is neither hidden nor cut."""
    boxes = scene.boxes_xyxy[scene.visible_fractions == 1]
    return (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)


def test_sizes_span_the_documented_range() -> None:
    sizes = np.concatenate([whole_sizes(draw_scene(seed, 256)) for seed in range(100)])
    smallest, largest = 2 * SMALLEST_RADIUS * 256, 2 * SMALLEST_RADIUS * SCALE_RANGE * 256
    assert sizes.max() <= largest + 2
    assert sizes.min() >= 0.7 * smallest - 2, "a square on its side is as wide as 0.7 diagonals"
    assert sizes.max() / sizes.min() > 6


def features(scene: Scene, number: int) -> list[float]:
    """Everything about an object but its outline: colours and where it is."""
    pixels = scene.pixels[scene.instance_mask == number].astype(float)
    x1, y1, x2, y2 = scene.boxes_xyxy[number - 1]
    return [
        *pixels.mean(0),
        *pixels.std(0),
        *np.median(pixels, axis=0),
        (x1 + x2) / 2,
        (y1 + y2) / 2,
    ]


def test_neither_colour_nor_place_tells_the_class(scenes: list[Scene]) -> None:
    rows = [features(s, n + 1) for s in scenes for n in range(len(s.class_indices))]
    values = np.array(rows)
    values = (values - values.mean(0)) / values.std(0)
    classes = np.concatenate([s.class_indices for s in scenes])
    half = len(classes) // 2
    # Least squares on one-hot targets with squares of the features: learns any simple rule.
    inputs = np.hstack((values, values**2, np.ones((len(values), 1))))
    weights, *_ = np.linalg.lstsq(inputs[:half], np.eye(6)[classes[:half]], rcond=None)
    accuracy = np.mean((inputs[half:] @ weights).argmax(1) == classes[half:])
    assert accuracy < 1 / 6 + 0.06
    centres = np.array([values[:half][classes[:half] == k, :3].mean(0) for k in range(6)])
    assert np.abs(centres).max() < 0.25, "the mean colour of every class is that of all"


def test_objects_can_be_told_from_what_lies_behind(scenes: list[Scene]) -> None:
    differences = []
    for scene in scenes[:100]:
        background = scene.pixels[scene.instance_mask == 0].astype(float)
        if len(background) < 500:
            continue
        inside = scene.pixels[scene.instance_mask > 0].astype(float)
        differences.append(np.linalg.norm(inside.mean(0) - background.mean(0)))
    assert np.median(differences) > 30


def test_backgrounds_differ_in_colour_and_texture(scenes: list[Scene]) -> None:
    backgrounds = [scene.pixels[scene.instance_mask == 0] for scene in scenes]
    means = np.array([pixels.mean(0) for pixels in backgrounds])
    spreads = np.array([pixels.std() for pixels in backgrounds])
    assert (means.std(0) > 25).all()
    assert np.percentile(spreads, 90) > 2 * np.percentile(spreads, 10)


def test_a_crowd_is_possible() -> None:
    scene = draw_scene(5, 320, height_px=240, object_counts=(40, 40))
    assert 25 <= len(scene.class_indices) <= 40
    assert scene.visible_fractions.min() >= LEAST_VISIBLE_FRACTION


@pytest.mark.parametrize(
    ("seed", "options", "words"),
    [
        (-1, {}, "seed = -1"),
        (0, {"side_px": 8}, "8 x 8: sides must lie in"),
        (0, {"height_px": 10_000}, "256 x 10000"),
        (0, {"object_counts": (0, 3)}, "object_counts"),
        (0, {"object_counts": (5, 3)}, "object_counts"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(seed: int, options: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        draw_scene(seed, **options)
