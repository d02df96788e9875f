"""Convolutions with holes: the receptive field grows with the rate, the weights do not.

Yu, Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016,
https://arxiv.org/abs/1511.07122
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.dilated_convolution.context import Context
from engine.traces.dilated_convolution.reach import DilatedConvolutionConfig
from engine.traces.steps import trace_of

CARD = TraceCard(
    key="dilated-convolution",
    title="Dilated convolution",
    summary="Holes between the weights: how the receptive field grows over layers, by their rates.",
    needs="nothing",
    config_type=DilatedConvolutionConfig,
    area="segment",
    order=80,
    takes_picture=True,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    stack = Context(request.config, request.pixels)
    result = {
        "rates": list(stack.rates),
        "kernel": stack.kernel,
        "receptive_fields": stack.sides,
        "reached": int(stack.measured.sum()),
    }
    return trace_of(CARD, stack, result)
