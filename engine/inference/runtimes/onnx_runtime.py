"""ONNX Runtime: the network as one graph, simplified before it runs; for processors."""

from __future__ import annotations

import importlib.util
import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as tree

from engine.api.runtimes import RuntimeCard
from engine.inference.runtimes.runtime import Call, Runtime
from engine.inference.runtimes.torch_runtimes import SINGLE_TOLERANCE

_OPSET = 18
_KEPT_SESSIONS = 2  # numbers of threads: with other work beside, and without
_LIBRARIES = ("onnx", "onnxruntime")
_exporting = threading.Lock()  # the exporter keeps its state in globals


class _Flat(nn.Module):
    """A network that takes and answers tensors alone, in evaluation mode like the network."""

    def __init__(self, network: nn.Module, structure: Any) -> None:
        super().__init__()
        self.network = network
        self.structure = structure
        self.answer: Any = None
        self.eval()

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        answer = self.network(*tree.tree_unflatten(tensors, self.structure))
        leaves, self.answer = tree.tree_flatten(answer)
        return tuple(leaves)


class _Sessions:
    """A graph, ready for the numbers of threads that were asked for last.

    A session's number of threads cannot be changed.
    """

    def __init__(self, graph: bytes) -> None:
        self._graph = graph
        self._kept: dict[int, Any] = {}
        self._lock = threading.Lock()

    def of(self, threads: int) -> Any:
        """Return the session that works with so many threads, the caller's among them."""
        with self._lock:
            session = self._kept.pop(threads, None) or _session(self._graph, threads)
            self._kept[threads] = session
            while len(self._kept) > _KEPT_SESSIONS:
                self._kept.pop(next(iter(self._kept)))
            return session


def _build(network: nn.Module, inputs: tuple[Any, ...]) -> Call:
    leaves, structure = tree.tree_flatten(inputs)
    flat = _Flat(network, structure)
    graph, names = _exported(flat, leaves)
    sessions = _Sessions(graph)
    with _as_runtime_error():
        # The exporter leaves out inputs that nothing comes of.
        used = {each.name for each in sessions.of(torch.get_num_threads()).get_inputs()}

    def call(*values: Any) -> Any:
        tensors = tree.tree_flatten(values)[0]
        fed = {
            name: tensor.detach().contiguous().numpy()
            for name, tensor in zip(names, tensors, strict=True)
            if name in used
        }
        with _as_runtime_error():
            arrays = sessions.of(torch.get_num_threads()).run(None, fed)
        return tree.tree_unflatten([torch.from_numpy(array) for array in arrays], flat.answer)

    return call


def _exported(flat: _Flat, tensors: Sequence[Any]) -> tuple[bytes, list[str]]:
    """Return the graph as a file, and the names of its inputs.

    Raises:
        TypeError: inputs or outputs are not tensors alone.
    """
    if not all(isinstance(tensor, Tensor) for tensor in tensors):
        raise TypeError("takes more than tensors")
    with torch.no_grad():
        outputs = flat(*tensors)
    if not all(isinstance(output, Tensor) for output in outputs):
        raise TypeError("answers with more than tensors")
    names = [f"input_{index}" for index in range(len(tensors))]
    file = io.BytesIO()
    with _exporting, warnings.catch_warnings(), torch.no_grad():
        # The exporter that it recommends takes ten times as long, and fails on detectors.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            flat,
            tuple(tensors),
            file,  # type: ignore[arg-type]  # a stream where torch is not recommending
            input_names=names,
            output_names=[f"output_{index}" for index in range(len(outputs))],
            opset_version=_OPSET,
            dynamo=False,
        )
    return file.getvalue(), names


def _session(graph: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; they are raised anyway
    # Threads that wait must not take the cores from a training that shares them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@contextmanager
def _as_runtime_error() -> Iterator[None]:
    try:
        yield
    except _failures() as error:
        raise RuntimeError(str(error)) from error


@cache
def _failures() -> tuple[type[Exception], ...]:
    """Return the errors of ONNX Runtime, which have no base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = [kind for kind in vars(state).values() if isinstance(kind, type)]
    return tuple(kind for kind in kinds if issubclass(kind, Exception))


def _hindrance(device: torch.device) -> str:
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    return "" if device.type == "cpu" else "on graphics processors torch runs the network"


ONNX = Runtime(
    RuntimeCard("onnx-runtime", "ONNX Runtime", "One graph whose layers are merged beforehand."),
    _hindrance,
    _build,
    SINGLE_TOLERANCE,
)
