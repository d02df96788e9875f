"""Folder layouts: the real ones where present, and small ones written here."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets.mnist import read_image_file, read_label_file

from engine.api.errors import DatasetError
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation

RANDOM = np.random.default_rng(0)


def write_idx(path: Path, values: np.ndarray, packed: bool = False) -> Path:
    header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    content = header + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def write_digits(folder: Path, count: int, prefix: str = "", packed: bool = False) -> np.ndarray:
    pixels = RANDOM.integers(0, 256, (count, 6, 5))
    suffix = ".gz" if packed else ""
    write_idx(folder / f"{prefix}images-idx3-ubyte{suffix}", pixels, packed)
    write_idx(folder / f"{prefix}labels-idx1-ubyte{suffix}", np.arange(count) % 3, packed)
    return pixels


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_hold_out_their_last_part(tmp_path: Path, packed: bool) -> None:
    pixels = write_digits(tmp_path, 90, packed=packed)
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), "validation")
    assert (len(train), len(held_out)) == (80, 10)
    assert train.facts.classes == ("0", "1", "2")
    assert np.array_equal(held_out[0].pixels[..., 0], pixels[80])
    assert held_out[1].class_index == 81 % 3
    assert len(open_dataset(str(tmp_path), "all")) == 90


def test_idx_files_named_train_and_t10k_are_the_parts(tmp_path: Path) -> None:
    first, second = write_digits(tmp_path, 20, "train-"), write_digits(tmp_path, 12, "t10k-")
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), None)
    assert (len(train), len(held_out)) == (20, 12)
    assert np.array_equal(train[19].pixels[..., 0], first[19])
    assert np.array_equal(held_out[11].pixels[..., 0], second[11])


def test_idx_files_are_read_as_torchvision_reads_them(tmp_path: Path) -> None:
    write_digits(tmp_path, 30)
    dataset = open_dataset(str(tmp_path), "all")
    images = read_image_file(str(tmp_path / "images-idx3-ubyte"))
    labels = read_label_file(str(tmp_path / "labels-idx1-ubyte"))
    for index in range(30):
        assert np.array_equal(dataset[index].pixels[..., 0], images[index].numpy())
        assert dataset[index].class_index == labels[index]


def test_damaged_idx_files_are_named(tmp_path: Path) -> None:
    write_digits(tmp_path, 30)
    images, labels = tmp_path / "images-idx3-ubyte", tmp_path / "labels-idx1-ubyte"
    whole = images.read_bytes()
    images.write_bytes(whole[:-7])
    with pytest.raises(DatasetError, match="893 bytes where 30x6x5 belong"):
        open_dataset(str(tmp_path))
    images.write_bytes(b"not an idx file")
    with pytest.raises(DatasetError, match="no idx file"):
        open_dataset(str(tmp_path))
    images.write_bytes(whole)
    write_idx(labels, np.zeros(29))
    with pytest.raises(DatasetError, match="30 pictures, but 29 labels"):
        open_dataset(str(tmp_path))
    labels.unlink()
    with pytest.raises(DatasetError, match="labels are missing; expected labels-idx1"):
        open_dataset(str(tmp_path))


def write_pair(folder: Path, part: str, masks: str, name: str, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    for sub in (part, masks):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), np.uint8)).save(
        folder / part / f"{name}.jpg"
    )
    mask = RANDOM.integers(0, 4, (height, width), np.uint8)
    Image.fromarray(mask).save(folder / masks / f"{name}.png")
    return mask


def write_camvid(folder: Path) -> np.ndarray:
    for index in range(3):
        write_pair(folder, "train", "trainannot", f"a{index}", (20, 30))
    mask = write_pair(folder, "val", "valannot", "b", (20, 30))
    (folder / "classes.txt").write_text("sky\nroad\nvoid\ncar\n")
    return mask


def test_camvid_masks_count_lines_of_classes_and_leave_void_out(tmp_path: Path) -> None:
    mask = write_camvid(tmp_path)
    dataset = open_dataset(str(tmp_path), "val")
    assert dataset.facts.classes == ("sky", "road", "car")
    assert dataset.facts.size == (20, 30)
    expected = np.array([0, 1, 255, 2])[mask]
    assert np.array_equal(dataset[0].mask, expected)
    assert len(open_dataset(str(tmp_path), "train")) == 3
    assert len(open_dataset(str(tmp_path), "all")) == 4
    with pytest.raises(DatasetError, match="no split 'test'; it has train, validation, all"):
        open_dataset(str(tmp_path), "test")


def test_a_palette_mask_is_read_by_its_indices(tmp_path: Path) -> None:
    mask = write_camvid(tmp_path)
    image = Image.fromarray(mask).convert("P")
    image.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    coloured = Image.frombytes("P", image.size, mask.tobytes())
    coloured.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200])
    coloured.save(tmp_path / "valannot" / "b.png")
    assert np.array_equal(
        open_dataset(str(tmp_path), "val")[0].mask, [0, 1, 255, 2] @ one_hot(mask)
    )


def one_hot(mask: np.ndarray) -> np.ndarray:
    """(4, H, W), so that a row of four values times it paints the mask."""
    planes = (np.arange(4)[:, None, None] == mask).astype(int)
    return planes.transpose(1, 0, 2)


def test_what_is_wrong_with_masks_is_named(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    mask_file = tmp_path / "valannot" / "b.png"
    Image.fromarray(np.full((20, 30), 77, np.uint8)).save(mask_file)
    with pytest.raises(DatasetError, match="value 77, but there are 4 classes"):
        open_dataset(str(tmp_path), "val")[0]
    Image.fromarray(np.zeros((20, 31), np.uint8)).save(mask_file)
    with pytest.raises(DatasetError, match=r"31 x 20, but its picture b\.jpg is 30 x 20"):
        open_dataset(str(tmp_path), "val")[0]
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(mask_file)
    with pytest.raises(DatasetError, match="is a RGB picture; a mask has one channel"):
        open_dataset(str(tmp_path), "val")[0]
    mask_file.unlink()
    with pytest.raises(DatasetError, match=r"1 of 1 pictures have no mask \(b\.jpg\)"):
        open_dataset(str(tmp_path), "val")
    (tmp_path / "classes.txt").unlink()
    with pytest.raises(DatasetError, match=r"classes\.txt: cannot be read"):
        open_dataset(str(tmp_path), "train")


def test_a_folder_of_pictures_and_masks_holds_a_tenth_out(tmp_path: Path) -> None:
    for index in range(60):
        write_pair(tmp_path, "images", "masks", f"{index:02}", (12, 12))
    train, held_out = open_dataset(str(tmp_path)), open_dataset(str(tmp_path), None)
    assert held_out.facts.split == "validation"
    assert len(train) + len(held_out) == 60
    assert 2 <= len(held_out) <= 12
    assert train.facts.classes == ("background", "class 1", "class 2", "class 3")


def test_pictures_and_masks_in_folders_for_the_parts(tmp_path: Path) -> None:
    write_pair(tmp_path / "train", "images", "masks", "a", (12, 12))
    write_pair(tmp_path / "val", "images", "masks", "b", (12, 12))
    (tmp_path / "classes.txt").write_text("ground\nhouse\ntree\nwater\n")
    assert open_dataset(str(tmp_path), "val").facts.classes[1] == "house"
    assert len(open_dataset(str(tmp_path), "all")) == 2


def test_pictures_of_different_size_need_a_common_one(tmp_path: Path) -> None:
    write_pair(tmp_path, "images", "masks", "a", (12, 20))
    write_pair(tmp_path, "images", "masks", "b", (30, 14))
    write_pair(tmp_path, "images", "masks", "c", (30, 14))
    assert open_dataset(str(tmp_path)).facts.size is None
    options = OpenOptions(preparation=Preparation(image_size=10))
    dataset = open_dataset(str(tmp_path), "train", options=options)
    assert dataset.facts.size == (10, 10)
    assert {dataset[i].pixels.shape for i in range(2)} == {(10, 10, 3)}
    assert {dataset[i].mask.shape for i in range(2)} == {(10, 10)}


def test_real_camvid_and_mnist_open(data_folder: Path) -> None:
    camvid = open_dataset(str(data_folder / "camvid"), "val")
    assert (len(camvid), camvid.facts.size, len(camvid.facts.classes)) == (101, (360, 480), 11)
    assert set(np.unique(camvid[0].mask)) <= {*range(11), 255}
    mnist = open_dataset(str(data_folder / "mnist"))
    assert (len(mnist), mnist.facts.size) == (8000, (28, 28))
    assert len(open_dataset(str(data_folder / "mnist"), None)) == 1000
