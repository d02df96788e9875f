"""Segmenting pictures of any size, with a network that is small enough for a test."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from engine.api.class_colours import class_rgb
from engine.api.errors import ConfigError, PictureError, TaskCancelled, WeightsError
from engine.api.segmentation import (
    DrawMap,
    SaveSegmentation,
    ScoreSegmentation,
    Segment,
    SegmentationConfig,
    SegmentationResult,
    SegmentFolder,
)
from engine.api.tasks import TaskContext
from engine.core.checkpoint import load_weights, save_weights
from engine.core.registry import MODELS
from engine.data.picture_writer import save_picture
from engine.inference import segmentation, segmenters
from engine.inference.saved_segmentations import overlay, save_segmentation, segment_folder
from engine.inference.segmentation import likeliest, outlines, segment
from engine.inference.segmentation_maps import areas, draw_map, entropy_bits, score
from engine.inference.segmenters import open_segmenter
from engine.inference.tiles import blended, tile_corners, tile_starts, weight_ramp
from engine.models.segmentation.unet import Unet, UnetConfig, UnetOutput
from tests.engine.inference.tiny_unet import SMALL, save_tiny_unet

CLASSES = ("background", "disc", "square")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A tiny U-Net with random weights, as a run writes them; trained on 32 x 40 pixels."""
    return save_tiny_unet(tmp_path / "tiny.safetensors", CLASSES, (32, 40))


def context() -> TaskContext:
    return TaskContext(lambda progress: None)


