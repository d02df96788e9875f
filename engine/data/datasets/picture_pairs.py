"""Pairs of pictures, before and after: in two folders, or side by side in one picture."""

from __future__ import annotations

from pathlib import Path

from engine.api.datasets import DatasetCard, DatasetFacts
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.samples import PairSample
from engine.data.datasets.splits import (
    choose_part,
    common_size,
    parts_of,
    pictures_below,
    pictures_in,
    sizes_of,
    split_folders,
    subfolders,
)
from engine.data.formats.report import some
from engine.data.picture_loader import load_picture

_CARD = DatasetCard(
    key="pairs",
    title="Picture pairs",
    summary="Pictures with what they should become.",
    tasks=("pairs",),
    layout="A/ and B/ (or input/ and target/) with equal names, or pictures of both side by side",
    order=40,
)
_FOLDERS = (("a", "b"), ("input", "target"), ("inputs", "targets"), ("source", "target"))

Pair = tuple[Path, Path | None]
"""Two files, or one that holds both side by side."""


@DATASETS.register(_CARD)
class PicturePairs(DatasetSource):
    """The left one, or that in the first folder, is the input.

    Without folders for the parts, a tenth of the pairs is held out by name.
    """

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there are folders that are called as halves of pairs.

        Of pictures side by side nothing tells that they are: for those the format is given.
        """
        folder = next(iter(split_folders(path).values()), path)
        halves = _halves(folder)
        if halves is None or len(subfolders(folder)) != len(halves):
            return False
        # Two classes may be called A and B as well, but hardly have pictures of equal names.
        first, second = ({file.stem for file in pictures_in(half)} for half in halves)
        return 2 * len(first & second) > len(first)

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        folder = request.path
        assert folder is not None
        roots = split_folders(folder)
        if len(roots) > 1:
            pairs = {split: _pairs_in(root) for split, root in roots.items()}
            split = choose_split(request.split, (*pairs, "all"), request.name)
            every = [pair for part in pairs.values() for pair in part]
            return PairPictures(every if split == "all" else pairs[split], request, split)
        every = _pairs_in(folder)
        parts = parts_of([Path(first.name) for first, _ in every], Path())
        split, chosen = choose_part(parts, request, len(every))
        return PairPictures([every[index] for index in chosen], request, split)


def _halves(folder: Path) -> tuple[Path, Path] | None:
    by_name = {path.name.lower(): path for path in subfolders(folder)}
    for first, second in _FOLDERS:
        if first in by_name and second in by_name:
            return by_name[first], by_name[second]
    return None


def _pairs_in(folder: Path) -> list[Pair]:
    halves = _halves(folder)
    below = subfolders(folder)
    if halves is None and len(below) == 2:
        halves = below[0], below[1]  # the format was given: any two will do
    if halves is None:
        files: list[Pair] = [(file, None) for file in pictures_below(folder)]
        if not files:
            raise DatasetError(f"{folder}: expected {_CARD.layout}")
        return files
    seconds = {file.stem: file for file in pictures_in(halves[1])}
    firsts = pictures_in(halves[0])
    missing = [file.name for file in firsts if file.stem not in seconds]
    if missing or not firsts:
        raise DatasetError(
            f"{halves[1]}: {len(missing)} of {len(firsts)} pictures of {halves[0].name} have no "
            f"counterpart ({some(missing)}); equal names make a pair"
        )
    return [(file, seconds[file.stem]) for file in firsts]


class PairPictures(Dataset):
    """Pairs of picture files, or files of two pictures side by side."""

    def __init__(self, pairs: list[Pair], request: DatasetRequest, split: str) -> None:
        self._pairs = pairs
        size = common_size(sizes_of([first for first, _ in pairs]))
        if size is not None and pairs and pairs[0][1] is None:
            size = size[0], size[1] // 2
        self.facts = DatasetFacts(
            name=request.name,
            key=_CARD.key,
            task="pairs",
            split=split,
            classes=(),
            channels=3,
            size=size,
            count=len(pairs),
        )

    def file_of(self, index: int) -> Path:
        """Return the file of the input of a pair."""
        return self._pairs[index][0]

    def __getitem__(self, index: int) -> PairSample:
        first_file, second_file = self._pairs[index]
        first = load_picture(first_file).pixels
        if second_file is None:
            half, rest = divmod(first.shape[1], 2)
            if rest or not half:
                raise DatasetError(
                    f"{first_file}: is {first.shape[1]} px wide; two pictures side by side have "
                    "an even width"
                )
            return PairSample(first[:, :half].copy(), first[:, half:].copy())
        second = load_picture(second_file).pixels
        if first.shape != second.shape:
            sizes = [f"{p.shape[1]} x {p.shape[0]}" for p in (first, second)]
            raise DatasetError(
                f"{second_file}: is {sizes[1]}, but its counterpart {first_file} is {sizes[0]}"
            )
        return PairSample(first, second)
