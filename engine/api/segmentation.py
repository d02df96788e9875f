"""Segmentation: a class for every pixel of a picture, and what can be asked about the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Shape
from engine.api.parameters import Parameters, parameter

ClassMask = NDArray[np.uint8]
"""(H, W), a class index a pixel; 255 belongs to no class."""

MapKind = Literal["probability", "entropy"]


@dataclass(frozen=True, slots=True)
class SegmentationConfig(Parameters):
    """How a picture is brought to a network that was trained on pictures of one size."""

    size: Literal["trained", "full"] = parameter(
        "trained", note="trained: brought to the size of the training pictures; full: as it is"
    )
    tile_px: int = parameter(
        512, low=64, high=2048, unit="px", note="full: larger pictures are cut into such tiles"
    )
    overlap: float = parameter(
        0.25, low=0.0, high=0.5, note="part of a tile that its neighbours see too, and blend"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Run a segmenter on one picture; answers `SegmentationResult`.

    Attributes:
        pixels: RGB uint8 (H, W, 3).
        weights: a name from the model's card, a run folder or a file; None for the default.
        device: key of a device, or `auto`.
    """

    model_key: str
    pixels: NDArray[np.uint8]
    config: SegmentationConfig = SegmentationConfig()
    weights: str | Path | None = None
    device: str = "auto"

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Segmenting with {self.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class SegmentationResult:
    """What a segmenter says about one picture of H x W pixels. Arrays are read-only.

    Attributes:
        weights: their name; `trained_on` names their data.
        classes: K names, by class index.
        probabilities: (h, w, K) float16, at the size that the network worked at.
        labels: the likeliest class of each pixel of the picture, (H, W).
        outlines: the same on the borders of classes, 255 elsewhere.
        milliseconds: the network alone, without loading it.
        device: where it ran.
        tiles: in how many parts the picture was looked at.
        note: what was done otherwise than was asked for; empty where nothing was.
    """

    model_key: str
    weights: str
    trained_on: str
    classes: tuple[str, ...]
    probabilities: NDArray[np.float16]
    labels: ClassMask
    outlines: ClassMask
    milliseconds: float
    device: str
    tiles: int
    note: str = ""

    def __post_init__(self) -> None:
        for array in (self.probabilities, self.labels, self.outlines):
            array.flags.writeable = False

    @property
    def extent_xyxy(self) -> tuple[float, float, float, float]:
        """The whole picture, in its pixels."""
        height, width = self.labels.shape
        return (0.0, 0.0, float(width), float(height))

    def scores_at(self, x: float, y: float) -> NDArray[np.float32] | None:
        """Return the probability of each class, (K,), at a place of the picture; None outside."""
        height, width = self.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            return None
        rows, columns = self.probabilities.shape[:2]
        at = self.probabilities[int(y * rows / height), int(x * columns / width)]
        return np.asarray(at, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class MeasureAreas:
    """Ask how much of the picture each class covers; answers `dict[str, float]`, shares of 1."""

    result: SegmentationResult
    caption: ClassVar[str] = "Measuring areas"


@dataclass(frozen=True, slots=True, eq=False)
class DrawMap:
    """Ask for one number a pixel; answers `ScalarMap`.

    Attributes:
        kind: the probability of one class, or the entropy of all: how unsure the network is.
        class_index: of `probability`.
        threshold: of `probability`: what is below it becomes NaN, which is drawn transparent.
    """

    result: SegmentationResult
    kind: MapKind
    class_index: int = 0
    threshold: float = 0.0
    caption: ClassVar[str] = "Drawing a map"


@dataclass(frozen=True, slots=True, eq=False)
class ScalarMap:
    """One number a pixel.

    Attributes:
        values: (h, w) float32: a probability, or the entropy in bits.
        limits: the least and greatest value there can be.
        share: of the pixels that are drawn, 0 to 1.
        mean: over all pixels.
    """

    values: NDArray[np.float32]
    limits: tuple[float, float]
    share: float
    mean: float


@dataclass(frozen=True, slots=True)
class ReadTruth:
    """Read the mask of a picture; answers `ClassMask`, or None where none lies beside it.

    Attributes:
        picture: its file; masks are looked for where the layouts of data sets have them.
        mask: the file of the mask itself, where the person chose one.
        classes: of the segmenter, which the values of the mask must mean.
        size: height and width of the picture.
    """

    picture: Path | None
    mask: Path | None
    classes: tuple[str, ...]
    size: tuple[int, int]
    caption: ClassVar[str] = "Reading the mask"


@dataclass(frozen=True, slots=True, eq=False)
class DrawTruth:
    """Make a mask of shapes drawn by a person; answers `ClassMask`.

    Shapes of other classes, and pixels without a shape, count for nothing; where the classes have
    a background, pixels without a shape are background.
    """

    shapes: tuple[Shape, ...]
    classes: tuple[str, ...]
    size: tuple[int, int]
    caption: ClassVar[str] = "Drawing the mask"


@dataclass(frozen=True, slots=True, eq=False)
class ScoreSegmentation:
    """Compare an answer with the truth; answers `SegmentationScores`."""

    result: SegmentationResult
    truth: ClassMask
    caption: ClassVar[str] = "Scoring"


@dataclass(frozen=True, slots=True, eq=False)
class SegmentationScores:
    """How well one picture was segmented; pixels without a true class are left out.

    Attributes:
        iou: by class; None where a class is neither there nor answered.
        recall: share of each class that was found; None where it is not there.
        mean_iou: over the classes that have one. NaN where nothing could be compared.
        pixel_accuracy: share of pixels called by their class.
        mean_accuracy: mean recall of the classes that are there.
        boundary_f1: mean over the classes, see engine/metrics/boundary_f1.py.
        boundary_tolerance_px: how far apart borders may lie there.
        errors: (H, W), 0 where the answer is right, 1 where it is wrong, 255 where nothing counts.
        compared: share of the picture that has a true class.
        mean_iou_everywhere: the same where pixels without a true class count as another one: of
            drawn shapes, what was answered outside them counts against the answer.
        confusion: (K, K), share of the compared pixels by true class (row) and answer (column).
    """

    iou: Mapping[str, float | None]
    recall: Mapping[str, float | None]
    mean_iou: float
    pixel_accuracy: float
    mean_accuracy: float
    boundary_f1: float
    boundary_tolerance_px: float
    errors: ClassMask
    compared: float
    mean_iou_everywhere: float
    confusion: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SaveSegmentation:
    """Write the class mask and the overlay of one picture; answers their paths as a tuple.

    Attributes:
        folder: where to, created where missing; files are `STEM-classes.png`, whose values are
            named in `STEM-classes.txt`, and `STEM-overlay.png`.
        stem: first part of the names.
        opacity: of the overlay's colours, 0 to 1.
        hidden: classes that the overlay leaves out.
    """

    result: SegmentationResult
    pixels: NDArray[np.uint8]
    folder: Path
    stem: str
    opacity: float = 0.5
    hidden: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Saving {self.stem}"


@dataclass(frozen=True, slots=True)
class SegmentFolder:
    """Segment and save every picture of a folder; answers `FolderReport`, reports progress.

    A picture that cannot be read costs only itself. Can be cancelled between two pictures.
    """

    source: Path
    target: Path
    model_key: str
    config: SegmentationConfig = SegmentationConfig()
    weights: str | Path | None = None
    device: str = "auto"

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Segmenting {self.source.name}"


@dataclass(frozen=True, slots=True)
class SegmentedPicture:
    """What was found on one picture.

    Attributes:
        shares: part of the picture of each class, 0 to 1.
        saved: files written for it; empty where nothing was to be saved.
    """

    file: Path
    width: int
    height: int
    shares: Mapping[str, float]
    milliseconds: float
    saved: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What became of the pictures of a folder.

    Attributes:
        problems: one line for each picture that could not be segmented.
        target: folder of the masks, the overlays and `segmentation.json`.
    """

    pictures: tuple[SegmentedPicture, ...]
    problems: tuple[str, ...]
    target: Path
