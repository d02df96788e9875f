"""What hooks caught against the same modules run by hand."""

import pytest
import torch

from engine.api.errors import TaskCancelled
from engine.api.tasks import TaskContext
from engine.traces.network_stages.recording import changed_answer, record
from tests.engine.traces.network_stages.parts import CONTEXT, images_of, picture, untrained

IMAGES = images_of(picture(48, 64))


def test_what_enters_and_leaves_is_what_the_modules_give_by_hand() -> None:
    network = untrained("unet")
    recording = record(network, IMAGES, ["down.1", "up.0"], ["down.0", "down.1"], CONTEXT)
    with torch.no_grad():
        first = network.down[0](IMAGES)
        pooled = torch.nn.MaxPool2d(2)(first)
        second = network.down[1](pooled)
        logits = network(IMAGES).logits
    assert torch.equal(recording.outputs["down.0"], first[0])
    assert torch.equal(recording.inputs["down.1"], pooled[0])
    assert torch.equal(recording.outputs["down.1"], second[0])
    assert torch.equal(recording.logits, logits[0])
    assert torch.equal(recording.inputs["up.0"][:8], first[0])


def test_rectifiers_that_work_in_place_do_not_reach_a_recording() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.ReLU(inplace=True))
    answer = torch.nn.Sequential(network)
    answer.forward = lambda images: type("Output", (), {"logits": network(images)})  # type: ignore[method-assign]
    recording = record(answer, IMAGES, [], ["0.0"], CONTEXT)
    assert (recording.outputs["0.0"] < 0).any()
    assert torch.equal(recording.outputs["0.0"].clamp(min=0), recording.logits)


def test_no_hook_stays_behind() -> None:
    network = untrained("fcn")
    record(network, IMAGES, ["score"], ["score"], CONTEXT)
    changed_answer(network, IMAGES, "score", torch.zeros_like)
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in network.modules())


def test_a_recording_ends_between_two_modules_when_it_is_cancelled() -> None:
    network = untrained("fcn")
    context = TaskContext(lambda _: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        record(network, IMAGES, ["score"], [], context)
    assert not any(each._forward_pre_hooks for each in network.modules())


def test_an_answer_changes_only_by_what_is_changed() -> None:
    network = untrained("fcn")
    with torch.no_grad():
        expected = network(IMAGES).logits[0]
        network.score.weight.zero_()
        without = network(IMAGES).logits[0]
        network = untrained("fcn")
        bias = network.score.bias.clone()
    assert torch.equal(changed_answer(network, IMAGES, "score", lambda maps: maps), expected)
    assert torch.allclose(changed_answer(network, IMAGES, "score", torch.zeros_like), without)
    assert torch.equal(network.score.bias, bias)
