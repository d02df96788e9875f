"""Batch normalisation by the batch of all processes together, on any processor.

Each process of a run sees a part of the batch; normalised by that part alone, two processes would
train another network than one. torch's own SyncBatchNorm works on GPUs only.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.autograd import Function
from torch.nn.modules.batchnorm import _BatchNorm


class _SumOverProcesses(Function):
    """A sum whose gradient is the sum of the gradients: what each process gives reaches all."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        return total


class SynchronisedBatchNorm(_BatchNorm):
    """Takes the place of any batch normalisation whose inputs are (B, C, …)."""

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002  torch's name
        """Take what has a batch and channels."""
        if input.ndim < 2:
            raise ValueError(f"inputs of {input.ndim} dimensions: (B, C, ...) are needed")

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  torch's name
        """Normalise by mean and variance over all processes; as ever in evaluation mode."""
        if not self.training or not dist.is_initialized():
            return super().forward(input)
        axes = [axis for axis in range(input.ndim) if axis != 1]
        shape = [1, -1, *[1] * (input.ndim - 2)]
        count = torch.tensor(float(input.numel() // input.shape[1]), device=input.device)
        dist.all_reduce(count)
        values = input.float() if input.dtype != torch.float64 else input
        mean = _total(values.sum(dim=axes)) / count
        centred = values - mean.view(shape)
        variance = _total(centred.square().sum(dim=axes)) / count
        self._remember(mean, variance, count)
        scaled = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            scaled = scaled * self.weight.view(shape) + self.bias.view(shape)
        answer: Tensor = scaled.to(input.dtype)
        return answer

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Move the running averages, as torch does: the variance without bias."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        share = self.momentum
        if share is None:
            share = 1 / float(self.num_batches_tracked)
        unbiased = variance * count / (count - 1).clamp(min=1)
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        self.running_var.lerp_(unbiased.to(self.running_var), share)


def synchronise_batch_norms(module: nn.Module) -> None:
    """Make every batch normalisation of a module one over all processes; names and values stay."""
    for part in module.modules():
        if isinstance(part, _BatchNorm):
            part.__class__ = SynchronisedBatchNorm


def _total(values: Tensor) -> Tensor:
    total: Tensor = _SumOverProcesses.apply(values)
    return total
