from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.api.annotations import Shape
from engine.api.errors import DatasetError
from engine.api.segmentation import DrawTruth, ReadTruth
from engine.inference.true_masks import draw_truth, mask_beside, read_truth

CLASSES = ("sky", "road", "car")


def write(path: Path, values: list[list[int]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(values, np.uint8)).save(path)
    return path


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [("train", "trainannot"), ("images", "masks"), ("JPEGImages", "SegmentationClass")],
)
def test_masks_are_found_where_data_sets_keep_them(
    tmp_path: Path, pictures: str, masks: str
) -> None:
    mask = write(tmp_path / masks / "a.png", [[0]])
    assert mask_beside(tmp_path / pictures / "a.jpg") == mask
    assert mask_beside(tmp_path / pictures / "b.jpg") is None


def test_values_go_by_the_names_in_classes_txt(tmp_path: Path) -> None:
    mask = write(tmp_path / "masks" / "a.png", [[0, 1, 2, 255]])
    (tmp_path / "classes.txt").write_text("car\nmoon\nRoad\n")
    found = read_truth(ReadTruth(None, mask, CLASSES, (1, 4)))
    assert found is not None
    assert found.tolist() == [[2, 255, 1, 255]]


def test_without_names_values_are_the_networks_own(tmp_path: Path) -> None:
    mask = write(tmp_path / "masks" / "a.png", [[0, 2, 3, 255]])
    found = read_truth(ReadTruth(None, mask, CLASSES, (1, 4)))
    assert found is not None
    assert found.tolist() == [[0, 2, 255, 255]]  # the value after the last class is void


def test_no_mask_is_no_error(tmp_path: Path) -> None:
    assert read_truth(ReadTruth(tmp_path / "a.jpg", None, CLASSES, (1, 4))) is None


def test_a_mask_of_another_size_or_with_other_values_is_refused(tmp_path: Path) -> None:
    mask = write(tmp_path / "masks" / "a.png", [[0, 9]])
    with pytest.raises(DatasetError, match="2 x 1, but the picture is 5 x 4"):
        read_truth(ReadTruth(None, mask, CLASSES, (4, 5)))
    with pytest.raises(DatasetError, match="value 9, but the network knows 3 classes"):
        read_truth(ReadTruth(None, mask, CLASSES, (1, 2)))


def test_a_box_fills_the_pixels_that_it_covers() -> None:
    mask = draw_truth(DrawTruth((Shape.box("road", 2, 1, 5, 3),), CLASSES, (5, 8)))
    expected = np.full((5, 8), 255, np.uint8)
    expected[1:3, 2:5] = 1
    np.testing.assert_array_equal(mask, expected)


def test_later_shapes_lie_over_earlier_ones_and_unknown_classes_count_for_nothing() -> None:
    shapes = (
        Shape.box("road", 0, 0, 4, 4),
        Shape("car", ((0, 0), (4, 0), (0, 4)), "polygon"),
        Shape.box("moon", 0, 0, 4, 4),
    )
    mask = draw_truth(DrawTruth(shapes, CLASSES, (4, 4)))
    assert mask[0, 0] == 2
    assert mask[3, 3] == 1


def test_where_there_is_a_background_pixels_without_a_shape_are_it() -> None:
    request = DrawTruth((Shape.box("disc", 0, 0, 1, 1),), ("background", "disc"), (2, 2))
    assert draw_truth(request).tolist() == [[1, 0], [0, 0]]


def test_shapes_of_other_classes_alone_are_refused() -> None:
    with pytest.raises(DatasetError, match="none of the 1 shapes"):
        draw_truth(DrawTruth((Shape.box("moon", 0, 0, 1, 1),), CLASSES, (2, 2)))
