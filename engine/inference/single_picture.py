"""One picture of one code, as fast as a slider wants it.

Two things cost more than the arithmetic of a 28 x 28 decoder. oneDNN, which takes single precision,
brings small arrays into a layout of its own: in double precision the plain kernels need half the
time. And every operation called from Python gives the interpreter lock away and waits for it,
beside a training for milliseconds: recorded once and replayed as a whole, they take it once.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Decode = Callable[..., Tensor]

_SMALL_PARAMETERS = 3_000_000
_WARM_UP_CALLS = 3


class _Decoder(nn.Module):
    """`decode` to pixels as `forward`, which is what can be recorded."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, latents: Tensor, *labels: Tensor) -> Tensor:
        images: Tensor = self.model.decode(latents, *labels)
        pixels: Tensor = (images.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1)
        return pixels.contiguous()


def single_decoder(model: Any) -> Decode | None:
    """Return a function of latents (1, Z) float64, and of labels (1,) where the model takes them.

    It answers pixels (1, S, S, C) uint8. None where the model is large, does not sit on the CPU,
    or cannot be recorded faithfully: then the model itself has to do.
    """
    parameters = [*model.parameters(), *model.buffers()]
    if sum(p.numel() for p in parameters) > _SMALL_PARAMETERS or parameters[0].device.type != "cpu":
        return None
    # In the plain layout: channels-last is for the wide convolutions of whole batches.
    exact = copy.deepcopy(model).double().to(memory_format=torch.contiguous_format)
    decoder = _Decoder(exact).eval()
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(1, model.latent_dimensions, generator=generator).double()
    labels = (torch.zeros(1, dtype=torch.int64),) if model.label_count else ()
    try:
        recorded = _recorded(decoder, (latents, *labels))
        with torch.no_grad():
            other = latents.flip(1) * 0.5
            is_faithful = torch.equal(recorded(other, *labels), decoder(other, *labels))
    except RuntimeError:
        return None
    return recorded if is_faithful else None


def _recorded(decoder: _Decoder, example: tuple[Tensor, ...]) -> Decode:
    with warnings.catch_warnings(), torch.no_grad():
        # torch recommends its compiler in place of recording; that takes half a minute a model.
        warnings.simplefilter("ignore")
        trace: Any = torch.jit.trace
        recorded: Any = torch.jit.freeze(trace(decoder, example, check_trace=False))
        for _ in range(_WARM_UP_CALLS):  # the first calls still look for a plan
            recorded(*example)
    answer: Decode = recorded
    return answer
