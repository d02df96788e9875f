"""Finds a topic and builds its trace, with one clear line where something is missing."""

from __future__ import annotations

from dataclasses import replace

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace
from engine.core.registry import TRACES
from engine.traces.steps import Topic


def build_trace(request: BuildTrace, context: TaskContext) -> Trace:
    """Build the trace that a request asks for.

    Raises:
        ConfigError: an unknown topic, a config of another topic, or no picture or boxes where the
            topic is made from them.
    """
    card = TRACES.card(request.topic)
    if request.config is None:
        request = replace(request, config=card.config_type())
    if not isinstance(request.config, card.config_type):
        given, wanted = type(request.config).__name__, card.config_type.__name__
        raise ConfigError(f"topic {card.key!r} was given a {given}; it takes a {wanted}")
    if card.needs == "picture" and request.pixels is None:
        raise ConfigError(f"topic {card.key!r} is made from a picture and none was given; open one")
    if card.needs == "detections" and request.detections is None:
        raise ConfigError(
            f"topic {card.key!r} is made from boxes and none were given; run a detector, draw "
            "some, or load a file"
        )
    topic: Topic = TRACES.factory(card.key)(request, context)
    return topic.trace(card.key)
