"""Running a detector by request: what is chosen, what is kept, what is refused."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from torchvision.models import detection as zoo

from engine.api.detection import Detect, DetectionResult, Detections
from engine.api.devices import ListDevices
from engine.api.errors import ConfigError, DeviceError, DownloadError, WeightsError
from engine.api.models import DownloadWeights, ListModels
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from engine.core.weights import hub_path
from engine.inference import box_networks, detection, model_list
from engine.inference.detectors import OpenDetector, forget_detectors
from engine.models.detection.hog_people import HogPeopleOptions
from engine.models.detection.viola_jones import CascadeOptions
from engine.service import execute

CONTEXT = TaskContext(lambda _: None)
GREY = np.full((40, 40, 3), 128, np.uint8)
SSDLITE = "ssdlite320-mobilenet-v3-large"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget_detectors()
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    forget_detectors()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the models in the order in which they are built."""
    keys: list[str] = []
    build = MODELS.build

    def counted(key: str, config: Any) -> Any:
        keys.append(key)
        return build(key, config)

    monkeypatch.setattr(MODELS, "build", counted)
    return keys


def test_a_request_is_answered_with_raw_boxes_and_how_they_were_made() -> None:
    result = execute(Detect("viola-jones-face", skimage.data.astronaut()), CONTEXT)
    assert isinstance(result, DetectionResult)
    assert len(result.raw) > 20
    assert set(result.raw.labels) == {"face"}
    assert (result.model_key, result.device) == ("viola-jones-face", "cpu")
    assert result.weights == "haarcascade_frontalface_default"
    assert result.milliseconds > 0


def test_other_options_do_not_load_a_detector_again(built: list[str]) -> None:
    some = execute(Detect("viola-jones-face", skimage.data.astronaut()), CONTEXT)
    large = CascadeOptions(min_size_px=60)
    fewer = execute(Detect("viola-jones-face", skimage.data.astronaut(), large), CONTEXT)
    assert 0 < len(fewer.raw) < len(some.raw)
    execute(Detect("hog-people", GREY), CONTEXT)
    execute(Detect("viola-jones-face", GREY), CONTEXT)
    assert built == ["viola-jones-face", "hog-people"]


def test_a_file_that_was_written_again_is_loaded_again(built: list[str], tmp_path: Path) -> None:
    network = zoo.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=3)
    path = tmp_path / "own.pth"
    torch.save(network.state_dict(), path)
    request = Detect(SSDLITE, GREY, weights=path)
    assert execute(request, CONTEXT).weights == "own"
    execute(request, CONTEXT)
    assert built == [SSDLITE]
    torch.save({"model": network.state_dict()}, path)
    execute(request, CONTEXT)
    assert built == [SSDLITE, SSDLITE]


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(ConfigError, match="did you mean 'viola-jones-face'"):
        execute(Detect("viola-jones-faces", GREY), CONTEXT)


def test_a_model_for_another_task_is_refused() -> None:
    other = next(card for card in MODELS if card.task != "detection")
    with pytest.raises(ConfigError, match=f"{other.key} is made for {other.task}"):
        execute(Detect(other.key, GREY), CONTEXT)


def test_options_of_another_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="takes CascadeOptions, not HogPeopleOptions"):
        execute(Detect("viola-jones-face", GREY, HogPeopleOptions()), CONTEXT)


def test_weights_that_are_not_here_are_not_fetched_behind_the_persons_back() -> None:
    with pytest.raises(WeightsError, match=r"not on this machine \(14\.1 MB, BSD-3-Clause\)"):
        execute(Detect(SSDLITE, GREY), CONTEXT)


def test_an_absent_device_is_refused_before_anything_is_loaded(built: list[str]) -> None:
    with pytest.raises(DeviceError, match="cuda:99"):
        execute(Detect("viola-jones-face", GREY, device="cuda:99"), CONTEXT)
    assert built == []


