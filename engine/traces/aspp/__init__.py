"""Atrous spatial pyramid pooling: one grid of features looked at over several distances at once.

Chen, Papandreou, Schroff, Adam, Rethinking Atrous Convolution for Semantic Image Segmentation,
2017, https://arxiv.org/abs/1706.05587; separable in DeepLabv3+, ECCV 2018,
https://arxiv.org/abs/1802.02611
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.aspp.branches import AsppConfig
from engine.traces.aspp.joining import Joining
from engine.traces.steps import trace_of

CARD = TraceCard(
    key="aspp",
    title="Atrous spatial pyramid pooling (ASPP)",
    summary="The branches of DeepLab's ASPP on your picture, and how far each one sees.",
    needs="nothing",
    config_type=AsppConfig,
    area="segment",
    order=90,
    takes_picture=True,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    aspp = Joining(request.config, request.pixels, context)
    result = {
        "weights": aspp.network.origin,
        "grid": list(aspp.grid),
        "place": list(aspp.place),
        "rates": [branch.rate for branch in aspp.rated],
        "taps": [int(branch.taps.sum()) for branch in aspp.branches],
        "receptive_fields_px": [list(branch.field_px) for branch in aspp.branches],
        "radii_px": [branch.radius_px for branch in aspp.branches],
        "changed": [branch.changed for branch in aspp.branches],
    }
    return trace_of(CARD, aspp, result)
