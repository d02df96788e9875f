"""Runtimes of small networks: equal to eager, checked, chosen by time, remembered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.api.errors import TaskCancelled
from engine.core.devices import thread_share
from engine.inference.runtimes import onnx_runtime
from engine.inference.runtimes.choosing import Trying, fastest
from engine.inference.runtimes.comparison import largest_difference
from engine.inference.runtimes.onnx_runtime import ONNX
from engine.inference.runtimes.remembered import choices_folder, digest_of
from engine.inference.runtimes.runtime import Runner, Runtime
from engine.inference.runtimes.torch_runtimes import CHANNELS_LAST, COMPILED, EAGER, HALF
from engine.models.segmentation.deeplabv3plus import Deeplabv3plus, Deeplabv3plusConfig
from engine.models.segmentation.fcn import Fcn8s, FcnConfig
from engine.models.segmentation.segnet import Segnet, SegnetConfig
from engine.models.segmentation.unet import Unet, UnetConfig
from tests.engine.inference.pretended_runtimes import (
    CPU,
    Clock,
    context,
    network,
    picture,
    pretended,
)

SEGMENTERS: dict[str, Callable[[], nn.Module]] = {
    "unet": lambda: Unet(UnetConfig(classes=3, base_channels=4, depth=1)),
    "segnet": lambda: Segnet(SegnetConfig(classes=3, base_channels=4, depth=1)),
    "fcn8s": lambda: Fcn8s(FcnConfig(classes=3, base_channels=4, hidden_channels=16)),
    "deeplabv3plus": lambda: Deeplabv3plus(Deeplabv3plusConfig(classes=3, base_channels=8)),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks on a busy machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def choose(*runtimes: Runtime, clock: Clock | None = None) -> Runner:
    trying = Trying(runtimes, clock=clock or Clock())
    return fastest(network(), (picture(),), CPU, context(), "two-answers", trying)


@pytest.mark.parametrize("runtime", [ONNX, CHANNELS_LAST], ids=lambda each: each.card.key)
@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_segmenter_answers_by_every_runtime_as_by_torch(name: str, runtime: Runtime) -> None:
    torch.manual_seed(0)
    model = SEGMENTERS[name]().eval()
    images = picture(40, 56)
    with torch.no_grad():
        expected = model(images)
        answer = runtime.build(model, (images,))(images)
    assert type(answer) is type(expected)
    torch.testing.assert_close(answer.logits, expected.logits, rtol=1e-3, atol=1e-4)


def test_pictures_of_the_same_size_run_by_the_graph_and_others_by_torch() -> None:
    clock = Clock()
    model = network()
    trying = Trying((pretended("eager", clock, 1.0), ONNX), clock=clock)
    runner = fastest(model, (picture(),), CPU, context(), trying=trying)
    assert runner.report.choice.card is ONNX.card
    before_s = clock.now_s
    for size in ((24, 32), (24, 33), (48, 64)):
        images = picture(*size)
        torch.testing.assert_close(runner(images), model(images))
    assert clock.now_s == before_s  # the pretended runtime was not asked


def test_the_fastest_sound_runtime_is_chosen() -> None:
    clock = Clock()
    runner = choose(
        pretended("eager", clock, 0.03),
        pretended("slow", clock, 0.05),
        pretended("fast", clock, 0.01),
        clock=clock,
    )
    report = runner.report
    assert report.choice.card.key == "fast"
    assert [trial.milliseconds for trial in report.trials] == pytest.approx([30, 50, 10])
    assert report.speed_up == pytest.approx(3)
    assert (report.model, report.device) == ("two-answers", "cpu")


def test_a_gain_that_may_be_noise_leaves_torch_as_it_is() -> None:
    clock = Clock()
    runner = choose(pretended("eager", clock, 0.100), pretended("x", clock, 0.098), clock=clock)
    assert runner.report.choice.card.key == "eager"
    assert "faster" in runner.report.choice.note


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda found: found._replace(logits=found.logits * 1.01), 0.01),
        (lambda found: found._replace(logits=found.logits[:, :2]), math.inf),
        (lambda found: found._replace(logits=found.logits * torch.nan), math.inf),
        (lambda found: found._replace(places=found.places + 1), math.inf),
        (lambda found: tuple(found), math.inf),
    ],
    ids=["values", "shape", "no numbers", "whole numbers", "structure"],
)
def test_a_fast_runtime_with_wrong_answers_is_refused(
    change: Callable[[Any], Any], difference: float
) -> None:
    clock = Clock()
    runner = choose(
        pretended("eager", clock, 0.1), pretended("wrong", clock, 0.001, change), clock=clock
    )
    wrong = runner.report.trials[1]
    assert runner.report.choice.card.key == "eager"
    assert wrong.difference == pytest.approx(difference, rel=1e-3)
    assert "differs" in wrong.note
    assert wrong.milliseconds is None
    torch.testing.assert_close(runner(picture()), network()(picture()))


class Unexportable(nn.Module):
    """Looks at its numbers through NumPy, which the exporter cannot follow."""

    def forward(self, images: Tensor) -> Tensor:
        if torch.jit.is_tracing():
            raise NotImplementedError("not as a graph\nsecond line")
        return images * 2


def test_a_network_that_does_not_convert_runs_by_torch_and_says_so() -> None:
    runner = fastest(
        Unexportable().eval(), (picture(),), CPU, context(), trying=Trying((EAGER, ONNX))
    )
    report = runner.report
    assert report.choice.card is EAGER.card
    assert report.trials[1].note == "does not take this network: not as a graph"
    assert "not as a graph" in report.choice.note
    torch.testing.assert_close(runner(picture()), picture() * 2)


def test_inputs_that_are_not_tensors_run_by_torch() -> None:
    class Scaled(nn.Module):
        def forward(self, images: Tensor, factor: float) -> Tensor:
            return images * factor

    trying = Trying((EAGER, ONNX))
    runner = fastest(Scaled().eval(), (picture(), 3.0), CPU, context(), trying=trying)
    assert "takes more than tensors" in runner.report.choice.note
    torch.testing.assert_close(runner(picture(), 3.0), picture() * 3)


def test_failures_of_onnx_runtime_are_runtime_errors() -> None:
    with pytest.raises(RuntimeError), onnx_runtime._as_runtime_error():
        onnx_runtime._session(b"no graph", 1)


def test_half_precision_waits_for_cuda_and_the_compiler_for_patience() -> None:
    clock = Clock()
    runner = choose(EAGER, HALF, COMPILED, clock=clock)
    assert [trial.milliseconds is None for trial in runner.report.trials] == [False, True, True]
    assert "CUDA" in runner.report.trials[1].note
    assert "not tried" in runner.report.trials[2].note


def test_a_choice_is_remembered_and_only_checked_at_the_next_start() -> None:
    clock = Clock()
    runtimes = (pretended("eager", clock, 0.03), pretended("fast", clock, 0.01))
    first = choose(*runtimes, clock=clock)
    begun_s = clock.now_s
    second = choose(*runtimes, clock=clock)
    assert clock.now_s - begun_s == pytest.approx(0.01)  # one call, to compare its answers
    assert second.report.choice.is_remembered
    assert not first.report.choice.is_remembered
    assert second.report.choice.card == first.report.choice.card
    assert second.report.trials == first.report.trials


def test_a_remembered_runtime_that_answers_wrong_now_is_measured_anew() -> None:
    clock = Clock()
    eager = pretended("eager", clock, 0.03)
    choose(eager, pretended("fast", clock, 0.01), clock=clock)
    wrong = pretended("fast", clock, 0.01, lambda found: found._replace(logits=found.logits + 1))
    runner = choose(eager, wrong, clock=clock)
    assert runner.report.choice.card.key == "eager"
    assert not runner.report.choice.is_remembered


def test_other_weights_sizes_and_threads_are_measured_for_themselves() -> None:
    trying = Trying((EAGER,))

    def files(model: nn.Module, images: Tensor) -> int:
        fastest(model, (images,), CPU, context(), trying=trying)
        return len(list(choices_folder().glob("*.json")))

    assert files(network(), picture()) == 1
    assert files(network(), picture()) == 1
    assert files(network(), picture(16, 16)) == 2
    assert files(network(seed=1), picture()) == 3
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert files(network(), picture()) == 4
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"key": "eager"}', b'{"key": 1}'])
def test_a_damaged_memory_is_measured_anew(content: bytes) -> None:
    choose(EAGER)
    (file,) = choices_folder().glob("*.json")
    file.write_bytes(content)
    assert not choose(EAGER).report.choice.is_remembered
    assert choose(EAGER).report.choice.is_remembered


def test_a_cache_that_cannot_be_written_costs_only_the_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "in-the-way").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "in-the-way"))
    assert choose(EAGER).report.choice.card is EAGER.card


def test_the_digest_tells_weights_and_layers_apart() -> None:
    first, same = network(), network()
    dilated = network()
    dilated.layer.dilation = (2, 2)  # type: ignore[union-attr, assignment]
    assert digest_of([first]) == digest_of([same])
    assert len({digest_of([each]) for each in (first, dilated, network(seed=1))}) == 3


def test_a_cancel_is_noticed_between_two_runtimes() -> None:
    asked = context()

    def cancel(found: Any) -> Any:
        asked.cancel()
        return found

    trying = Trying((EAGER, pretended("cancels", Clock(), 0.1, cancel), ONNX))
    with pytest.raises(TaskCancelled):
        fastest(network(), (picture(),), CPU, asked, trying=trying)


def test_sessions_have_as_many_threads_as_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = onnx_runtime._session

    def noted(graph: bytes, threads: int) -> Any:
        made.append(threads)
        return make(graph, threads)

    monkeypatch.setattr(onnx_runtime, "_session", noted)
    with thread_share() as share:
        model = network()
        call = ONNX.build(model, (picture(),))
        call(picture())
        torch.set_num_threads(share + 1)
        call(picture())
        torch.set_num_threads(share)
        torch.testing.assert_close(call(picture()), model(picture()))
    assert made == [share, share + 1]


def test_the_difference_is_a_part_of_the_largest_value_expected() -> None:
    expected = {"a": torch.tensor([1.0, -4.0]), "b": [torch.tensor([0.0, 0.0])]}
    assert largest_difference(expected, expected) == 0
    assert largest_difference({**expected, "a": torch.tensor([1.0, -3.0])}, expected) == 0.25
    assert largest_difference({**expected, "b": [torch.tensor([0.0, 0.1])]}, expected) > 0.09
    endless = torch.tensor([1.0, -math.inf, math.nan])
    assert largest_difference(endless, endless) == 0
    assert largest_difference(torch.tensor([1.0, -9.0, math.nan]), endless) == math.inf
    assert largest_difference(torch.tensor([]), torch.tensor([])) == 0
