"""torchvision's detectors: Faster, Mask and Keypoint R-CNN, RetinaNet, FCOS, SSD, SSDlite.

Each is built as torchvision builds it, but with a low score threshold and without suppression, so
that the raw boxes come out and thresholds can be moved afterwards. Suppressing those at the
model's own thresholds gives exactly what the unchanged model answers.

Axis letters: N boxes, M side of a mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.api.detection import Detections
from engine.api.errors import PictureError
from engine.api.models import ModelCard
from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.core.cancellation import cancelled_by, make_cancellable
from engine.core.registry import MODELS
from engine.core.state_dicts import check_match, has_batch_counters, read_state_dict
from engine.core.torchvision_weights import published_weights
from engine.core.weights import WeightsSource, read_categories

NO_SUPPRESSION = 2.0
"""An IoU that no two boxes exceed."""
NO_CLASSES = frozenset({"__background__", "N/A", "no person"})
"""Placeholders among torchvision's class names; boxes of them are left out."""


@dataclass(frozen=True, slots=True)
class RawConfig:
    """What all of them share."""

    score_floor: float = parameter(
        0.05, low=0.001, high=1.0, note="raw boxes that score less are left out"
    )
    raw_boxes: int = parameter(2000, low=100, high=10000, note="at most so many, the best ones")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class ResizedConfig(RawConfig):
    """Options of the detectors that choose the size of the picture."""

    shorter_side_px: int = parameter(
        800, low=64, high=2000, unit="px", note="the picture is resized to this; smaller is faster"
    )
    longer_side_px: int = parameter(
        1333, low=64, high=4000, unit="px", note="but its longer side stays within this"
    )


@dataclass(frozen=True, slots=True)
class RcnnConfig(ResizedConfig):
    """Options of the two-stage detectors: first proposals, then their classes."""

    proposals: int = parameter(
        1000, low=10, high=2000, note="regions that the first stage hands to the second"
    )

    def builder_options(self) -> dict[str, Any]:
        """Return what torchvision's constructor takes."""
        return {
            "min_size": self.shorter_side_px,
            "max_size": self.longer_side_px,
            "rpn_pre_nms_top_n_test": self.proposals,
            "rpn_post_nms_top_n_test": self.proposals,
            "box_score_thresh": self.score_floor,
            "box_nms_thresh": NO_SUPPRESSION,
            "box_detections_per_img": self.raw_boxes,
        }


@dataclass(frozen=True, slots=True)
class SmallRcnnConfig(RcnnConfig):
    """The same with the defaults of the model for 320 px."""

    shorter_side_px: int = parameter(
        320, low=64, high=2000, unit="px", note="the picture is resized to this; smaller is faster"
    )
    longer_side_px: int = parameter(
        640, low=64, high=4000, unit="px", note="but its longer side stays within this"
    )
    proposals: int = parameter(
        150, low=10, high=2000, note="regions that the first stage hands to the second"
    )


@dataclass(frozen=True, slots=True)
class MaskRcnnConfig(RcnnConfig):
    """The same with fewer raw boxes, as each has a mask."""

    raw_boxes: int = parameter(1000, low=100, high=10000, note="at most so many, the best ones")


@dataclass(frozen=True, slots=True)
class DenseConfig(ResizedConfig):
    """Options of the detectors that classify every place of the picture in one stage."""

    candidates: int = parameter(
        1000, low=10, high=5000, note="best boxes kept at each level of the pyramid"
    )

    def builder_options(self) -> dict[str, Any]:
        """Return what torchvision's constructor takes."""
        sides = {"min_size": self.shorter_side_px, "max_size": self.longer_side_px}
        return sides | _dense_options(self)


@dataclass(frozen=True, slots=True)
class SsdConfig(RawConfig):
    """Options of SSD, which resizes every picture to its own square."""

    score_floor: float = parameter(
        0.01, low=0.001, high=1.0, note="raw boxes that score less are left out"
    )
    candidates: int = parameter(400, low=10, high=5000, note="best boxes kept of each class")

    def builder_options(self) -> dict[str, Any]:
        """Return what torchvision's constructor takes."""
        return _dense_options(self)


@dataclass(frozen=True, slots=True)
class SsdliteConfig(SsdConfig):
    """The same with SSDlite's default."""

    candidates: int = parameter(300, low=10, high=5000, note="best boxes kept of each class")


Config = RcnnConfig | DenseConfig | SsdConfig


def _dense_options(config: DenseConfig | SsdConfig) -> dict[str, Any]:
    return {
        "topk_candidates": config.candidates,
        "score_thresh": config.score_floor,
        "nms_thresh": NO_SUPPRESSION,
        "detections_per_img": config.raw_boxes,
    }


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