def picture(height: int = 32, width: int = 40, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def result_of(labels: np.ndarray, classes: tuple[str, ...] = CLASSES) -> SegmentationResult:
    """A result that is sure of its labels."""
    labels = labels.astype(np.uint8)
    one_hot = np.eye(len(classes), dtype=np.float16)[labels]
    return SegmentationResult(
        *("unet", "tiny", "a test", classes), one_hot, labels, outlines(labels), 1.0, "cpu", 1
    )


def test_a_picture_of_the_trained_size_is_answered_as_the_network_does(weights: Path) -> None:
    pixels = picture()
    result = segment(Segment("unet", pixels, weights=weights, device="cpu"), context())
    torch.manual_seed(0)
    model = Unet(UnetConfig(**SMALL)).eval()  # type: ignore[arg-type]
    with torch.no_grad():
        images = torch.from_numpy(pixels / 255.0).float().permute(2, 0, 1)[None]
        logits = model(images).logits[0]
    expected = logits.softmax(0).permute(1, 2, 0).numpy()
    np.testing.assert_allclose(result.probabilities, expected, atol=2e-3)
    np.testing.assert_array_equal(result.labels, logits.argmax(0).numpy())
    assert (result.classes, result.tiles, result.device) == (CLASSES, 1, "cpu")


@pytest.mark.parametrize("size", [(96, 120), (64, 200), (16, 16), (1, 1)])
def test_other_sizes_are_brought_to_the_trained_one_and_back(
    weights: Path, size: tuple[int, int]
) -> None:
    result = segment(Segment("unet", picture(*size), weights=weights, device="cpu"), context())
    assert min(result.probabilities.shape[:2]) == 32
    assert result.labels.shape == size
    assert result.outlines.shape == size


@pytest.mark.parametrize("size", [(2, 1000), (1000, 2), (1, 300)])
def test_a_thin_strip_is_not_enlarged_without_bound_and_it_is_said(
    weights: Path, size: tuple[int, int]
) -> None:
    result = segment(Segment("unet", picture(*size), weights=weights, device="cpu"), context())
    seen = result.probabilities.shape[:2]
    assert max(seen) <= max(*size, 4 * 32)
    assert result.labels.shape == size
    assert result.note.startswith(f"seen at {seen[1]} x {seen[0]} px")


def test_the_full_size_is_looked_at_in_tiles(weights: Path) -> None:
    config = SegmentationConfig(size="full", tile_px=64, overlap=0.25)
    request = Segment("unet", picture(100, 150), config, weights, "cpu")
    seen: list[str] = []
    result = segment(request, TaskContext(lambda p: seen.append(p.stage), interval_s=0.0))
    assert result.tiles == len(tile_corners(100, 150, 64, 0.25)) == 6
    assert result.probabilities.shape == (100, 150, 3)
    assert "Segmenting tile 6 of 6" in seen


def test_tiles_whose_overlap_is_seen_whole_answer_as_the_whole_picture() -> None:
    pixels = picture(70, 90)
    kernel = torch.rand(2, 3, 5, 5, generator=torch.Generator().manual_seed(1))

    def answer(part: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(part / 255.0).float().permute(2, 0, 1)[None]
        return functional.conv2d(images, kernel, padding=2)[0].permute(1, 2, 0).numpy()

    whole = answer(pixels)
    tiled = blended(pixels, 2, 32, 0.5, answer)
    # Two pixels at a tile's own border see zeros beyond it; there the ramp is lowest.
    inner = np.abs(tiled - whole)[3:-3, 3:-3]
    assert inner.max() < 0.12 * whole.max()
    np.testing.assert_allclose(blended(pixels, 2, 128, 0.5, answer), whole, rtol=1e-5)


def test_what_each_pixel_says_alone_is_the_same_in_tiles() -> None:
    pixels = picture(70, 90)
    tiled = blended(pixels, 3, 32, 0.25, lambda part: part.astype(np.float32))
    np.testing.assert_allclose(tiled, pixels, rtol=1e-5)


@pytest.mark.parametrize(
    ("length", "tile", "overlap"), [(10, 32, 0.5), (100, 32, 0.25), (65, 64, 0)]
)
def test_tiles_cover_a_side_and_overlap_enough(length: int, tile: int, overlap: float) -> None:
    starts = tile_starts(length, tile, overlap)
    assert starts[0] == 0
    assert starts[-1] + tile >= length
    steps = [second - first for first, second in itertools.pairwise(starts)]
    assert max(steps, default=0) <= tile * (1 - overlap)


def test_the_ramp_rises_over_the_overlap() -> None:
    np.testing.assert_allclose(weight_ramp(8, 0.5), [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25])
    assert weight_ramp(5, 0.0).min() == 1.0


def test_probabilities_are_enlarged_before_the_class_is_chosen() -> None:
    found = np.random.default_rng(0).random((9, 7, 4)).astype(np.float32)
    tensor = torch.from_numpy(found).permute(2, 0, 1)[None]
    expected = functional.interpolate(tensor, (40, 33), mode="bilinear")[0].numpy()
    answer = likeliest(found, 40, 33)
    np.testing.assert_array_equal(answer, expected.argmax(axis=0))


def test_the_class_of_each_pixel_does_not_depend_on_how_probabilities_lie_in_memory() -> None:
    planes = np.random.default_rng(0).random((4, 9, 7)).astype(np.float32)
    by_class = planes.transpose(1, 2, 0)
    by_pixel = np.ascontiguousarray(by_class)
    np.testing.assert_array_equal(likeliest(by_class, 9, 7), planes.argmax(axis=0))
    np.testing.assert_array_equal(likeliest(by_pixel, 40, 33), likeliest(by_class, 40, 33))


def test_outlines_lie_on_both_sides_of_a_border() -> None:
    labels = np.zeros((4, 6), np.uint8)
    labels[:, 3:] = 2
    expected = np.full((4, 6), 255, np.uint8)
    expected[:, 2], expected[:, 3] = 0, 2
    np.testing.assert_array_equal(outlines(labels), expected)


def test_the_second_run_does_not_load_again(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Segment("unet", picture(), weights=weights, device="cpu")
    segment(request, context())

    def refuse(*unused: object) -> None:
        raise AssertionError("loaded again")

    monkeypatch.setattr(MODELS, "build", refuse)
    segment(request, context())


def test_a_cancelled_run_stops_between_two_layers(weights: Path) -> None:
    asked = context()
    asked.cancel()
    with pytest.raises(TaskCancelled):
        segment(Segment("unet", picture(), weights=weights, device="cpu"), asked)


def test_a_model_of_another_task_is_refused() -> None:
    with pytest.raises(ConfigError, match="representation, not for segmentation"):
        segment(Segment("vae", picture(), device="cpu"), context())


def test_more_probabilities_than_memory_should_hold_are_refused(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segmentation, "_MOST_VALUES", 1000)
    full = SegmentationConfig(size="full")
    with pytest.raises(PictureError, match="choose the size `trained`"):
        segment(Segment("unet", picture(), full, weights, "cpu"), context())


def test_the_map_of_a_class_leaves_out_what_is_below_the_threshold() -> None:
    labels = np.zeros((4, 5), np.uint8)
    labels[0] = 1
    found = draw_map(DrawMap(result_of(labels), "probability", 1, 0.5))
    assert np.isnan(found.values[1:]).all()
    assert found.values[0].tolist() == [1.0] * 5
    assert (found.share, found.mean) == (0.25, 0.25)


def test_entropy_is_nothing_where_sure_and_log_2_of_the_classes_where_not() -> None:
    probabilities = np.array([[[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]]], np.float16)
    np.testing.assert_allclose(entropy_bits(probabilities), [[0.0, 2.0]], atol=1e-3)


def test_entropy_equals_torchs() -> None:
    logits = torch.randn(5, 6, 7, generator=torch.Generator().manual_seed(0))
    nats = torch.distributions.Categorical(logits=logits).entropy()
    found = entropy_bits(logits.softmax(-1).numpy())
    np.testing.assert_allclose(found, nats.numpy() / np.log(2), rtol=1e-4)


def test_a_card_that_names_other_classes_than_the_network_has_is_refused(tmp_path: Path) -> None:
    path = save_tiny_unet(tmp_path / "tiny.safetensors", CLASSES, (32, 40))
    tensors, facts = load_weights(path)
    card = json.loads(facts["card"]) | {"classes": list(CLASSES[:2])}
    save_weights(path, tensors, {"card": json.dumps(card)})
    with pytest.raises(WeightsError, match="its card names 2 classes and the network has 3"):
        open_segmenter("unet", path, "cpu")


def test_areas_are_shares_of_the_picture() -> None:
    labels = np.array([[0, 0, 2, 2], [0, 0, 0, 0]], np.uint8)
    assert areas(labels, CLASSES) == {"background": 0.75, "disc": 0.0, "square": 0.25}


def test_scores_equal_those_of_torchmetrics() -> None:
    from torchmetrics.functional.classification import (
        multiclass_accuracy,
        multiclass_jaccard_index,
    )

    random = np.random.default_rng(3)
    labels, truth = random.integers(0, 3, (2, 20, 30)).astype(np.uint8)
    truth[:4] = 255
    scores = score(ScoreSegmentation(result_of(labels), truth))
    pair = torch.from_numpy(labels).long(), torch.from_numpy(truth).long()
    known = {"num_classes": 3, "ignore_index": 255}
    iou = multiclass_jaccard_index(*pair, average="none", **known)
    assert list(scores.iou.values()) == pytest.approx(iou.tolist())
    assert scores.mean_iou == pytest.approx(iou.mean().item())
    micro = multiclass_accuracy(*pair, average="micro", **known)
    assert scores.pixel_accuracy == pytest.approx(micro.item())
    macro = multiclass_accuracy(*pair, average="macro", **known)
    assert scores.mean_accuracy == pytest.approx(macro.item())
    assert scores.compared == pytest.approx(0.8)


def test_outside_drawn_shapes_an_answer_counts_against_the_score_over_the_whole_picture() -> None:
    labels = np.array([[1, 1, 1, 1, 2, 0]], np.uint8)
    drawn = np.array([[1, 1, 255, 255, 2, 255]], np.uint8)
    scores = score(ScoreSegmentation(result_of(labels), drawn))
    assert scores.mean_iou == 1.0
    assert scores.mean_iou_everywhere == pytest.approx((2 / 4 + 1) / 2)
    whole = score(ScoreSegmentation(result_of(labels), labels))
    assert whole.mean_iou_everywhere == whole.mean_iou == 1.0


def test_the_confusion_says_what_was_taken_for_what() -> None:
    labels = np.array([[0, 1, 2, 2]], np.uint8)
    truth = np.array([[0, 1, 1, 255]], np.uint8)
    confusion = score(ScoreSegmentation(result_of(labels), truth)).confusion
    assert confusion.tolist() == [[1 / 3, 0, 0], [0, 1 / 3, 1 / 3], [0, 0, 0]]


def test_errors_are_marked_where_something_counts() -> None:
    labels = np.array([[0, 1, 2]], np.uint8)
    truth = np.array([[0, 2, 255]], np.uint8)
    assert score(ScoreSegmentation(result_of(labels), truth)).errors.tolist() == [[0, 1, 255]]


def test_a_mask_of_another_size_or_of_other_classes_is_refused() -> None:
    result = result_of(np.zeros((3, 4)))
    with pytest.raises(ConfigError, match="the mask has 4 x 2 px, the picture 4 x 3"):
        score(ScoreSegmentation(result, np.zeros((2, 4), np.uint8)))
    with pytest.raises(ConfigError, match="holds class 7"):
        score(ScoreSegmentation(result, np.full((3, 4), 7, np.uint8)))


def test_the_overlay_leaves_hidden_classes_as_they_were() -> None:
    pixels = picture(6, 8)
    labels = np.zeros((6, 8), np.uint8)
    labels[:, 4:] = 1
    drawn = overlay(pixels, result_of(labels), 0.5, hidden=("background",))
    np.testing.assert_array_equal(drawn[:, :4], pixels[:, :4])
    assert (drawn[:, 4:] != pixels[:, 4:]).any()


def test_saved_masks_hold_the_classes_of_the_pixels(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 3, (6, 8))
    request = SaveSegmentation(result_of(labels), picture(6, 8), tmp_path / "new", "street")
    masks, over = save_segmentation(request)
    assert (masks.name, over.name) == ("street-classes.png", "street-overlay.png")
    with Image.open(masks) as image:
        np.testing.assert_array_equal(np.array(image), labels)
        # Whoever looks at it sees the colours that the window shows, and reads what they are.
        shown = np.array(image.convert("RGB"))
    classes = result_of(labels).classes
    assert masks.with_suffix(".txt").read_text().splitlines() == list(classes)
    for index, name in enumerate(classes):
        assert {tuple(colour) for colour in shown[labels == index].tolist()} == {class_rgb(name)}


def test_results_of_a_picture_with_a_name_as_long_as_it_may_be_are_saved(tmp_path: Path) -> None:
    request = SaveSegmentation(
        result_of(np.zeros((6, 8), np.int64)), picture(6, 8), tmp_path, "写" * 83
    )
    assert all(path.is_file() for path in save_segmentation(request))


def test_a_folder_is_segmented_and_a_bad_picture_costs_only_itself(
    weights: Path, tmp_path: Path
) -> None:
    source, target = tmp_path / "pictures", tmp_path / "found"
    for name in ("a.png", "b.png", "a.jpg"):
        save_picture(source / name, picture())
    (source / "c.png").write_bytes(b"no picture")
    stages: list[float] = []
    watching = TaskContext(lambda p: stages.append(p.fraction or 0.0), interval_s=0.0)
    report = segment_folder(
        SegmentFolder(source, target, "unet", weights=weights, device="cpu"), watching
    )
    assert [each.file.name for each in report.pictures] == ["a.jpg", "a.png", "b.png"]
    assert len(report.problems) == 1
    assert "c.png" in report.problems[0]
    assert len(list(target.glob("*-classes.png"))) == 3
    assert (target / "segmentation.json").is_file()
    assert stages == sorted(stages)


def test_a_network_that_answers_no_numbers_is_refused_and_not_called_background(
    weights: Path,
) -> None:
    segmenter = open_segmenter("unet", weights, "cpu")

    class Diverged(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> UnetOutput:
            logits = torch.zeros(len(images), len(segmenter.classes), *images.shape[-2:])
            logits[:, 0, 2, 3] = float("nan")
            return UnetOutput(logits)

    broken = replace(segmenter, network=Diverged())
    with pytest.raises(WeightsError, match="answers with what is no number"):
        segmentation.segment_with(broken, picture(), SegmentationConfig(), context())


@pytest.mark.parametrize(("device", "passes"), [("cpu", 0), ("cuda", 1), ("mps", 1)])
def test_the_first_pass_on_an_accelerator_belongs_to_the_loading(
    device: str, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Size] = []
    monkeypatch.setattr(
        segmenters.Segmenter, "probabilities", lambda _, images: seen.append(images.shape)
    )
    trained = SimpleNamespace(name="weights", about={}, classes=("a", "b", "c"), side=None)
    model = Unet(UnetConfig(**SMALL))  # type: ignore[arg-type]
    card = MODELS.card("unet")
    place = torch.device(device)
    loaded: Any = SimpleNamespace(model=model, device=place, card=card, trained=trained)
    segmenters._as_segmenter(loaded)
    assert len(seen) == passes
