"""Spatial pyramid pooling: feature maps of any size become one vector of fixed length.

He, Zhang, Ren, Sun, Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition,
ECCV 2014, https://arxiv.org/abs/1406.4729; bins of several sizes before it: Lazebnik, Schmid,
Ponce, Beyond Bags of Features: Spatial Pyramid Matching, CVPR 2006
"""

from __future__ import annotations

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace, TraceCard
from engine.core.registry import TRACES
from engine.traces.spatial_pyramid_pooling.bins import SpatialPyramidConfig
from engine.traces.spatial_pyramid_pooling.context import Context
from engine.traces.steps import trace_of

CARD = TraceCard(
    key="spatial-pyramid-pooling",
    title="Spatial pyramid pooling",
    summary="1 x 1, 2 x 2, 4 x 4 bins: one vector of fixed length, whatever the picture's size.",
    needs="nothing",
    config_type=SpatialPyramidConfig,
    area="segment",
    order=85,
    takes_picture=True,
)


@TRACES.register(CARD)
def _build(request: BuildTrace, context: TaskContext) -> Trace:
    pyramid = Context(request.config, request.pixels)
    result = {
        "levels": list(pyramid.levels),
        "map_size": list(pyramid.size),
        "crop_map_size": list(pyramid.crop_maps.shape[1:]),
        "vector": pyramid.vector.tolist(),
        "crop_vector": pyramid.crop_vector.tolist(),
    }
    return trace_of(CARD, pyramid, result)
