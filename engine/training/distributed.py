"""One run over several processes, as torchrun starts them; with one process all of it is nothing.

torchrun tells each process its rank by environment variables. Gradients are averaged by
DistributedDataParallel (gloo on CPU, nccl on GPU); decisions travel over gloo.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from engine.api.errors import DeviceError
from engine.layers.synchronised_batch_norm import synchronise_batch_norms


class Group:
    """The processes of a run.

    Attributes:
        rank: of this process; 0 is the one that writes.
        ranks: how many processes there are.
    """

    def __init__(self) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.ranks = int(os.environ.get("WORLD_SIZE", "1"))
        self.local_rank = int(os.environ.get("LOCAL_RANK", "0"))
        self._restarts = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
        self._wrapped: list[DistributedDataParallel] = []
        self._decisions: Any = None
        self._device = torch.device("cpu")

    @property
    def is_restarted(self) -> bool:
        """Whether torchrun has started the processes again after one died."""
        return self._restarts > 0

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def choose_device(self, wanted: torch.device) -> torch.device:
        """Return this process's own GPU where the run uses GPUs."""
        if self.ranks == 1 or wanted.type != "cuda":
            return wanted
        if self.local_rank >= torch.cuda.device_count():
            raise DeviceError(
                f"process {self.local_rank} finds {torch.cuda.device_count()} GPUs here; "
                "start no more processes a machine than it has GPUs (--nproc-per-node)"
            )
        return torch.device("cuda", self.local_rank)

    @contextmanager
    def joined(self, device: torch.device) -> Iterator[None]:
        """Meet the other processes, and part at the end."""
        self._device = device
        if self.ranks == 1:
            yield
            return
        if device.type == "cuda":
            torch.cuda.set_device(device)
        backend = "nccl" if device.type == "cuda" else "gloo"
        # torchrun keeps one store over restarts; without a prefix for each, processes would find
        # the addresses of dead ones in it.
        store = PrefixStore(f"restart-{self._restarts}", next(rendezvous("env://"))[0])
        dist.init_process_group(backend, store=store, rank=self.rank, world_size=self.ranks)
        try:
            self._decisions = dist.new_group(backend="gloo")
            yield
        finally:
            self._wrapped.clear()
            dist.destroy_process_group()

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """The first process does the block before the others do, so that they find its files."""
        if not self.is_first:
            self.agreed(0)
        yield
        if self.is_first:
            self.agreed(0)

    def wrap(self, module: nn.Module) -> nn.Module:
        """Return a module whose gradients are the mean over processes."""
        if self.ranks == 1:
            return module
        # Else each process would normalise by its own part of the batch.
        synchronise_batch_norms(module)
        ids = [self._device.index] if self._device.type == "cuda" else None
        wrapped = DistributedDataParallel(module, device_ids=ids)
        self._wrapped.append(wrapped)
        return wrapped

    @contextmanager
    def gradients_kept_apart(self, apart: bool) -> Iterator[None]:
        """While the parts of a batch add up, gradients need not travel; with the last they do."""
        with ExitStack() as stack:
            if apart:
                for module in self._wrapped:
                    stack.enter_context(module.no_sync())
            yield

    def total(self, tensor: Tensor) -> Tensor:
        """Sum a tensor on the CPU over processes."""
        if self.ranks > 1:
            tensor = tensor.clone()
            dist.all_reduce(tensor, group=self._decisions)
        return tensor

    def mean(self, values: list[float]) -> list[float]:
        """Return the means over processes."""
        if self.ranks == 1:
            return values
        return (self.total(torch.tensor(values, dtype=torch.float64)) / self.ranks).tolist()

    def agreed(self, decision: int) -> int:
        """Return the highest decision of all processes."""
        if self.ranks == 1:
            return decision
        tensor = torch.tensor([decision])
        dist.all_reduce(tensor, op=dist.ReduceOp.MAX, group=self._decisions)
        return int(tensor)

    def gathered(self, value: Any) -> list[Any]:
        """Return every process's value on the first process, in order of rank; [] elsewhere."""
        if self.ranks == 1:
            return [value]
        values: list[Any] | None = [None] * self.ranks if self.is_first else None
        dist.gather_object(value, values, dst=0, group=self._decisions)
        return values or []
