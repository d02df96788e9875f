"""torchvision's detectors, against what the unchanged models answer with the same parameters.

Parameters are random, seeded, and sharpened so that boxes of every class and score appear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models import detection as zoo
from torchvision.models import get_model_builder, get_model_weights, list_models
from torchvision.ops import batched_nms

from engine.api.detection import Detections
from engine.api.errors import PictureError, TaskCancelled, WeightsError
from engine.api.tasks import TaskContext
from engine.core.cancellation import make_cancellable
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.models.detection.torchvision_detectors import TorchvisionDetectorConfig

NAMES = list_models(module=zoo)
CLASSES = 5  # background included
CONTEXT = TaskContext(lambda _: None)


@pytest.fixture
def pixels(random: np.random.Generator) -> NDArray[np.uint8]:
    """A picture with detail at several scales."""
    coarse = random.integers(0, 256, (6, 8, 3), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
    noise = random.integers(-40, 40, coarse.shape)
    return (coarse.astype(int) + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks on a busy machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


LAST_LAYERS = re.compile(r"cls_logits$|cls_score$|bbox_pred$|bbox_reg$|bbox_ctrness$|_list\.\d\.1$")


def sharpen(network: nn.Module, image: Tensor) -> nn.Module:
    """Make random parameters answer with scores over the whole range and boxes of many shapes.

    Normalisation takes its statistics from the picture, then the outputs of the last layers are
    scaled to a spread of 1 for classes and 0.3 for boxes.
    """
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
            part.train()
    for name, part in network.named_modules():
        if LAST_LAYERS.search(name):
            is_box = "bbox" in name or "regression" in name
            scale_first_output(part, 0.3 if is_box else 1.0)
    with torch.no_grad():
        network([image, image.flip(2)])  # two, as some maps shrink to one place
    return network.eval()


def scale_first_output(layer: Any, spread: float) -> None:
    def scale(layer: Any, inputs: Any, output: Tensor) -> Tensor:
        hook.remove()
        factor, mean = spread / output.std(), output.mean()
        layer.weight.data *= factor
        layer.bias.data = factor * (layer.bias.data - mean)
        return factor * (output - mean)

    hook = layer.register_forward_hook(scale)


def unchanged(name: str, pixels: NDArray[np.uint8], **options: Any) -> nn.Module:
    """Build the model as torchvision has it, with its own thresholds."""
    torch.manual_seed(0)
    builder = get_model_builder(name)
    network = builder(weights=None, weights_backbone=None, num_classes=CLASSES, **options)
    return sharpen(network.eval(), as_image(pixels))


def key_of(name: str) -> str:
    return name.replace("_", "-")


def build(name: str, network: nn.Module | None = None) -> Any:
    """A new detector, or one with the parameters of a network for a few classes."""
    key = key_of(name)
    if network is None:
        detector = MODELS.build(key, TorchvisionDetectorConfig())
    else:
        detector = MODELS.build(key, TorchvisionDetectorConfig(classes=CLASSES))
        detector.network.load_state_dict(network.state_dict())
    return detector.eval()


def load(name: str, weights: Path | None) -> Any:
    return load_trained(MODELS.card(key_of(name)), weights, torch.device("cpu")).model


def options_of(name: str, **values: Any) -> Any:
    return MODELS.card(key_of(name)).options_type(**values)


def suppressed(found: Detections, score: float, iou: float, limit: int) -> Detections:
    strong = np.flatnonzero(found.scores > score)
    boxes, scores = torch.tensor(found.boxes_xyxy[strong]), torch.tensor(found.scores[strong])
    kept = batched_nms(boxes, scores, torch.tensor(found.class_indices[strong]), iou)
    return found.take(strong[kept[:limit].numpy()])


def as_image(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Callable[[Any], Any]]] = {
    # name: options of torchvision, options of ours, where the thresholds are
    "fasterrcnn_mobilenet_v3_large_320_fpn": ({}, {"raw_boxes": 10000}, lambda n: n.roi_heads),
    "retinanet_resnet50_fpn": (
        {"min_size": 96, "max_size": 150},
        {"shorter_side_px": 96, "longer_side_px": 150, "raw_boxes": 10000},
        lambda n: n,
    ),
    "fcos_resnet50_fpn": (
        {"min_size": 96, "max_size": 150},
        {"shorter_side_px": 96, "longer_side_px": 150, "raw_boxes": 10000},
        lambda n: n,
    ),
    "ssdlite320_mobilenet_v3_large": ({}, {"raw_boxes": 10000, "score_floor": 0.001}, lambda n: n),
}


@pytest.mark.parametrize("name", CASES)
def test_suppressing_the_raw_boxes_gives_what_the_unchanged_model_answers(
    name: str, pixels: NDArray[np.uint8]
) -> None:
    theirs, ours, thresholds = CASES[name]
    network = unchanged(name, pixels, **theirs)
    with torch.inference_mode():
        expected = network([as_image(pixels)])[0]
    detector = build(name, network)
    raw = detector.detect(pixels, options_of(name, **ours), CONTEXT)
    own = thresholds(network)
    found = suppressed(raw, own.score_thresh, own.nms_thresh, own.detections_per_img)
    assert MODELS.card(key_of(name)).default_iou == own.nms_thresh
    assert len(raw) > len(found) > 20
    np.testing.assert_array_equal(found.boxes_xyxy, expected["boxes"])
    np.testing.assert_array_equal(found.scores, expected["scores"])
    np.testing.assert_array_equal(found.class_indices, expected["labels"])
    assert detector.categories[1:] == tuple(f"class {index}" for index in range(1, CLASSES))


def test_every_box_of_mask_rcnn_has_a_mask_and_the_kept_ones_are_those_of_the_unchanged_model(
    pixels: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = {
        "rpn_pre_nms_top_n_test": 30,
        "rpn_post_nms_top_n_test": 30,
        "box_detections_per_img": 20,
    }
    network: Any = unchanged("maskrcnn_resnet50_fpn", pixels, min_size=96, max_size=150, **few)
    # Masks as the head gives them, before they are laid into the picture.
    monkeypatch.setattr(network.transform, "postprocess", lambda found, *sizes: found)
    with torch.inference_mode():
        expected = network([as_image(pixels)])[0]
    sides = {"shorter_side_px": 96, "longer_side_px": 150}
    detector = build("maskrcnn_resnet50_fpn", network)
    options = options_of("maskrcnn_resnet50_fpn", proposals=30, **sides)
    raw = detector.detect(pixels, options, CONTEXT)
    assert raw.masks is not None
    assert raw.masks.shape == (len(raw), 28, 28)
    found = suppressed(raw, 0.05, 0.5, 20)
    assert found.masks is not None
    assert len(raw) > len(found) == 20
    np.testing.assert_array_equal(found.scores, expected["scores"])
    np.testing.assert_allclose(found.masks, expected["masks"][:, 0], atol=1e-3)
    assert found.masks.std() > 0.01


class Impatient(TaskContext):
    """Cancelled by the person after a number of questions whether to go on."""

    def __init__(self, patience: int) -> None:
        super().__init__(lambda _: None)
        self.asked, self.patience = 0, patience

    def raise_if_cancelled(self) -> None:
        self.asked += 1
        if self.asked == self.patience:
            self.cancel()
        super().raise_if_cancelled()


def test_options_of_one_run_are_not_those_of_another_at_the_same_time(
    pixels: NDArray[np.uint8],
) -> None:
    """Lanes share the parameters; what a person chose travels with the request."""
    name = "fasterrcnn_mobilenet_v3_large_320_fpn"
    detector = build(name, unchanged(name, pixels, min_size=96, max_size=150))
    few = options_of(name, raw_boxes=100, proposals=20, shorter_side_px=96, longer_side_px=150)
    parts = (detector.network.transform, detector.network.rpn, detector.network.roi_heads)
    before = [repr(vars(part)) for part in parts]
    assert 0 < len(detector.detect(pixels, few, CONTEXT)) <= 100
    more = options_of(name, raw_boxes=10000, shorter_side_px=96, longer_side_px=150)
    assert len(detector.detect(pixels, more, CONTEXT)) > 100
    assert [repr(vars(part)) for part in parts] == before


def test_a_cancel_is_noticed_in_the_middle_of_the_network(pixels: NDArray[np.uint8]) -> None:
    detector = build("ssdlite320_mobilenet_v3_large")
    make_cancellable(detector)  # as the loader does
    options = options_of("ssdlite320_mobilenet_v3_large", candidates=10)
    patient = Impatient(10**6)
    detector.detect(pixels, options, patient)
    assert patient.asked > 200
    hurried = Impatient(patient.asked // 2)
    with pytest.raises(TaskCancelled):
        detector.detect(pixels, options, hurried)
    assert hurried.asked == patient.asked // 2
    assert len(detector.detect(pixels, options, CONTEXT)) > 0  # and the detector works on


def test_every_model_of_torchvision_is_registered_with_its_published_weights() -> None:
    keys = {card.key for card in MODELS if any("pytorch.org" in w.url for w in card.weights)}
    assert {key_of(name) for name in NAMES} <= keys
    for name in NAMES:
        weights = MODELS.card(key_of(name)).weights
        published = get_model_weights(name)
        assert {w.name for w in weights} == {each.name for each in published}
        assert weights[0].name == published.DEFAULT.name
        for card in weights:
            assert card.url == published[card.name].url
            assert card.url.startswith("https://")
            assert len(card.sha256_prefix) == 8
            assert card.sha256_prefix in card.url
            assert abs(card.bytes / 2**20 - published[card.name].meta["_file_size"]) < 0.001
            assert (
                str(published[card.name].meta["_metrics"]["COCO-val2017"]["box_map"]) in card.metric
            )


@pytest.mark.parametrize("name", ["ssdlite320_mobilenet_v3_large", "keypointrcnn_resnet50_fpn"])
def test_building_downloads_nothing_and_class_indices_are_those_of_coco(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    detector = build(name)
    assert detector.categories == tuple(get_model_weights(name).DEFAULT.meta["categories"])
    assert detector.categories[1] == "person"


def test_boxes_of_placeholder_classes_are_left_out(pixels: NDArray[np.uint8]) -> None:
    detector = build("ssdlite320_mobilenet_v3_large")
    options = options_of("ssdlite320_mobilenet_v3_large", candidates=10)
    labels = set(detector.detect(pixels, options, CONTEXT).labels)
    assert labels
    assert not labels & {"N/A", "__background__"}


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("fasterrcnn-resnet50-fpn-v2", (4, 1024)),
        ("maskrcnn-resnet50-fpn", (4, 1024)),
        ("retinanet-resnet50-fpn", (36, 256, 3, 3)),
        ("fcos-resnet50-fpn", (4, 256, 3, 3)),
        ("ssd300-vgg16", (16, 512, 3, 3)),
        ("ssdlite320-mobilenet-v3-large", (24, 672, 1, 1)),
    ],
)
def test_the_number_of_classes_is_read_from_the_head(name: str, shape: tuple[int, ...]) -> None:
    family = MODELS.factory(name).family  # type: ignore[attr-defined]
    assert family.class_count({family.class_parameter: torch.zeros(shape)}, 91) == 4
    assert family.class_count({"backbone.weight": torch.zeros(2)}, 91) == 91


def test_names_beside_fine_tuned_weights_are_used(tmp_path: Path) -> None:
    network = zoo.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=3)
    torch.save({"model": network.state_dict(), "epoch": 7}, tmp_path / "pets.pth")
    (tmp_path / "pets.json").write_text('{"classes": ["cat", "dog"]}')
    detector = load("ssdlite320_mobilenet_v3_large", tmp_path / "pets.pth")
    assert detector.categories == ("__background__", "cat", "dog")


def test_weights_of_another_architecture_are_refused_by_name(tmp_path: Path) -> None:
    network = zoo.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None)
    torch.save(network.state_dict(), tmp_path / "ssdlite.pth")
    with pytest.raises(WeightsError, match="another architecture than fasterrcnn-mobilenet"):
        load("fasterrcnn_mobilenet_v3_large_320_fpn", tmp_path / "ssdlite.pth")


def test_a_real_foreign_file_is_refused(data_folder: Path) -> None:
    path = data_folder / "weights" / "yolo-fastestv2-coco.pth"
    with pytest.raises(WeightsError, match="another architecture"):
        load("ssdlite320_mobilenet_v3_large", path)


def test_published_weights_give_what_torchvision_gives_when_it_loads_them(
    pixels: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ResNet-50 models were trained with an epsilon of zero, which no file says."""
    published = zoo.RetinaNet_ResNet50_FPN_Weights.COCO_V1
    network = zoo.retinanet_resnet50_fpn(weights=None, weights_backbone=None, min_size=64)
    network.backbone.body.conv1.weight.data *= 1e-3  # variances so small that epsilon matters
    sharpen(network.eval(), as_image(pixels))
    parameters = {
        name: value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")  # frozen, as in the published file
    }
    monkeypatch.setattr(type(published), "get_state_dict", lambda *args, **options: parameters)
    reference = zoo.retinanet_resnet50_fpn(weights=published).eval()
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(published.url).name
    path.parent.mkdir(parents=True)
    torch.save(parameters, path)
    detector = load("retinanet_resnet50_fpn", None)
    image = as_image(pixels)[None]
    with torch.inference_mode():
        expected, found = reference.backbone.body(image), detector.network.backbone.body(image)
    for level, features in expected.items():
        torch.testing.assert_close(found[level], features, rtol=0.01, atol=0.01)


def test_a_picture_of_which_nothing_would_be_left_is_refused() -> None:
    detector = build("fasterrcnn_mobilenet_v3_large_320_fpn")
    options = options_of("fasterrcnn_mobilenet_v3_large_320_fpn")
    with pytest.raises(PictureError, match="picture 1000 x 1: nothing is left"):
        detector.detect(np.zeros((1, 1000, 3), np.uint8), options, CONTEXT)
    found = detector.detect(np.zeros((1, 1, 3), np.uint8), options, CONTEXT)
    assert found.boxes_xyxy.shape == (len(found.scores), 4)
    assert ((found.boxes_xyxy >= 0) & (found.boxes_xyxy <= 1)).all()