def test_running_out_of_memory_names_the_cure_and_lets_the_detector_go(
    built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hungry:
        categories = ("a",)

        def detect(self, pixels: Any, options: Any, context: TaskContext) -> Detections:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    with monkeypatch.context() as patch:
        patch.setattr(MODELS, "build", lambda key, config: Hungry())
        with pytest.raises(DeviceError, match="out of memory; choose a smaller picture size"):
            execute(Detect("viola-jones-face", GREY), CONTEXT)
    execute(Detect("viola-jones-face", GREY), CONTEXT)
    assert built == ["viola-jones-face"]  # not the hungry one again


def test_the_list_of_models_knows_which_weights_are_here() -> None:
    def ssdlite() -> bool:
        cards = {card.key: card for card in execute(ListModels(), CONTEXT)}
        return cards[SSDLITE].weights[0].is_local

    assert not ssdlite()
    path = hub_path(MODELS.card(SSDLITE).weights[0])
    path.parent.mkdir(parents=True)
    path.touch()
    assert ssdlite()


def test_models_are_sorted_by_title_and_work_offline_without_torchvision_s_weights() -> None:
    cards = execute(ListModels(), CONTEXT)
    assert [card.title for card in cards] == sorted(card.title for card in cards)
    offline = {card.key for card in cards if any(w.origin == "built-in" for w in card.weights)}
    assert {"viola-jones-face", "viola-jones-eye", "hog-people"} <= offline


def test_devices_are_listed() -> None:
    assert "cpu" in {card.key for card in execute(ListDevices(), CONTEXT)}


class Answer(io.BytesIO):
    """What an opened address looks like."""

    status = 200

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Length": str(len(self.getvalue()))}


def test_downloaded_weights_go_to_torchs_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"parameters" * 1000
    card = replace(
        MODELS.card(SSDLITE).weights[0], sha256_prefix=hashlib.sha256(content).hexdigest()[:8]
    )
    monkeypatch.setattr(model_list, "find_weights", lambda *arguments: card)
    path = model_list.download_weights(
        SSDLITE, "COCO_V1", CONTEXT, lambda request, timeout_s: Answer(content)
    )
    assert path == Path(
        torch.hub.get_dir(), "checkpoints", "ssdlite320_mobilenet_v3_large_coco-a79551df.pth"
    )
    assert path.read_bytes() == content


def test_a_download_with_the_wrong_checksum_is_not_kept() -> None:
    with pytest.raises(DownloadError, match="a79551df"):
        model_list.download_weights(
            SSDLITE, "COCO_V1", CONTEXT, lambda request, timeout_s: Answer(b"something else")
        )
    assert not hub_path(MODELS.card(SSDLITE).weights[0]).exists()


@pytest.mark.parametrize(
    ("key", "name", "reason"),
    [
        ("viola-jones-face", "haarcascade_frontalface_default", "nothing to download"),
        (SSDLITE, "COCO_V9", "no weights 'COCO_V9'; known: COCO_V1"),
        ("nothing", "COCO_V1", "no model 'nothing'"),
    ],
)
def test_what_cannot_be_downloaded_is_named(key: str, name: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        execute(DownloadWeights(key, name), CONTEXT)


class Recording:
    """A detector that finds nothing and knows what it has seen."""

    categories = ("thing",)

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def detect(self, pixels: Any, options: Any, context: TaskContext) -> Detections:
        self.seen.append(pixels.shape)
        return Detections.of((), (), ())


@pytest.mark.parametrize(("device", "passes"), [("cpu", 0), ("cuda", 1), ("mps", 1)])
def test_the_first_pass_on_an_accelerator_belongs_to_the_loading(device: str, passes: int) -> None:
    model = Recording()
    card = MODELS.card("viola-jones-face")
    loaded: Any = SimpleNamespace(model=model, device=torch.device(device), card=card)
    assert box_networks.as_detector(loaded) is model
    assert len(model.seen) == passes


def test_the_time_is_that_of_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0

    def load(*_: Any) -> Any:
        nonlocal now_s
        now_s += 30.0
        return OpenDetector(detector, "weights", "cpu")

    def look(*_: Any) -> Detections:
        nonlocal now_s
        now_s += 0.25
        return Detections.of((), (), ())

    detector = Recording()
    monkeypatch.setattr(detector, "detect", look)
    monkeypatch.setattr(detection, "open_detector", load)
    monkeypatch.setattr(detection, "time", SimpleNamespace(perf_counter=lambda: now_s))
    result = detection.detect(Detect("viola-jones-face", GREY), CONTEXT)
    assert result.milliseconds == pytest.approx(250)
