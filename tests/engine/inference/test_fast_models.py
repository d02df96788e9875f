"""Detectors and segmenters by another runtime find what they find by torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.faster_rcnn import (
    FasterRCNN,
    FastRCNNPredictor,
    TwoMLPHead,
)
from torchvision.models.detection.ssd import SSD, SSDHead
from torchvision.ops import MultiScaleRoIAlign

from engine.api.detection import Detections
from engine.api.parameters import NoParameters
from engine.api.tasks import TaskContext
from engine.core.cancellation import make_cancellable
from engine.core.detector import NetworkDetector
from engine.core.registry import MODELS
from engine.inference.runtimes.choosing import Part, Trying
from engine.inference.runtimes.dense_parts import (
    dense_paths,
    inputs_of_parts,
)
from engine.inference.runtimes.fast_models import KeptRunners, fast_detector, fast_segmenter
from engine.inference.runtimes.onnx_runtime import ONNX
from engine.inference.segmenters import Segmenter
from engine.layers.exchanged_parts import WHOLE, with_parts
from engine.models.detection.hog_people import HogPeople, HogPeopleOptions
from engine.models.detection.torchvision_detectors import TorchvisionDetectorConfig
from tests.engine.inference.pretended_runtimes import (
    CPU,
    Clock,
    context,
    network,
    picture,
    pretended,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks on a busy machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Backbone(nn.Module):
    """Two levels of features."""

    out_channels = 8

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, kernel_size=3, stride=4, padding=1)
        self.second = nn.Conv2d(8, 8, kernel_size=3, stride=2, padding=1)

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        fine = self.first(images).relu()
        return OrderedDict([("0", fine), ("1", self.second(fine).relu())])


def small_ssd() -> nn.Module:
    boxes = DefaultBoxGenerator([[2], [2]])
    head = SSDHead([8, 8], boxes.num_anchors_per_location(), 3)
    return SSD(Backbone(), boxes, (32, 32), num_classes=3, head=head, score_thresh=0.0)


def small_faster_rcnn() -> nn.Module:
    return FasterRCNN(
        Backbone(),
        min_size=32,
        max_size=48,
        rpn_anchor_generator=AnchorGenerator(((8,), (16,)), ((1.0,),) * 2),
        rpn_post_nms_top_n_test=20,
        box_roi_pool=MultiScaleRoIAlign(["0", "1"], output_size=2, sampling_ratio=2),
        box_head=TwoMLPHead(8 * 2 * 2, 16),
        box_predictor=FastRCNNPredictor(16, 3),
        box_score_thresh=0.0,
    )


class SmallDetector:
    """A detector of torchvision in the way that torchvision_detectors has them."""

    categories = ("__background__", "first", "second")

    def __init__(self, network: nn.Module) -> None:
        self.network = network

    def with_network(self, network: nn.Module) -> SmallDetector:
        return SmallDetector(network)

    @torch.inference_mode()
    def detect(self, pixels: np.ndarray, options: Any, context: TaskContext) -> Detections:
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255
        found = self.network([image])[0]
        boxes, scores, labels = (found[key].numpy() for key in ("boxes", "scores", "labels"))
        return Detections(boxes, scores, labels, self.categories)


@pytest.mark.parametrize("make", [small_ssd, small_faster_rcnn])
def test_a_detector_finds_by_the_graph_what_it_finds_by_torch(
    make: Callable[[], nn.Module], random: np.random.Generator
) -> None:
    torch.manual_seed(0)
    network = make().eval()
    make_cancellable(network)
    detector = SmallDetector(network)
    pixels = random.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    clock = Clock()
    trying = Trying((pretended("eager", clock, 1.0), ONNX), clock=clock)
    fast, report = fast_detector(detector, pixels, None, context(), trying=trying)
    assert report is not None
    assert report.choice.card is ONNX.card
    assert fast is not detector
    for seen in (pixels, pixels[::-1], pixels[:30]):  # the last one has another size
        expected, found = (each.detect(seen, None, context()) for each in (detector, fast))
        assert len(found) == len(expected) > 5
        # Equal scores may change places: each box is held against the one that lies there.
        apart = np.abs(found.boxes_xyxy[:, None] - expected.boxes_xyxy[None]).max(axis=2)
        apart[found.class_indices[:, None] != expected.class_indices[None]] = np.inf
        pairs, others = linear_sum_assignment(np.minimum(apart, 1e6))
        assert apart[pairs, others].max() < 1e-2
        np.testing.assert_allclose(found.scores[pairs], expected.scores[others], atol=1e-4)


def test_what_was_found_for_a_size_is_kept_with_the_model() -> None:
    sought: list[int] = []

    def parts(side: int) -> list[Part]:
        return [Part(nn.Identity(), (torch.zeros(1, 3, side, side),))]

    def find() -> list[Any]:
        sought.append(len(sought))
        return [sought[-1]]

    kept = KeptRunners(None)
    assert [kept.get(parts(side), find) for side in (8, 8, 16, 8, 32, 8, 16)] == [
        [0],
        [0],
        [1],
        [0],
        [2],
        [0],
        [3],  # two sizes are kept
    ]


def test_a_detector_without_a_network_stays_as_it_is(random: np.random.Generator) -> None:
    detector = HogPeople(NoParameters())
    pixels = random.integers(0, 256, (130, 70, 3)).astype(np.uint8)
    assert fast_detector(detector, pixels, HogPeopleOptions(), context()) == (detector, None)


def test_detectors_of_torchvision_have_a_network_that_can_be_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        torchvision.models, "get_model_builder", lambda name: lambda **options: small_ssd()
    )
    detector = MODELS.build("ssdlite320-mobilenet-v3-large", TorchvisionDetectorConfig())
    assert isinstance(detector, NetworkDetector)
    assert dense_paths(detector.network) == ("backbone", "head")


def test_a_segmenter_keeps_what_it_is_and_runs_by_the_graph() -> None:
    model = network()
    segmenter = Segmenter("unet", model, "small", "a test", ("a", "b", "c", "d"), 40, 3, CPU)
    clock = Clock()
    trying = Trying((pretended("eager", clock, 1.0), ONNX), clock=clock)
    images = picture(40, 56)
    fast, report = fast_segmenter(segmenter, images, context(), trying)
    assert (report.model, report.choice.card) == ("small", ONNX.card)
    assert replace(fast, network=model) == segmenter
    with torch.inference_mode():
        torch.testing.assert_close(
            fast.probabilities(images), segmenter.probabilities(images), rtol=1e-3, atol=1e-5
        )


def test_parts_are_replaced_in_a_copy_that_shares_the_rest() -> None:
    network = small_ssd().eval()
    head = nn.Identity()
    changed = with_parts(network, {"head": head, "backbone.second": nn.Identity()})
    assert changed.get_submodule("head") is head
    assert changed.get_submodule("backbone.first") is network.get_submodule("backbone.first")
    assert isinstance(network.get_submodule("backbone.second"), nn.Conv2d)
    assert network.get_submodule("head") is not head
    assert with_parts(network, {WHOLE: head}) is head


def test_listening_to_a_network_leaves_it_as_it_was() -> None:
    network = small_ssd().eval()
    image = picture(32, 32)[0]
    before = [type(part) for part in network.modules()]
    with torch.no_grad():
        inputs = inputs_of_parts(network, lambda heard: heard([image]))
    assert [value[0].shape for value in (inputs["backbone"],)] == [(1, 3, 32, 32)]
    assert [tensor.shape[-1] for tensor in inputs["head"][0]] == [8, 4]
    assert [type(part) for part in network.modules()] == before
