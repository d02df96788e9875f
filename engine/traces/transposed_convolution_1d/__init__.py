"""Transposed convolution of a short signal: copies of the filter, weighted by the input, summed.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016,
https://arxiv.org/abs/1603.07285; in segmentation Long, Shelhamer, Darrell, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: N input values, K filter weights, F values before cropping, L after.
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.steps import trace_of
from engine.traces.transposed_convolution_1d.arithmetic import TransposedConvolutionConfig
from engine.traces.transposed_convolution_1d.relatives import Relatives

CARD = TraceCard(
    key="transposed-convolution-1d",
    title="Transposed convolution in one dimension",
    summary="Copies of the filter, weighted by the input, summed where they overlap, and cropped.",
    needs="nothing",
    config_type=TransposedConvolutionConfig,
    area="segment",
    order=20,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    return trace(request.config)


def trace(config: TransposedConvolutionConfig) -> Trace:
    """Return the steps: a copy for every input value, their sum, what is cropped, and relatives.

    The result has `copies` (N, F), their sum `full` (F,), how many copies meet in each place,
    `overlaps` (F,), and the cropped `output` (L,).

    Raises:
        ConfigError: a text is no list of numbers, or nothing is left after cropping.
    """
    layer = Relatives(config)
    result = {
        "copies": layer.copies.tolist(),
        "full": layer.full.tolist(),
        "overlaps": layer.overlaps.astype(int).tolist(),
        "output": layer.output.tolist(),
    }
    return trace_of(CARD, layer, result)
