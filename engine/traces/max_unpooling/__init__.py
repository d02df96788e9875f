"""Max-pooling that remembers where its maxima lay, and the way back to these places.

Badrinarayanan, Kendall, Cipolla, SegNet, PAMI 2017, https://arxiv.org/abs/1511.00561; before it
Noh, Hong, Han, ICCV 2015, https://arxiv.org/abs/1505.04366

Axes: S side of the map, s side of the pooled one, both square.
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.max_unpooling.pooling import MaxUnpoolingConfig
from engine.traces.max_unpooling.uses import Uses
from engine.traces.steps import trace_of

CARD = TraceCard(
    key="max-unpooling",
    title="Max-unpooling",
    summary="The places of the maxima are remembered, and values are put back there.",
    needs="nothing",
    config_type=MaxUnpoolingConfig,
    area="segment",
    order=10,
    takes_picture=True,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    pooled = Uses(request.config, request.pixels)
    result = {
        "map": pooled.values.tolist(),
        "pooled": pooled.pooled.tolist(),
        "indices": pooled.indices.tolist(),
        "unpooled": pooled.unpooled.tolist(),
    }
    return trace_of(CARD, pooled, result)
