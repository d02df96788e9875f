"""What torchvision publishes, written down: the list of models is made without importing it.

Its import brings torch's compiler and lasts longer than torch's own. A test compares every row
with the installed torchvision.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.api.models import WeightsCard
from engine.core.weights import checksum_prefix

_ADDRESS = "https://download.pytorch.org/models/"
_MEBIBYTE = 1024**2  # the unit of torchvision's file sizes
_BOXES = "COCO train2017"
CLASSES_OF_VOC = "COCO train2017, the classes of Pascal VOC"


class Published(NamedTuple):
    """One file: its name among the model's weights, at the address, in MiB, and what it reached."""

    name: str
    file: str
    mebibytes: float
    metric: str
    data: str = _BOXES


def _of_voc(file: str, mebibytes: float, miou: float, accuracy: float) -> Published:
    metric = f"mIoU {miou / 100:.3f}, pixel accuracy {accuracy / 100:.3f}"
    return Published("COCO_WITH_VOC_LABELS_V1", file, mebibytes, metric, CLASSES_OF_VOC)


PUBLISHED: dict[str, tuple[Published, ...]] = {
    "fasterrcnn_resnet50_fpn": (
        Published("COCO_V1", "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", 159.743, "box AP 37.0"),
    ),
    "fasterrcnn_resnet50_fpn_v2": (
        Published(
            "COCO_V1", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 167.104, "box AP 46.7"
        ),
    ),
    "fasterrcnn_mobilenet_v3_large_fpn": (
        Published(
            "COCO_V1", "fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth", 74.239, "box AP 32.8"
        ),
    ),
    "fasterrcnn_mobilenet_v3_large_320_fpn": (
        Published(
            "COCO_V1", "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth", 74.239, "box AP 22.8"
        ),
    ),
    "maskrcnn_resnet50_fpn": (
        Published(
            "COCO_V1",
            "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
            169.84,
            "box AP 37.9, mask AP 34.6",
        ),
    ),
    "maskrcnn_resnet50_fpn_v2": (
        Published(
            "COCO_V1",
            "maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth",
            177.219,
            "box AP 47.4, mask AP 41.8",
        ),
    ),
    "keypointrcnn_resnet50_fpn": (
        Published(
            "COCO_V1",
            "keypointrcnn_resnet50_fpn_coco-fc266e95.pth",
            226.054,
            "box AP 54.6, keypoint AP 65.0",
        ),
        Published(
            "COCO_LEGACY",
            "keypointrcnn_resnet50_fpn_coco-9f466800.pth",
            226.054,
            "box AP 50.6, keypoint AP 61.1",
        ),
    ),
    "retinanet_resnet50_fpn": (
        Published("COCO_V1", "retinanet_resnet50_fpn_coco-eeacb38b.pth", 130.267, "box AP 36.4"),
    ),
    "retinanet_resnet50_fpn_v2": (
        Published("COCO_V1", "retinanet_resnet50_fpn_v2_coco-5905b1c5.pth", 146.037, "box AP 41.5"),
    ),
    "fcos_resnet50_fpn": (
        Published("COCO_V1", "fcos_resnet50_fpn_coco-99b0c9b7.pth", 123.608, "box AP 39.2"),
    ),
    "ssd300_vgg16": (
        Published("COCO_V1", "ssd300_vgg16_coco-b556d3b4.pth", 135.988, "box AP 25.1"),
    ),
    "ssdlite320_mobilenet_v3_large": (
        Published(
            "COCO_V1", "ssdlite320_mobilenet_v3_large_coco-a79551df.pth", 13.418, "box AP 21.3"
        ),
    ),
    "fcn_resnet50": (_of_voc("fcn_resnet50_coco-1167a1af.pth", 135.009, 60.5, 91.4),),
    "fcn_resnet101": (_of_voc("fcn_resnet101_coco-7ecb50ca.pth", 207.711, 63.7, 91.9),),
    "deeplabv3_resnet50": (_of_voc("deeplabv3_resnet50_coco-cd0a2569.pth", 160.515, 66.4, 92.4),),
    "deeplabv3_resnet101": (_of_voc("deeplabv3_resnet101_coco-586e9e4e.pth", 233.217, 67.4, 92.4),),
    "deeplabv3_mobilenet_v3_large": (
        _of_voc("deeplabv3_mobilenet_v3_large-fc3c493d.pth", 42.301, 60.3, 91.2),
    ),
    "lraspp_mobilenet_v3_large": (
        _of_voc("lraspp_mobilenet_v3_large-d234d4ea.pth", 12.49, 57.9, 91.2),
    ),
}
"""By torchvision's name of the model, the best weights first."""


def published_weights(model: str) -> tuple[WeightsCard, ...]:
    """Return the weights of one of torchvision's models, by its name there; the best first."""
    return tuple(
        WeightsCard(
            name=each.name,
            origin="download",
            data=each.data,
            metric=f"{each.metric} on COCO val2017",
            bytes=round(each.mebibytes * _MEBIBYTE),
            licence="BSD-3-Clause",
            url=_ADDRESS + each.file,
            sha256_prefix=checksum_prefix(each.file),
            is_local=False,
        )
        for each in PUBLISHED[model]
    )
