"""Topics that can be shown on a person's own picture are, and say so."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, TraceCard
from engine.core.registry import TRACES
from engine.traces.building import build_trace

SILENT = TaskContext(lambda progress: None)
CARDS = [card for card in TRACES if card.needs == "nothing"]
TAKERS = [card for card in CARDS if card.takes_picture]
STRIPES = np.tile(np.array([[30, 200, 90], [220, 40, 60]], np.uint8)[:, None], (24, 48, 1))


def seen(card: TraceCard, pixels: np.ndarray | None) -> str:
    """The texts of all steps: what was computed from another picture has other numbers in it."""
    trace = build_trace(BuildTrace(card.key, card.config_type(), pixels), SILENT)
    return "\n".join(f"{trace[at].title}\n{trace[at].text}" for at in range(len(trace)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "card", [card for card in CARDS if card.takes_picture], ids=lambda card: card.key
)
def test_a_topic_whose_card_says_so_follows_ones_own_picture(card: TraceCard) -> None:
    assert seen(card, STRIPES) != seen(card, None)


def test_a_topic_that_reads_a_picture_says_so_in_its_card() -> None:
    silent = [
        card.key
        for card in CARDS
        if "request.pixels" in inspect.getsource(inspect.getmodule(TRACES.factory(card.key)))
        and not card.takes_picture
    ]
    assert silent == []
