from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api.augmentation import AUGMENTATION_PRESETS, AugmentationConfig, PreviewAugmentation
from engine.api.errors import ConfigError, DatasetError
from engine.api.pictures import Picture
from engine.api.tasks import TaskContext
from engine.service import execute
from tests.engine.data.datasets.twins import picture, save, write_pictures

CELL_PX, GAP_PX = 160, 4


def preview(data: str, config: AugmentationConfig, **wishes: object) -> np.ndarray:
    request = PreviewAugmentation(data, config, **wishes)  # type: ignore[arg-type]
    answer = execute(request, TaskContext(lambda _: None))
    assert isinstance(answer, Picture)
    return answer.pixels


def cells(grid: np.ndarray) -> list[list[np.ndarray]]:
    step = CELL_PX + GAP_PX
    rows, columns = (side // step for side in grid.shape[:2])
    return [
        [
            grid[r * step + GAP_PX : (r + 1) * step, c * step + GAP_PX : (c + 1) * step]
            for c in range(columns)
        ]
        for r in range(rows)
    ]


@pytest.mark.parametrize("task", ["detection", "segmentation", "pictures"])
def test_a_row_has_the_sample_before_and_three_times_after(task: str) -> None:
    grid = preview("shapes", AUGMENTATION_PRESETS["full"], count=3, task=task)
    assert grid.dtype == np.uint8
    table = cells(grid)
    assert (len(table), len(table[0])) == (3, 4)
    before = cells(preview("shapes", AugmentationConfig(), count=3, task=task))
    for row, plain in zip(table, before, strict=True):
        assert all(np.array_equal(cell, plain[0]) for cell in (row[0], *plain))
        different = {cell.tobytes() for cell in row}
        assert len(different) == 4


def test_equal_seeds_show_equal_pictures_and_others_do_not() -> None:
    config = AugmentationConfig(rotation_degrees=30)
    grids = [preview("digits", config, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(grids[0], grids[1])
    assert not np.array_equal(grids[0], grids[2])


def test_a_data_set_smaller_than_the_count_is_shown_whole(tmp_path: Path) -> None:
    for index in range(3):
        save(tmp_path / "train" / f"{index}.png", picture(index))
    save(tmp_path / "val" / "9.png", picture(9))
    assert len(cells(preview(str(tmp_path), AugmentationConfig(), count=16))) == 3


def test_a_folder_that_changed_is_read_again(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    before = preview(str(tmp_path), AugmentationConfig(), count=1)
    for file in sorted(tmp_path.glob("*.png")):
        file.unlink()
        save(file, 255 - picture(5))
    assert not np.array_equal(before, preview(str(tmp_path), AugmentationConfig(), count=1))


def test_wrong_wishes_give_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"count = 17 is outside \[1, 16\]"):
        PreviewAugmentation("digits", count=17)
    with pytest.raises(DatasetError, match="no such file or folder"):
        preview(str(tmp_path / "nowhere"), AugmentationConfig())