class TorchvisionDetector:
    """One of torchvision's detectors, giving raw boxes; `network` is torchvision's own.

    Raises:
        WeightsError: the file cannot be read or belongs to another architecture.
    """

    def __init__(
        self,
        name: str,
        family: Family,
        config: Config,
        weights: WeightsSource | None = None,
        device: str = "cpu",
    ) -> None:
        from torchvision.models import get_model_builder, get_model_weights

        self.device = device
        self._family = family
        self._config = config
        path = weights.path if weights else None
        parameters = read_state_dict(path) if path else {}
        published = tuple(get_model_weights(name).DEFAULT.meta["categories"])
        count = family.class_count(parameters, len(published))
        # Random parameters first: torchvision must not download anything by itself.
        self.network: nn.Module = get_model_builder(name)(
            weights=None, weights_backbone=None, num_classes=count, **config.builder_options()
        )
        if weights and path:
            check_match(self.network.state_dict(), parameters, path, _key(name))
            self.network.load_state_dict(parameters, strict=False)
            if _has_zero_epsilon(name, weights, parameters):
                _set_epsilon(self.network, 0.0)
        names = published if count == len(published) else _numbered(count, family)
        if path and weights and not weights.card:
            names = read_categories(path, count) or names
        # Whole, placeholders included, so that an index is the id that COCO gives the class.
        self.categories = names
        self._is_class = torch.tensor([name not in NO_CLASSES for name in names])
        self.network.eval().to(device)
        make_cancellable(self.network)

    @torch.inference_mode()
    def propose(self, pixels: NDArray[np.uint8], context: TaskContext) -> Detections:
        """Find raw boxes from the score floor on; a cancel is noticed between two layers.

        Raises:
            PictureError: so narrow that nothing is left of it after resizing.
        """
        self._require_width(pixels)
        image = torch.from_numpy(pixels.copy()).to(self.device)
        image = image.permute(2, 0, 1).float() / 255  # (3, H, W)
        with cancelled_by(context):
            boxes, scores, labels, masks = self._find(image)
        labels = labels.cpu()
        is_class = self._is_class[labels]
        return Detections(
            boxes.cpu()[is_class].numpy(),
            scores.cpu()[is_class].numpy(),
            labels[is_class].numpy(),
            self.categories,
            None if masks is None else masks.cpu()[is_class].numpy().astype(np.float16),
        )

    def _find(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN

        if isinstance(self.network, GeneralizedRCNN):
            from engine.layers.region_heads import find_regions

            return find_regions(self.network, image, self._family.own_iou)
        found = self.network([image])[0]
        return found["boxes"], found["scores"], found["labels"], None

    def _require_width(self, pixels: NDArray[np.uint8]) -> None:
        shorter, longer = sorted(pixels.shape[:2])
        if isinstance(self._config, SsdConfig):
            return
        limit = self._config.longer_side_px
        if shorter * min(self._config.shorter_side_px / shorter, limit / longer) < 1:
            raise PictureError(
                f"picture {pixels.shape[1]} x {pixels.shape[0]}: nothing is left of its shorter "
                f"side when the longer becomes {limit} px; crop it"
            )


def _has_zero_epsilon(name: str, weights: WeightsSource, parameters: Mapping[str, Tensor]) -> bool:
    """Whether the frozen normalisation of these parameters divides by the bare deviation.

    torchvision trained its first ResNet-50 models so and restores it when it loads them; whoever
    trained on from those, and froze the normalisation too, has the same.
    """
    is_first = name.endswith("rcnn_resnet50_fpn") or name == "retinanet_resnet50_fpn"
    return is_first and weights.name != "COCO_LEGACY" and not has_batch_counters(parameters)


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
_ALL: tuple[tuple[str, str, Family, type[Config]], ...] = (
    ("fasterrcnn_resnet50_fpn", "ResNet-50 FPN", _FASTER_RCNN, RcnnConfig),
    ("fasterrcnn_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _FASTER_RCNN, RcnnConfig),
    ("fasterrcnn_mobilenet_v3_large_fpn", "MobileNetV3 FPN", _FASTER_RCNN, RcnnConfig),
    (
        "fasterrcnn_mobilenet_v3_large_320_fpn",
        "MobileNetV3 FPN, 320 px",
        _FASTER_RCNN,
        SmallRcnnConfig,
    ),
    ("maskrcnn_resnet50_fpn", "ResNet-50 FPN", _MASK_RCNN, MaskRcnnConfig),
    ("maskrcnn_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _MASK_RCNN, MaskRcnnConfig),
    ("keypointrcnn_resnet50_fpn", "ResNet-50 FPN", _KEYPOINT_RCNN, RcnnConfig),
    ("retinanet_resnet50_fpn", "ResNet-50 FPN", _RETINANET, DenseConfig),
    ("retinanet_resnet50_fpn_v2", "ResNet-50 FPN, version 2", _RETINANET, DenseConfig),
    ("fcos_resnet50_fpn", "ResNet-50 FPN", _FCOS, DenseConfig),
    ("ssd300_vgg16", "VGG-16, 300 px", _SSD, SsdConfig),
    ("ssdlite320_mobilenet_v3_large", "MobileNetV3, 320 px", _SSDLITE, SsdliteConfig),
)


def _register(name: str, title: str, family: Family, config_type: type[Config]) -> None:
    card = ModelCard(
        key=_key(name),
        title=f"{family.name}, {title}",
        task="detection",
        family=family.name,
        paper=family.paper,
        summary=family.summary,
        config_type=config_type,
        weights=published_weights(name),
        default_iou=family.own_iou,
    )
    MODELS.register(card)(partial(TorchvisionDetector, name, family))


for _row in _ALL:
    _register(*_row)
