"""Detections: boxes with scores and classes, before and after suppression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter

SuppressionMethod = Literal["greedy", "soft-linear", "soft-gaussian"]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes on one picture. All arrays are read-only and of one length N.

    Attributes:
        boxes_xyxy: corners in pixels, (N, 4) float32, x1 <= x2 and y1 <= y2.
        scores: (N,) float32, in [0, 1].
        class_indices: (N,) int64, into `categories`.
        categories: names of the classes that the detector knows.
        masks: probability inside each box, (N, M, M) float16 stretched over the box, or None.
    """

    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_indices: NDArray[np.int64]
    categories: tuple[str, ...]
    masks: NDArray[np.float16] | None = None

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes_xyxy.shape != (count, 4) or self.class_indices.shape != (count,):
            raise ValueError(
                f"{count} scores, boxes {self.boxes_xyxy.shape}, classes {self.class_indices.shape}"
            )
        for array in (self.boxes_xyxy, self.scores, self.class_indices, self.masks):
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def labels(self) -> tuple[str, ...]:
        """Class name of each box."""
        return tuple(self.categories[index] for index in self.class_indices.tolist())

    def take(self, indices: NDArray[np.int64]) -> Detections:
        """Return the detections at `indices`, in that order."""
        return replace(
            self,
            boxes_xyxy=self.boxes_xyxy[indices],
            scores=self.scores[indices],
            class_indices=self.class_indices[indices],
            masks=None if self.masks is None else self.masks[indices],
        )

    @staticmethod
    def of(boxes: Any, scores: Any, labels: tuple[str, ...]) -> Detections:
        """Build from anything array-like and a class name a box; categories sorted by name."""
        categories = tuple(sorted(set(labels)))
        return Detections(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array(scores, np.float32).reshape(-1),
            np.array([categories.index(label) for label in labels], np.int64),
            categories,
        )


@dataclass(frozen=True, slots=True)
class SuppressionConfig(Parameters):
    """How raw boxes become detections."""

    score_threshold: float = parameter(
        0.5, low=0.0, high=1.0, title="Score ≥", note="boxes that score less are dropped"
    )
    iou_threshold: float = parameter(
        0.5,
        low=0.0,
        high=1.0,
        title="IoU ≤",
        note="boxes that overlap a better one by more are duplicates",
    )
    method: SuppressionMethod = parameter(
        "greedy",
        note="remove duplicates, or lower their scores (soft-NMS)",
        choice_titles={
            "greedy": "Greedy: remove duplicates",
            "soft-linear": "Soft-NMS, linear decay",
            "soft-gaussian": "Soft-NMS, Gaussian decay",
        },
    )
    class_aware: bool = parameter(
        True,
        title="Each class by itself",
        note="boxes of different classes never suppress each other",
    )
    sigma: float = parameter(
        0.5,
        low=0.01,
        high=2.0,
        note="width of the Gaussian of soft-NMS",
        visible_when=("method", "soft-gaussian"),
    )


@dataclass(frozen=True, slots=True)
class NetworkOptions(Parameters):
    """What can be chosen of every network that is trained here to find boxes."""

    input_side_px: int = parameter(
        0, low=0, high=4096, unit="px", note="shorter side that it sees; 0: as it was trained"
    )
    score_floor: float = parameter(
        0.05, low=0.001, high=1.0, note="raw boxes that score less are left out"
    )
    raw_boxes: int = parameter(2000, low=10, high=10000, note="at most so many, the best ones")


@dataclass(frozen=True, slots=True, eq=False)
class Suppress:
    """Apply thresholds and suppression to raw detections; answers `Suppressed`."""

    detections: Detections
    config: SuppressionConfig
    caption: ClassVar[str] = "Suppressing duplicates"


@dataclass(frozen=True, slots=True, eq=False)
class Suppressed:
    """What suppression kept.

    Attributes:
        kept: indices into the raw detections, best first, in the order kept, (K,) int64.
        detections: those detections, with the lowered scores where soft-NMS lowered them.
        outlines: where the detections have masks, polygons (V, 2) in pixels with class names.
    """

    kept: NDArray[np.int64]
    detections: Detections
    outlines: tuple[tuple[NDArray[np.float32], str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadBoxes:
    """Read boxes made elsewhere, in the file's order; answers `Detections`.

    Attributes:
        path: COCO results, a COCO annotation file, or what `main.py detect --json` printed.
        picture_name: which picture's boxes, where the file has several.
    """

    path: Path
    picture_name: str | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Reading {self.path.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Detect:
    """Run a detector on one picture; answers `DetectionResult` with the raw boxes.

    Attributes:
        options: of the card's options type; None for its defaults.
        weights: a name from the model's card, a run folder, a file, or None for the default.
        pixels: RGB uint8 (H, W, 3).
        device: key of a device, or `auto`.
    """

    model_key: str
    pixels: NDArray[np.uint8]
    options: Any = None
    weights: str | Path | None = None
    device: str = "auto"

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Detecting with {self.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class DetectionResult:
    """The raw boxes of one run.

    Attributes:
        milliseconds: the model alone, without loading it.
        device: where it ran.
    """

    model_key: str
    weights: str
    raw: Detections
    milliseconds: float
    device: str


@dataclass(frozen=True, slots=True, eq=False)
class SaveDetections:
    """Write what was found on one picture; answers the path.

    Attributes:
        target: `.json` for data; a picture suffix for the picture with the boxes drawn on it.
        is_coco: with `.json`, COCO results with image and categories instead of plain boxes.
    """

    detections: Detections
    pixels: NDArray[np.uint8]
    picture_name: str
    target: Path
    is_coco: bool = False

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Saving {self.target.name}"
