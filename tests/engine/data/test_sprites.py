import cv2
import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.data.sprites import (
    FACTOR_SIZES,
    SPRITE_COUNT,
    SPRITE_FACTORS,
    draw_sprite,
    factor_indices,
    factor_values,
    sprite_number,
)


def test_every_number_is_one_combination_and_back() -> None:
    assert np.prod([3, 6, 40, 32, 32]) == SPRITE_COUNT
    numbers = np.array([0, 1, 32, 54_321, SPRITE_COUNT - 1])
    indices = factor_indices(numbers)
    assert indices[1].tolist() == [0, 0, 0, 0, 1]
    assert indices[-1].tolist() == [size - 1 for size in FACTOR_SIZES]
    assert [sprite_number(row) for row in indices] == numbers.tolist()


@pytest.mark.parametrize("shape", range(3))
def test_the_picture_moves_with_x_and_y_and_with_nothing_else_of_them(shape: int) -> None:
    start = draw_sprite(np.array([shape, 5, 7, 3, 4]))
    moved = draw_sprite(np.array([shape, 5, 7, 13, 24]))
    assert np.array_equal(np.roll(start, (20, 10), (0, 1)), moved)


@pytest.mark.parametrize("shape", range(3))
def test_the_area_grows_with_the_square_of_the_scale(shape: int) -> None:
    radii = SPRITE_FACTORS[1].values
    areas = [draw_sprite(np.array([shape, s, 0, 16, 16])).sum() / 255 for s in range(6)]
    for area, radius in zip(areas, radii, strict=True):
        assert area / areas[-1] == pytest.approx((radius / radii[-1]) ** 2, rel=0.07)


@pytest.mark.parametrize("shape", range(3))
def test_a_turn_turns_the_picture(shape: int) -> None:
    indices = np.array([shape, 5, 2, 16, 16])
    start = draw_sprite(indices)
    indices[2] += 7
    _, _, _, x, y = factor_values(indices)
    # Rotation about the centre, in OpenCV's sense of pixel centres; y points down.
    matrix = cv2.getRotationMatrix2D((x - 0.5, y - 0.5), -7 * 360 / 40, 1)
    turned = cv2.warpAffine(start, matrix, (64, 64), flags=cv2.INTER_LINEAR)
    difference = np.abs(turned.astype(int) - draw_sprite(indices))
    assert difference.sum() < 0.12 * start.sum()


@pytest.mark.parametrize("shape", range(3))
def test_no_two_rotations_look_the_same(shape: int) -> None:
    pictures = [draw_sprite(np.array([shape, 5, turn, 16, 16])).astype(int) for turn in range(40)]
    for turn in range(1, 40):
        assert np.abs(pictures[turn] - pictures[0]).sum() > 0.05 * pictures[0].sum()


def test_sprites_never_touch_the_border() -> None:
    for shape in range(3):
        for turn in range(0, 40, 5):
            for place in (0, 31):
                picture = draw_sprite(np.array([shape, 5, turn, place, place]))
                assert picture.shape == (64, 64)
                assert picture.max() == 255
                edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
                assert not np.concatenate(edges).any()


def test_an_index_outside_its_factor_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"rotation = 40: must lie in \[0, 39\]"):
        draw_sprite(np.array([0, 0, 40, 0, 0]))
