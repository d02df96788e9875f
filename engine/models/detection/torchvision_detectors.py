"""torchvision's detectors: Faster, Mask and Keypoint R-CNN, RetinaNet, FCOS, SSD, SSDlite.

Each is built as torchvision builds it, but with a low score threshold and without suppression, so
that the raw boxes come out and thresholds can be moved afterwards. Suppressing those at the
model's own thresholds gives exactly what the unchanged model answers.

Axis letters: N boxes, M side of a mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.api.detection import Detections
from engine.api.models import ModelCard, WeightsCard
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.core.cancellation import cancelled_by
from engine.core.registry import MODELS
from engine.core.state_dicts import has_batch_counters
from engine.core.torchvision_weights import published_weights
from engine.core.weights import read_categories
from engine.layers.exchanged_parts import with_parts
from engine.layers.torchvision_options import (
    DenseOptions,
    MaskRcnnOptions,
    Options,
    RcnnOptions,
    SmallRcnnOptions,
    SsdliteOptions,
    SsdOptions,
    require_width,
    set_up,
)

NO_CLASSES = frozenset({"__background__", "N/A", "no person"})
"""Placeholders among torchvision's class names; boxes of them are left out."""


@dataclass(frozen=True, slots=True)
class TorchvisionDetectorConfig(Parameters):
    """What the weights fix: the rest is torchvision's."""

    classes: int | None = parameter(
        None, low=1, high=10_000, note="with the background, if any; none: as published"
    )
    epsilon: float | None = parameter(
        None, low=0.0, high=1.0, note="of batch normalisation; none: that of the network"
    )


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one kind have in common.

    Attributes:
        class_parameter: whose first axis grows with the number of classes.
        boxes_per_place: and by so many for each class.
        has_background: whether the first class is the background.
        own_iou: IoU threshold that the models were published with.
    """

    name: str
    paper: str
    summary: str
    class_parameter: str
    boxes_per_place: int = 1
    has_background: bool = True
    own_iou: float = 0.5

    def class_count(self, parameters: Mapping[str, Tensor], default: int) -> int:
        """Read how many classes, background included, parameters were trained for."""
        if self.class_parameter not in parameters:
            return default
        return max(1, parameters[self.class_parameter].shape[0] // self.boxes_per_place)


class TorchvisionDetector(nn.Module):
    """One of torchvision's detectors, giving raw boxes; a subclass for each.

    Attributes:
        network: torchvision's own.
        categories: placeholders included, so that an index is the id that COCO gives the class.
    """

    name: ClassVar[str]
    family: ClassVar[Family]
    categories: tuple[str, ...]

    def __init__(self, config: TorchvisionDetectorConfig) -> None:
        from torchvision.models import get_model_builder

        super().__init__()
        self.config = config
        # Random parameters: torchvision must not download anything by itself.
        count = config.classes or len(_published(self.name))
        self.network: nn.Module = get_model_builder(self.name)(
            weights=None, weights_backbone=None, num_classes=count
        )
        if config.epsilon is not None:
            _set_epsilon(self.network, config.epsilon)
        self.categories = self._names(count)

    @classmethod
    def adopt(
        cls, found: Mapping[str, Tensor], file: Path
    ) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return parameters of torchvision's model as this one names them, and a card of them.

        Class names are read from beside a file that torchvision did not publish.
        """
        published = {PurePosixPath(each.url).name: each for each in published_weights(cls.name)}
        weights = published.get(file.name)
        count = cls.family.class_count(found, len(_published(cls.name)))
        names = None if weights else read_categories(file, count)
        config: dict[str, Any] = {"classes": count}
        if _has_zero_epsilon(cls.name, weights, found):
            config["epsilon"] = 0.0
        return {f"network.{name}": value for name, value in found.items()}, {
            "classes": names or cls._names(count),
            "recipe": {"model_config": config},
        }

    @classmethod
    def _names(cls, count: int) -> tuple[str, ...]:
        published = _published(cls.name)
        return published if count == len(published) else _numbered(count, cls.family)

    def with_network(self, network: nn.Module) -> Self:
        """Return a detector that shares all but its network with this one."""
        changed: Self = with_parts(self, {"network": network})
        return changed

    @torch.inference_mode()
    def detect(
        self, pixels: NDArray[np.uint8], options: Options, context: TaskContext
    ) -> Detections:
        """Find raw boxes from the score floor on; a cancel is noticed between two layers.

        Raises:
            PictureError: so narrow that nothing is left of it after resizing.
        """
        require_width(pixels, options)
        image = torch.from_numpy(pixels.copy()).to(next(self.parameters()).device)
        image = image.permute(2, 0, 1).float() / 255  # (3, H, W)
        with cancelled_by(context):
            boxes, scores, labels, masks = self._find(set_up(self.network, options), image)
        labels = labels.cpu()
        is_class = torch.tensor([name not in NO_CLASSES for name in self.categories])[labels]
        return Detections(
            boxes.cpu()[is_class].numpy(),
            scores.cpu()[is_class].numpy(),
            labels[is_class].numpy(),
            self.categories,
            None if masks is None else masks.cpu()[is_class].numpy().astype(np.float16),
        )

    def _find(
        self, network: nn.Module, image: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN

        if isinstance(network, GeneralizedRCNN):
            from engine.layers.region_heads import find_regions

            return find_regions(network, image, self.family.own_iou)
        found = network([image])[0]
        return found["boxes"], found["scores"], found["labels"], None


def _published(name: str) -> tuple[str, ...]:
    """Return the names of the classes of torchvision's own weights."""
    from torchvision.models import get_model_weights

    return tuple(get_model_weights(name).DEFAULT.meta["categories"])


def _has_zero_epsilon(
    name: str, weights: WeightsCard | None, parameters: Mapping[str, Tensor]
) -> bool:
    """Whether the frozen normalisation of these parameters divides by the bare deviation.

    torchvision trained its first ResNet-50 models so and restores it when it loads them; whoever
    trained on from those, and froze the normalisation too, has the same.
    """
    is_first = name.endswith("rcnn_resnet50_fpn") or name == "retinanet_resnet50_fpn"
    is_legacy = weights is not None and weights.name == "COCO_LEGACY"
    return is_first and not is_legacy and not has_batch_counters(parameters)


def _set_epsilon(network: nn.Module, epsilon: float) -> None:
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eps = epsilon


def _numbered(count: int, family: Family) -> tuple[str, ...]:
    """Name the classes of a network that nobody has named."""
    names = [f"class {index}" for index in range(count)]
    if family.has_background:
        names[0] = "__background__"
    return tuple(names)


def _key(name: str) -> str:
    return name.replace("_", "-")


_FASTER_RCNN = Family(
    "Faster R-CNN",
    "Ren, He, Girshick & Sun 2015, https://arxiv.org/abs/1506.01497",
    "A first stage proposes regions that may hold an object; a second one looks at each, names it "
    "and corrects its box.",
    "roi_heads.box_predictor.cls_score.weight",
)
_MASK_RCNN = replace(
    _FASTER_RCNN,
    name="Mask R-CNN",
    paper="He, Gkioxari, Dollár & Girshick 2017, https://arxiv.org/abs/1703.06870",
    summary="Faster R-CNN with one more branch that draws the outline of each object.",
)
_KEYPOINT_RCNN = replace(
    _MASK_RCNN,
    name="Keypoint R-CNN",
    summary="Faster R-CNN trained on people and their joints; here it finds the people.",
)
_RETINANET = Family(
    "RetinaNet",
    "Lin, Goyal, Girshick, He & Dollár 2017, https://arxiv.org/abs/1708.02002",
    "Judges nine boxes at every place of a feature pyramid in one pass; a loss that looks at hard "
    "cases made this as accurate as two stages.",
    "head.classification_head.cls_logits.weight",
    boxes_per_place=9,
    has_background=False,
)
_FCOS = Family(
    "FCOS",
    "Tian, Shen, Chen & He 2019, https://arxiv.org/abs/1904.01355",
    "Needs no anchor boxes: every place inside an object says how far the four sides are.",
    "head.classification_head.cls_logits.weight",
    has_background=False,
    own_iou=0.6,
)
_SSD = Family(
    "SSD",
    "Liu et al. 2016, https://arxiv.org/abs/1512.02325",
    "Judges thousands of default boxes on maps from fine to coarse in one pass.",
    "head.classification_head.module_list.0.weight",
    boxes_per_place=4,
    own_iou=0.45,
)
_SSDLITE = Family(
    "SSDlite",
    "Howard et al. 2019, https://arxiv.org/abs/1905.02244",
    "SSD made small enough for a telephone: 13 MB and the quickest one here.",
    "head.classification_head.module_list.0.1.weight",
    boxes_per_place=6,
    own_iou=0.55,
)
_ALL: tuple[tuple[str, str, Family, type[Options]], ...] = (
    ("fasterrcnn_resnet50_fpn", "ResNet-50 FPN", _FASTER_RCNN, RcnnOptions),
    ("fasterrcnn_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _FASTER_RCNN, RcnnOptions),
    ("fasterrcnn_mobilenet_v3_large_fpn", "MobileNetV3 FPN", _FASTER_RCNN, RcnnOptions),
    (
        "fasterrcnn_mobilenet_v3_large_320_fpn",
        "MobileNetV3 FPN, 320 px",
        _FASTER_RCNN,
        SmallRcnnOptions,
    ),
    ("maskrcnn_resnet50_fpn", "ResNet-50 FPN", _MASK_RCNN, MaskRcnnOptions),
    ("maskrcnn_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _MASK_RCNN, MaskRcnnOptions),
    ("keypointrcnn_resnet50_fpn", "ResNet-50 FPN", _KEYPOINT_RCNN, RcnnOptions),
    ("retinanet_resnet50_fpn", "ResNet-50 FPN", _RETINANET, DenseOptions),
    ("retinanet_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _RETINANET, DenseOptions),
    ("fcos_resnet50_fpn", "ResNet-50 FPN", _FCOS, DenseOptions),
    ("ssd300_vgg16", "VGG-16, 300 px", _SSD, SsdOptions),
    ("ssdlite320_mobilenet_v3_large", "MobileNetV3, 320 px", _SSDLITE, SsdliteOptions),
)


def _register(name: str, title: str, family: Family, options_type: type[Options]) -> None:
    card = ModelCard(
        key=_key(name),
        title=f"{family.name}, {title}",
        task="detection",
        family=family.name,
        paper=family.paper,
        summary=family.summary,
        config_type=TorchvisionDetectorConfig,
        options_type=options_type,
        weights=published_weights(name),
        default_iou=family.own_iou,
    )
    named = {"name": name, "family": family}
    MODELS.register(card)(type("TorchvisionDetector", (TorchvisionDetector,), named))


for _row in _ALL:
    _register(*_row)
