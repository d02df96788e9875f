from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import InterpolationMode, functional

from engine.api.augmentation import AUGMENTATION_PRESETS, AugmentationConfig
from engine.api.errors import ConfigError
from engine.api.parameters import describe
from engine.api.training import TrainConfig
from engine.data.datasets.augmentation import (
    Movement,
    RandomChange,
    augmentation,
    change_colours,
)
from engine.data.datasets.samples import (
    BoxSample,
    ClassSample,
    FactorSample,
    MaskSample,
    PairSample,
    PictureSample,
    boxes_around,
)
from engine.data.shapes import draw_scene


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def shapes_sample(seed: int, side_px: int = 64, has_masks: bool = True) -> BoxSample:
    scene = draw_scene(seed, side_px)
    numbers = np.arange(1, len(scene.class_indices) + 1).reshape(-1, 1, 1)
    masks = scene.instance_mask == numbers if has_masks else None
    difficult = np.arange(len(numbers)) % 2 == 0
    return BoxSample(scene.pixels, scene.boxes_xyxy, scene.class_indices, masks, difficult)


def test_presets_are_those_that_training_offers() -> None:
    offered = next(card for card in describe(TrainConfig) if card.name == "augment").choices
    assert tuple(AUGMENTATION_PRESETS) == offered
    assert augmentation("none") is None
    assert augmentation(AugmentationConfig()) is None
    assert augmentation("gentle") is not None


def test_every_setting_has_limits_for_its_slider() -> None:
    for card in describe(AugmentationConfig):
        assert card.kind is bool or None not in (card.low, card.high), card.name
    with pytest.raises(ConfigError, match=r"hue = 0.6 is outside \[0, 0.5\]"):
        AugmentationConfig(hue=0.6)


def test_without_any_change_a_sample_stays_as_it_is() -> None:
    pixels = generator().integers(0, 256, (9, 12, 3), np.uint8)
    change = RandomChange(AugmentationConfig())
    assert np.array_equal(change(ClassSample(pixels, 3), generator()).pixels, pixels)


