from pathlib import Path

import numpy as np

from engine.data.datasets.splits import parts_of, split_by_name


def names(count: int) -> list[str]:
    return [f"some/folder/{index:05}.jpg" for index in range(count)]


def test_about_a_tenth_is_held_out_and_everything_is_somewhere() -> None:
    parts = split_by_name(names(5000))
    assert 400 < len(parts["validation"]) < 600
    assert sorted(parts["train"] + parts["validation"]) == list(range(5000))


def test_adding_and_reordering_samples_moves_none_of_the_others() -> None:
    before = names(200)
    after = [*(f"new/{index}.png" for index in range(77)), *reversed(before)]
    held_out = {before[index] for index in split_by_name(before)["validation"]}
    held_out_later = {after[index] for index in split_by_name(after)["validation"]}
    assert held_out_later & set(before) == held_out


def test_few_samples_are_in_both_parts_and_one_is_for_training() -> None:
    random = np.random.default_rng(0)
    for count in (2, 3, 5):
        for _ in range(50):
            parts = split_by_name([str(number) for number in random.integers(0, 10**9, count)])
            assert parts["train"]
            assert parts["validation"]
    assert split_by_name(["a"])["train"] + split_by_name(["a"])["validation"] == [0]
    assert split_by_name([]) == {"train": [], "validation": []}


def test_folders_that_are_called_as_parts_are_the_parts() -> None:
    root = Path("/data")
    files = [root / "images" / name for name in ("train/a.png", "Val/b.png", "c.png", "test/d.png")]
    assert parts_of(files, root) == {"train": [0, 2], "validation": [1], "test": [3]}


def test_one_part_alone_is_divided_by_name() -> None:
    root = Path("/data/train")  # the folders above the data set say nothing
    files = [root / "train" / f"{index}.png" for index in range(100)]
    parts = parts_of(files, root)
    assert len(parts["train"]) + len(parts["validation"]) == 100
    assert parts["validation"]
