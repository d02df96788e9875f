"""Every branch against the modules it was taken from, and its reach against its rate."""

import numpy as np
import pytest
import torch

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, ImageTile, Tiles, Trace
from engine.traces.aspp import branches
from engine.traces.aspp.branches import Aspp, AsppConfig, answer
from engine.traces.building import build_trace
from engine.traces.deeplabv3plus import DeeplabSteps
from engine.traces.segmentation_pictures import scene_classes
from engine.traces.small_models import Learned, fresh

CONTEXT = TaskContext(lambda _: None)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return fresh("deeplabv3plus", DeeplabSteps.small_config(len(scene_classes())), 0).eval()


@pytest.fixture(autouse=True)
def _use_it(network: torch.nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Learned(network, "an untrained network", classes=scene_classes())
    monkeypatch.setattr(branches, "segmenter", lambda *_: made)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)


@pytest.fixture
def aspp(pixels: np.ndarray) -> Aspp:
    return Aspp(BuildTrace("aspp", AsppConfig(across=0.5, down=0.5), pixels), CONTEXT)


def built(config: AsppConfig, pixels: np.ndarray | None = None) -> Trace:
    return build_trace(BuildTrace("aspp", config, pixels), CONTEXT)


def test_the_branches_are_those_of_the_network(
    network: torch.nn.Module, aspp: Aspp, pixels: np.ndarray
) -> None:
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        _, deep = network.backbone(images)
        np.testing.assert_allclose(aspp.features, deep[0].numpy(), atol=1e-5)
        for branch, module in zip(aspp.branches, network.aspp.branches, strict=False):
            np.testing.assert_allclose(branch.maps, module(deep.clone())[0].numpy(), atol=1e-5)
        joined = network.aspp(deep.clone())[0].numpy()
    np.testing.assert_allclose(aspp.joined, joined, atol=1e-5)
    mean = aspp.branches[-1].maps
    np.testing.assert_array_equal(mean, np.broadcast_to(mean[:, :1, :1], mean.shape))


def test_all_branches_together_answer_as_the_network_does(
    network: torch.nn.Module, pixels: np.ndarray
) -> None:
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        low, deep = network.backbone(images)
        module = network.aspp
        scales = [branch(deep.clone()) for branch in module.branches]
        whole = module.image_pooling(deep.mean(dim=(2, 3), keepdim=True))
        scales.append(whole.expand(-1, -1, *deep.shape[-2:]))
        found = answer(network, scales, low, (240, 320))
        torch.testing.assert_close(found, network(images).logits)


def test_a_branch_sees_what_its_rate_says_by_the_gradient(aspp: Aspp) -> None:
    assert aspp.grid == (15, 20)
    row, column = aspp.place
    assert [branch.rate for branch in aspp.branches] == [0, 1, 2, 4, -1]
    for branch in aspp.branches[:-1]:
        steps = sorted({-branch.rate, 0, branch.rate})
        expected = np.zeros((15, 20), bool)
        for down in steps:
            for right in steps:
                expected[row + down, column + right] = True
        np.testing.assert_array_equal(branch.taps, expected)
        assert branch.reach == 2 * branch.rate + 1
    assert aspp.branches[-1].taps.all()


def test_the_field_in_the_picture_is_where_a_change_is_noticed(
    network: torch.nn.Module, aspp: Aspp, pixels: np.ndarray
) -> None:
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    row, column = aspp.place
    first = aspp.branches[0]
    assert first.field.max() == 1
    assert first.field_px[0] < 320
    with torch.no_grad():
        before = network.backbone(images)[1][0, :, row, column]
        changed = images.clone()
        half = first.field_px[0] // 2 + aspp.stride
        changed[..., : max(0, column * aspp.stride - half)] = 0.5
        after = network.backbone(changed)[1][0, :, row, column]
    torch.testing.assert_close(before, after)


def test_far_branches_see_further() -> None:
    result = built(AsppConfig(across=0.5, down=0.5)).result
    assert result["radii_px"][0] < result["radii_px"][3] < result["radii_px"][4]
    assert result["taps"][:4] == [1, 9, 9, 9]
    assert result["receptive_fields_px"][4] == [320, 240]


def test_taps_beyond_the_border_are_not_counted() -> None:
    trace = built(AsppConfig(across=0.0, down=0.0))
    assert trace.result["taps"] == [1, 4, 4, 4, 300]
    step = next(step for step in trace if step.title.startswith("Branch 2"))
    assert "4 places of the grid move its answer, and 5 of 9 lie beyond the border" in step.text


def test_every_branch_has_its_step_with_the_picture_under_its_taps() -> None:
    steps = [step for step in built(AsppConfig()) if step.title.startswith("Branch")]
    assert [step.title for step in steps] == [
        "Branch 1: 1 x 1",
        "Branch 2: rate 1",
        "Branch 3: rate 2",
        "Branch 4: rate 4",
        "Branch 5: the mean of all",
    ]
    assert steps[3].formula == r"2\,r+1=2\cdot4+1=9"
    shown = next(mark for mark in steps[3].marks if isinstance(mark, Tiles))
    assert any(isinstance(tile, ImageTile) and tile.marks for tile in shown)


def test_the_topic_says_which_weights_it_was_made_with() -> None:
    assert built(AsppConfig()).result["weights"] == "an untrained network"
