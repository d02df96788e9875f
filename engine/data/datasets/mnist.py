"""MNIST and Fashion-MNIST by name: fetched by torchvision when asked, then read as idx files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torchvision import datasets

from engine.api.datasets import DatasetCard
from engine.api.errors import DownloadError
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.idx_folder import open_idx_folder

_MNIST = DatasetCard(
    key="mnist",
    title="MNIST",
    summary="70,000 handwritten digits of 28 x 28.",
    tasks=("classification",),
    credit="LeCun, Cortes, Burges 1998, CC BY-SA 3.0",
    download_bytes=11_594_722,
)
_FASHION = DatasetCard(
    key="fashion-mnist",
    title="Fashion-MNIST",
    summary="70,000 pictures of clothes of 28 x 28.",
    tasks=("classification",),
    credit="Xiao, Rasul, Vollgraf 2017, MIT licence",
    download_bytes=30_878_645,
)


@DATASETS.register(_MNIST)
class Mnist(DatasetSource):
    """60,000 to train, 10,000 to validate."""

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        return _open(request, _MNIST, datasets.MNIST)


@DATASETS.register(_FASHION)
class FashionMnist(DatasetSource):
    """60,000 to train, 10,000 to validate."""

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        return _open(request, _FASHION, datasets.FashionMNIST)


def _open(request: DatasetRequest, card: DatasetCard, source: Any) -> Dataset:
    root = Path(torch.hub.get_dir()) / "datasets"
    folder = root / source.__name__ / "raw"
    if not any(folder.glob("t10k-images*")) or not any(folder.glob("train-images*")):
        if not request.may_download:
            raise DownloadError(
                f"{card.key}: is not on this machine; allow the download of "
                f"{card.download_bytes / 1e6:.0f} MB (--download), "
                "or give a folder of its idx files"
            )
        try:
            source(root, download=True)
        except (OSError, RuntimeError) as error:
            raise DownloadError(f"{card.key}: the download failed ({error})") from error
    names = None
    if card is _FASHION:
        names = tuple(source.classes)
    return open_idx_folder(request, folder, card, names)
