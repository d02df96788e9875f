"""Devices: listing, choosing, sharing, and running out of memory."""

from __future__ import annotations

import pytest
import torch

from engine.api.errors import DeviceError
from engine.core import devices
from engine.core.devices import list_devices, memory_guard, resolve, thread_share


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two accelerators, as far as torch would say."""
    properties = type("Properties", (), {"name": "Some GPU", "total_memory": 8_000_000_000})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: properties)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda index: 1000 * (index + 1))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)


def test_the_processor_is_always_there_and_last() -> None:
    cards = list_devices()
    assert cards[-1].key == "cpu"
    assert 0 < cards[-1].used_bytes < cards[-1].total_bytes


def test_accelerators_come_before_the_processor_with_their_memory(two_gpus: None) -> None:
    cards = list_devices()
    assert [card.key for card in cards[:2]] == ["cuda:0", "cuda:1"]
    assert cards[1].title == "Some GPU"
    assert (cards[1].total_bytes, cards[1].used_bytes) == (8_000_000_000, 2000)


def test_automatic_is_the_first_of_the_list(two_gpus: None) -> None:
    assert resolve("auto") == torch.device("cuda:0")
    assert resolve("cuda") == torch.device("cuda:0")
    assert resolve("cuda:1") == torch.device("cuda:1")
    assert resolve("cpu") == torch.device("cpu")


def test_an_absent_device_is_named_with_those_that_are_there(two_gpus: None) -> None:
    with pytest.raises(DeviceError, match=r"no device 'cuda:7' here; choose auto, cuda:0, cuda:1"):
        resolve("cuda:7")


def test_running_out_of_memory_becomes_a_device_error_with_the_cure(two_gpus: None) -> None:
    with (
        pytest.raises(DeviceError, match=r"cuda:1 \(8 GB\) is out of memory; use less"),
        memory_guard(torch.device("cuda:1"), "use less"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")


def test_the_processor_runs_out_of_memory_too() -> None:
    with pytest.raises(DeviceError, match="cpu"), memory_guard(torch.device("cpu"), "use less"):
        torch.empty(1 << 60, dtype=torch.uint8)


def test_another_failure_stays_what_it_is() -> None:
    with (
        pytest.raises(RuntimeError, match="size of tensor"),
        memory_guard(torch.device("cpu"), "use less"),
    ):
        torch.ones(2) + torch.ones(3)


def test_models_at_work_together_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(devices, "core_count", lambda: 4)
    try:
        with thread_share() as alone:
            assert torch.get_num_threads() == alone == 4
            with thread_share() as second:
                assert torch.get_num_threads() == second == 2
        with thread_share() as again:
            assert again == 4
    finally:
        torch.set_num_threads(before)
