"""torchvision's segmenters: FCN and DeepLabv3 on ResNet and MobileNet, LR-ASPP.

Each is built as torchvision builds it, takes images in [0, 1] like every model here, and brings
them to the mean and deviation of ImageNet itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.core.registry import MODELS
from engine.core.torchvision_weights import CLASSES_OF_VOC, published_weights
from engine.core.weights import BACKGROUND, read_categories

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_AUXILIARY = "aux_classifier."  # a second head that helped training alone
_SIDE = 520  # shorter side of the pictures that they were trained on


@dataclass(frozen=True, slots=True)
class TorchvisionSegmenterConfig(Parameters):
    """What can be chosen: the rest is torchvision's."""

    in_channels: int = parameter(3, low=3, high=3, note="colour")
    classes: int = parameter(21, low=2, high=255, note="those of Pascal VOC with the background")


class TorchvisionSegmenterOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


class TorchvisionSegmenter(nn.Module):
    """Images (B, 3, H, W) in [0, 1] to logits (B, K, H, W); a subclass for each network."""

    name: ClassVar[str]
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: TorchvisionSegmenterConfig) -> None:
        from torchvision.models import get_model_builder

        super().__init__()
        self.config = config
        # Random parameters: torchvision must not download anything by itself.
        self.network: nn.Module = get_model_builder(self.name)(
            weights=None, weights_backbone=None, num_classes=config.classes
        )
        for buffer, values in (("mean", _MEAN), ("deviation", _DEVIATION)):
            tensor = torch.tensor(values).view(3, 1, 1)
            self.register_buffer(buffer, tensor, persistent=False)

    def forward(self, images: Tensor) -> TorchvisionSegmenterOutput:
        """Segment images."""
        return TorchvisionSegmenterOutput(
            self.network((images - self.mean) / self.deviation)["out"]
        )

    @staticmethod
    def adopt(found: Mapping[str, Tensor], file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return parameters of torchvision's model as this one names them, and a card of them.

        Class names are read from beside the file where they are not those of Pascal VOC.
        """
        tensors = {f"network.{k}": v for k, v in found.items() if not k.startswith(_AUXILIARY)}
        biases = [v for k, v in tensors.items() if "classifier" in k and k.endswith(".bias")]
        published = _published_classes()
        count = len(biases[-1]) if biases else len(published)
        names = read_categories(file, count) or (published if count == len(published) else ())
        classes = ["background" if name == BACKGROUND else name for name in names]
        return tensors, {
            "classes": classes,
            "data": CLASSES_OF_VOC,
            "recipe": {
                "model_config": {"classes": count},
                "train_config": {"image_size": _SIDE},
            },
        }


def _published_classes() -> tuple[str, ...]:
    from torchvision.models import get_model_weights

    return tuple(get_model_weights("fcn_resnet50").DEFAULT.meta["categories"])


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    paper: str
    summary: str


_FCN = _Family(
    "fully convolutional",
    "https://arxiv.org/abs/1411.4038",
    "A classifier of every place on atrous features, enlarged eight times.",
)
_DEEPLAB = _Family(
    "atrous pyramid",
    "https://arxiv.org/abs/1706.05587",
    "Atrous convolutions at several rates see near and far at once; enlarged in one go.",
)
_LRASPP = _Family(
    "mobile",
    "https://arxiv.org/abs/1905.02244",
    "A light head on MobileNetV3 that weighs channels by the whole picture; made for phones.",
)


def _register(name: str, title: str, family: _Family) -> None:
    card = ModelCard(
        key=name.replace("_", "-"),
        title=title,
        task="segmentation",
        family=family.name,
        paper=family.paper,
        summary=family.summary,
        config_type=TorchvisionSegmenterConfig,
        options_type=SegmentationConfig,
        weights=published_weights(name),
        objective="segmentation",
    )
    MODELS.register(card)(type("TorchvisionSegmenter", (TorchvisionSegmenter,), {"name": name}))


for _name, _title, _kind in (
    ("fcn_resnet50", "FCN on ResNet-50 (torchvision)", _FCN),
    ("fcn_resnet101", "FCN on ResNet-101 (torchvision)", _FCN),
    ("deeplabv3_resnet50", "DeepLabv3 on ResNet-50 (torchvision)", _DEEPLAB),
    ("deeplabv3_resnet101", "DeepLabv3 on ResNet-101 (torchvision)", _DEEPLAB),
    ("deeplabv3_mobilenet_v3_large", "DeepLabv3 on MobileNetV3 (torchvision)", _DEEPLAB),
    ("lraspp_mobilenet_v3_large", "LR-ASPP on MobileNetV3 (torchvision)", _LRASPP),
):
    _register(_name, _title, _kind)
