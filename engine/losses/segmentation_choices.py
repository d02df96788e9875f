"""What a segmenter may be trained with: the fields that the configs of all of them have."""

from __future__ import annotations

from typing import Any, Literal

from engine.api.parameters import parameter

SegmentationLoss = Literal["cross-entropy", "dice", "both", "focal"]


def loss_parameter() -> Any:
    """Return the field for the loss of each pixel."""
    return parameter(
        "cross-entropy", note="both: cross-entropy and Dice; focal: sure pixels count less"
    )


def class_weights_parameter() -> Any:
    """Return the field for the weights of classes, a `ClassWeighting`."""
    return parameter("none", note="rare classes count more in the cross-entropy")
