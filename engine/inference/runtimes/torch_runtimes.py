"""Runtimes that are torch itself: eager, another memory layout, half precision, its compiler."""

from __future__ import annotations

import copy
import importlib.util
import os
import shutil
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.runtimes import RuntimeCard
from engine.inference.runtimes.runtime import Call, Runtime, on_tensors

SINGLE_TOLERANCE = 1e-3
"""For sums in another order; 3e-4 was seen over whole detectors."""
HALF_TOLERANCE = 1e-2
"""float16 has 11 significant bits, and deep networks round many times."""
_COMPILERS = ("g++", "clang++", "c++", "cl")


def _none(device: torch.device) -> str:
    return ""


def _itself(network: nn.Module, inputs: tuple[Any, ...]) -> Call:
    return lambda *values: network(*values)


def _channels_last(network: nn.Module, inputs: tuple[Any, ...]) -> Call:
    # A copy: other threads may be running the network.
    copied: nn.Module = copy.deepcopy(network).to(memory_format=torch.channels_last)
    return lambda *values: copied(*on_tensors(_laid_out, values))


def _laid_out(tensor: Tensor) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _half(network: nn.Module, inputs: tuple[Any, ...]) -> Call:
    copied: nn.Module = copy.deepcopy(network).half().to(memory_format=torch.channels_last)

    def call(*values: Any) -> Any:
        halves = on_tensors(lambda each: _laid_out(_as(each, torch.float16)), values)
        return on_tensors(lambda each: _as(each, torch.float32), copied(*halves))

    return call


def _as(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def _half_hindrance(device: torch.device) -> str:
    return "" if device.type == "cuda" else "half precision pays on CUDA devices only"


def _compiled(network: nn.Module, inputs: tuple[Any, ...]) -> Call:
    copied = copy.deepcopy(network)
    for part in copied.modules():
        # Asking for a cancel between two layers would break the program into as many pieces.
        part._forward_pre_hooks.clear()
    compiled: Any = torch.compile(copied, dynamic=False)
    compiled(*inputs)  # the first call compiles
    return lambda *values: compiled(*values)


def _compiler_hindrance(device: torch.device) -> str:
    if device.type == "mps":
        return "the compiler is for CPU and CUDA"
    if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *_COMPILERS) if name):
        return "there is no C++ compiler"
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        return "triton is not installed"
    return ""


EAGER = Runtime(
    RuntimeCard("eager", "torch", "Layer by layer, as the network is written."),
    _none,
    _itself,
    tolerance=0.0,
    wait_s=0.0,
    is_any_size=True,
)
CHANNELS_LAST = Runtime(
    RuntimeCard(
        "channels-last", "torch, channels last", "The numbers of one pixel lie beside each other."
    ),
    _none,
    _channels_last,
    SINGLE_TOLERANCE,
    wait_s=1.0,
    is_any_size=True,
)
HALF = Runtime(
    RuntimeCard(
        "half", "torch, half precision", "16 bits a number, and the channels of a pixel together."
    ),
    _half_hindrance,
    _half,
    HALF_TOLERANCE,
    wait_s=1.0,
    is_any_size=True,
)
# 14 to 58 s with cold caches, and once more whenever the number of threads changes.
COMPILED = Runtime(
    RuntimeCard("compiled", "torch, compiled", "A program made for this very network and size."),
    _compiler_hindrance,
    _compiled,
    SINGLE_TOLERANCE,
    wait_s=60.0,
)
