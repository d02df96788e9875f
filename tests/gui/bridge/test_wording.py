from __future__ import annotations

import pytest

from engine.api.errors import (
    ConfigError,
    DatasetError,
    DeviceError,
    DownloadError,
    EngineError,
    PictureError,
    StorageError,
    WeightsError,
)
from gui.bridge.wording import wording


@pytest.mark.parametrize("kind", EngineError.__subclasses__())
def test_every_kind_of_failure_has_its_own_heading(kind: type[EngineError]) -> None:
    assert wording(kind("what")).heading != wording(EngineError("what")).heading


@pytest.mark.parametrize(
    "error",
    [
        PictureError("cat.jpg: the file is empty; choose another one"),
        ConfigError("iou_threshold = 2 is outside [0, 1]"),
        DatasetError("no pictures in /data; add some"),
        WeightsError("conv1.weight: (3, 4) instead of (3, 5)"),
        DownloadError("checksum differs"),
        DeviceError("out of memory: 3 GB needed"),
        StorageError("/root/x: no permission"),
        EngineError("unnamed"),
    ],
)
def test_the_line_keeps_the_errors_own_words_on_one_line(error: EngineError) -> None:
    line = wording(error).line
    assert str(error) in line
    assert "\n" not in line
    assert ".." not in line


def test_a_new_kind_of_failure_uses_the_words_of_its_base() -> None:
    class RawPictureError(PictureError):
        pass

    assert wording(RawPictureError("x")).heading == wording(PictureError("x")).heading