@pytest.mark.parametrize(
    "setting",
    [
        {"horizontal_flip": True, "vertical_flip": True},
        {"crop": 0.5},
        {"smallest_scale": 0.5},
        {"largest_scale": 2.0},
        {"shift": 0.3},
        {"rotation_degrees": 90.0},
        {"shear_degrees": 30.0},
        {"elastic_alpha": 60.0},
        {"brightness": 0.5},
        {"contrast": 0.5},
        {"saturation": 0.8},
        {"hue": 0.3},
        {"blur_px": 3.0},
        {"noise": 0.2},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_each_setting_changes_pictures_alone_and_seeded(setting: dict[str, object]) -> None:
    change = augmentation(AugmentationConfig(**setting))  # type: ignore[arg-type]
    assert change is not None
    sample = shapes_sample(3)
    results = [change(sample, generator(seed)) for seed in (1, 1, 2, 3, 4, 5)]
    assert np.array_equal(results[0].pixels, results[1].pixels)
    assert any(not np.array_equal(result.pixels, sample.pixels) for result in results)
    assert all(result.pixels.shape == sample.pixels.shape for result in results)
    assert all(result.pixels.dtype == np.uint8 for result in results)
    is_move = next(iter(setting)) not in (
        *("brightness", "contrast", "saturation", "hue", "blur_px", "noise"),
    )
    moved = [
        not np.array_equal(result.boxes_xyxy, sample.boxes_xyxy)
        for result in results
        if isinstance(result, BoxSample)
    ]
    assert any(moved) == is_move


@pytest.mark.parametrize("preset", ["gentle", "full"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_sample_keeps_its_type_and_what_does_not_move(
    preset: str, channels: int
) -> None:
    pixels = generator().integers(0, 256, (28, 32, channels), np.uint8)
    mask = generator().integers(0, 3, (28, 32), np.uint8)
    change = augmentation(preset)  # type: ignore[arg-type]
    assert change is not None
    samples = [
        PictureSample(pixels),
        ClassSample(pixels, 4),
        MaskSample(pixels, mask),
        PairSample(pixels, pixels),
        FactorSample(pixels, np.arange(5)),
    ]
    for sample in samples:
        changed = change(sample, generator(2))
        assert type(changed) is type(sample)
        assert changed.pixels.shape == pixels.shape
    classified = change(samples[1], generator())
    assert isinstance(classified, ClassSample)
    assert classified.class_index == 4
    masked = change(samples[2], generator())
    assert isinstance(masked, MaskSample)
    assert set(np.unique(masked.mask)) <= set(np.unique(mask))


def test_the_two_pictures_of_a_pair_move_together() -> None:
    pixels = draw_scene(1, 64).pixels
    config = AugmentationConfig(rotation_degrees=30, shift=0.2, elastic_alpha=30)
    pair = RandomChange(config)(PairSample(pixels, pixels), generator(1))
    assert isinstance(pair, PairSample)
    assert not np.array_equal(pair.pixels, pixels)
    assert np.array_equal(pair.pixels, pair.target_pixels)


def test_flips_are_exact() -> None:
    pixels = generator().integers(0, 256, (7, 10, 3), np.uint8)
    change = RandomChange(AugmentationConfig(horizontal_flip=True, vertical_flip=True))
    found = {change(ClassSample(pixels, 0), generator(seed)).pixels.tobytes() for seed in range(40)}
    turned = (pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1])
    assert found == {each.tobytes() for each in turned}


@pytest.mark.parametrize(("angle", "scale", "shift"), [(0, 1.3, (5, -3)), (25, 0.8, (-4, 7))])
def test_a_movement_is_that_of_torchvision(
    angle: float, scale: float, shift: tuple[int, int]
) -> None:
    sample = shapes_sample(5, 96)
    assert sample.masks is not None
    height, width = sample.pixels.shape[:2]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    radians = np.deg2rad(angle)
    linear = scale * np.array(
        [[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]]
    )
    movement = Movement(
        np.column_stack([linear, centre - linear @ centre + shift]), (height, width)
    )

    def affine(part: torch.Tensor, how: InterpolationMode) -> torch.Tensor:
        return functional.affine(part, angle, list(shift), scale, [0.0, 0.0], how)

    image = tv_tensors.Image(torch.from_numpy(sample.pixels).permute(2, 0, 1))
    expected = affine(image, InterpolationMode.BILINEAR).permute(1, 2, 0).numpy()
    moved = movement.pixels(sample.pixels, "bilinear", "constant", 0)
    inside = movement.pixels(np.full((height, width), 255, np.uint8), "bilinear", "constant") == 255
    assert np.abs(moved.astype(int) - expected)[inside].mean() < 1.0
    assert np.abs(moved.astype(int) - expected)[inside].max() <= 12
    masks = tv_tensors.Mask(torch.from_numpy(sample.masks))
    expected_masks = affine(masks, InterpolationMode.NEAREST).numpy()
    assert (movement.layers(sample.masks) == expected_masks).mean() > 0.995
    boxes = tv_tensors.BoundingBoxes(  # type: ignore[call-arg]
        torch.from_numpy(sample.boxes_xyxy),
        format=tv_tensors.BoundingBoxFormat.XYXY,
        canvas_size=(height, width),
        clamping_mode=None,
    )
    corners = sample.boxes_xyxy[:, [[0, 1], [2, 1], [2, 3], [0, 3]]].astype(float)
    places = movement.points(corners)
    own = np.concatenate([places.min(axis=1), places.max(axis=1)], axis=1)
    theirs = affine(boxes, InterpolationMode.NEAREST).numpy()
    # torchvision turns boxes about the middle of pixels' edges; pictures about that of the centres.
    np.testing.assert_allclose(own, theirs, atol=0.75)


@pytest.mark.parametrize("alpha", [0.0, 40.0])
@pytest.mark.parametrize("seed", range(6))
def test_boxes_without_masks_hold_what_the_masks_show(seed: int, alpha: float) -> None:
    mask = np.zeros((96, 96), np.uint8)
    mask[30:60, 36:74] = 1
    pixels = np.repeat(mask[:, :, None] * 255, 3, axis=2)
    boxes = np.array([[36, 30, 74, 60]], np.float32)
    config = AugmentationConfig(
        horizontal_flip=True,
        shift=0.1,
        rotation_degrees=15,
        shear_degrees=5,
        elastic_alpha=alpha,
        crop=0.9,
    )
    change = RandomChange(config)
    plain = change(BoxSample(pixels, boxes, np.array([0])), generator(seed))
    masked = change(BoxSample(pixels, boxes, np.array([0]), mask[None] == 1), generator(seed))
    assert isinstance(plain, BoxSample)
    assert isinstance(masked, BoxSample)
    assert masked.masks is not None
    assert np.array_equal(plain.pixels, masked.pixels)
    agree = (masked.pixels[:, :, 0] > 127) == masked.masks[0]
    assert agree.mean() > 0.97
    assert np.array_equal(masked.boxes_xyxy, boxes_around(masked.masks))
    np.testing.assert_allclose(plain.boxes_xyxy, masked.boxes_xyxy, atol=1.6)


@pytest.mark.parametrize("seed", range(20))
def test_boxes_that_lose_too_much_go_with_everything_that_is_theirs(seed: int) -> None:
    config = AugmentationConfig(crop=0.5, shift=0.2, least_visible=0.5)
    sample = shapes_sample(seed, has_masks=False)
    # Each object has a class of its own, so that what stays can be told apart.
    sample = sample._replace(class_indices=np.arange(len(sample.boxes_xyxy)))
    loose = RandomChange(AugmentationConfig(crop=0.5, shift=0.2, least_visible=0.05))
    strict = RandomChange(config)(sample, generator(seed))
    more = loose(sample, generator(seed))
    assert isinstance(strict, BoxSample)
    assert isinstance(more, BoxSample)
    assert sample.is_difficult is not None
    assert strict.is_difficult is not None
    assert set(strict.class_indices) <= set(more.class_indices)
    assert np.array_equal(strict.is_difficult, sample.is_difficult[strict.class_indices])
    x1, y1, x2, y2 = strict.boxes_xyxy.T
    assert np.all((x1 >= 0) & (y1 >= 0) & (x2 <= 64) & (y2 <= 64) & (x2 > x1) & (y2 > y1))
    # Of a zoom the area is known: where more than half of it is seen, and only there, it stays.
    zoom = [
        (b[2] - b[0]) / (a[2] - a[0])
        for a, b in zip(sample.boxes_xyxy[more.class_indices], more.boxes_xyxy, strict=True)
        if b.min() > 0 and b.max() < 64
    ]
    if not zoom:
        return
    sizes = sample.boxes_xyxy[:, 2:] - sample.boxes_xyxy[:, :2]
    for index, box in zip(more.class_indices, more.boxes_xyxy, strict=True):
        seen = np.prod(box[2:] - box[:2]) / np.prod(sizes[index] * zoom[0])
        if abs(seen - 0.5) > 0.02:
            assert (index in strict.class_indices) == (seen > 0.5)


def test_a_sample_without_boxes_stays_one() -> None:
    pixels = draw_scene(0, 64).pixels
    empty = BoxSample(
        pixels, np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros((0, 64, 64), bool)
    )
    changed = RandomChange(AUGMENTATION_PRESETS["full"])(empty, generator())
    assert isinstance(changed, BoxSample)
    assert changed.boxes_xyxy.shape == (0, 4)
    assert changed.masks is not None
    assert changed.masks.shape == (0, 64, 64)


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("brightness", (0.7, 1, 1, 0)),
        ("brightness", (1.2, 1, 1, 0)),
        ("contrast", (1, 0.6, 1, 0)),
        ("saturation", (1, 1, 0.4, 0)),
        ("saturation", (1, 1, 1.5, 0)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_colours_change_as_torchvision_changes_them(
    name: str, factors: tuple[float, float, float, float], channels: int
) -> None:
    pixels = generator(1).integers(40, 200, (20, 30, channels), np.uint8)
    image = torch.from_numpy(pixels).permute(2, 0, 1)
    adjust = getattr(functional, f"adjust_{name}")
    factor = next(factor for factor in factors if factor != 1)
    expected = adjust(image, factor).permute(1, 2, 0).numpy().astype(int)
    if name == "saturation" and channels == 1:
        expected = pixels.astype(int)
    assert np.abs(change_colours(pixels, *factors) - expected).max() <= 2


@pytest.mark.parametrize("hue", [-0.5, -0.2, 0.02, 0.1, 0.37])
def test_hue_turns_as_torchvision_turns_it(hue: float) -> None:
    pixels = generator(1).integers(0, 256, (20, 30, 3), np.uint8)
    image = torch.from_numpy(pixels).permute(2, 0, 1)
    expected = functional.adjust_hue(image, hue).permute(1, 2, 0).numpy().astype(int)
    assert np.abs(change_colours(pixels, 1, 1, 1, hue) - expected).max() <= 1


def test_hue_leaves_greys_as_they_are() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    np.testing.assert_array_equal(change_colours(greys, 1, 1, 1, 0.3), greys)


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.6])
def test_a_window_is_cut_out_of_picture_and_mask_alike(scale: float) -> None:
    rows, columns = np.mgrid[:60, :80].astype(np.uint8)
    pixels = np.stack([rows, columns, rows], axis=2) * 3
    config = AugmentationConfig(
        smallest_scale=min(1, scale),
        largest_scale=max(1, scale),
        crop_height_px=24,
        crop_width_px=40,
    )
    places = set()
    for seed in range(12):
        sample = MaskSample(pixels, rows)
        changed = RandomChange(config)(sample, generator(seed))
        assert isinstance(changed, MaskSample)
        assert changed.pixels.shape == (24, 40, 3)
        assert changed.mask.shape == (24, 40)
        # The mask says from which row each pixel comes, as the picture itself does.
        difference = np.abs(changed.pixels[:, :, 0] / 3 - changed.mask.astype(float))
        assert np.median(difference) < 0.7
        places.add((int(changed.mask[12, 20]), int(changed.pixels[12, 20, 1])))
    assert len(places) > 6


def test_without_scaling_a_window_is_a_part_of_the_picture() -> None:
    pixels = generator(3).integers(0, 256, (30, 50, 3), np.uint8)
    config = AugmentationConfig(crop_height_px=30, crop_width_px=20)
    seen = set()
    for seed in range(200):
        cut = RandomChange(config)(PictureSample(pixels), generator(seed)).pixels
        places = [x for x in range(31) if np.array_equal(cut, pixels[:, x : x + 20])]
        assert len(places) == 1
        seen.update(places)
    assert {0, 30} <= seen  # up to both edges, and not beyond


def test_boxes_follow_into_the_window() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[20:40, 24:44] = 255
    box = np.array([[24, 20, 44, 40]], np.float32)
    sample = BoxSample(pixels, box, np.zeros(1, np.int64))
    config = AugmentationConfig(crop_height_px=48, crop_width_px=48, least_visible=0.9)
    for seed in range(10):
        changed = RandomChange(config)(sample, generator(seed))
        assert isinstance(changed, BoxSample)
        if not len(changed.boxes_xyxy):
            continue
        seen_rows, seen_columns = np.nonzero(changed.pixels[:, :, 0] > 127)
        x1, _, _, y2 = changed.boxes_xyxy[0]
        assert abs(x1 - seen_columns.min()) <= 1
        assert abs(y2 - 1 - seen_rows.max()) <= 1


def test_a_window_of_one_side_alone_keeps_the_other_whole() -> None:
    sample = PictureSample(np.zeros((30, 50, 3), np.uint8))
    high = RandomChange(AugmentationConfig(crop_height_px=10))(sample, generator())
    wide = RandomChange(AugmentationConfig(crop_width_px=10))(sample, generator())
    assert high.pixels.shape == (10, 50, 3)
    assert wide.pixels.shape == (30, 10, 3)


def test_noise_has_the_deviation_asked_for_at_most() -> None:
    pixels = np.full((64, 64, 1), 128, np.uint8)
    change = RandomChange(AugmentationConfig(noise=0.1))
    spreads = [change(PictureSample(pixels), generator(seed)).pixels.std() for seed in range(30)]
    assert max(spreads) < 0.1 * 255 * 1.05
    assert max(spreads) > 0.07 * 255
    assert min(spreads) < 0.03 * 255
