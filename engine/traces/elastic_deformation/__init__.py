"""Elastic deformation: a picture and its mask displaced by one smooth random field.

Simard, Steinkraus, Platt, Best Practices for Convolutional Neural Networks Applied to Visual
Document Analysis, ICDAR 2003; on pictures and masks together Ronneberger, Fischer, Brox, U-Net,
MICCAI 2015, https://arxiv.org/abs/1505.04597
"""

from __future__ import annotations

import numpy as np

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.elastic_deformation.pitfalls import Pitfalls
from engine.traces.elastic_deformation.warping import (
    ElasticDeformationConfig,
    folded_share,
    lengths,
)
from engine.traces.steps import trace_of

CARD = TraceCard(
    key="elastic-deformation",
    title="Elastic deformation",
    summary="A smooth random field bends a picture, and its mask with it: new data from old.",
    needs="nothing",
    config_type=ElasticDeformationConfig,
    area="segment",
    order=70,
    takes_picture=True,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    warp = Pitfalls(request.config, request.pixels)
    reach = lengths(warp.field)
    result = {
        "size": list(warp.size),
        "mean_displacement_px": float(reach.mean()),
        "largest_displacement_px": float(reach.max()),
        "folded_share": folded_share(warp.field),
        "mask_pixels_changed": int((warp.mask_after != warp.mask).sum()),
        "classes_before": np.unique(warp.mask).tolist(),
        "classes_after": np.unique(warp.mask_after).tolist(),
    }
    return trace_of(CARD, warp, result, is_quick=False)  # some steps displace the picture anew
