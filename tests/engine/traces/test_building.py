import subprocess
import sys

import numpy as np
import pytest

from engine.api.detection import Detections, SuppressionConfig
from engine.api.errors import ConfigError
from engine.api.parameters import parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, ListTraces, Trace
from engine.service import execute

CONTEXT = TaskContext(lambda _: None)
TWO = Detections.of([[0, 0, 9, 9], [1, 1, 9, 9]], [0.9, 0.8], ("a", "a"))


def test_topics_are_listed_with_what_they_need() -> None:
    cards = execute(ListTraces(), CONTEXT)
    assert [(card.key, card.needs) for card in cards if card.key == "nms"] == [
        ("nms", "detections")
    ]
    places = [(card.order, card.title) for card in cards]
    assert places == sorted(places)


def test_without_a_config_the_defaults_of_the_topic_hold() -> None:
    assert isinstance(execute(BuildTrace("nms", detections=TWO), CONTEXT), Trace)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (BuildTrace("nsm", detections=TWO), "did you mean 'nms'"),
        (BuildTrace("nms"), "made from boxes and none were given"),
        (BuildTrace("nms", config=parameter(1), detections=TWO), "takes a SuppressionConfig"),
    ],
)
def test_what_is_missing_is_said_in_one_line(request_: BuildTrace, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        execute(request_, CONTEXT)
    assert "\n" not in str(caught.value)


def test_tracing_costs_no_import_of_torch() -> None:
    program = (
        "import sys, engine.service as s, engine.api.traces as t, engine.api.detection as d\n"
        "from engine.api.tasks import TaskContext\n"
        "two = d.Detections.of([[0, 0, 9, 9], [1, 1, 9, 9]], [.9, .8], ('a', 'a'))\n"
        "list(s.execute(t.BuildTrace('nms', detections=two), TaskContext(print)))\n"
        "sys.exit(any(m in sys.modules for m in ('torch', 'cv2', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_masks_come_back_as_outlines() -> None:
    from engine.api.detection import Suppress

    masked = Detections(
        np.array([[10, 20, 38, 48]], np.float32),
        np.array([0.9], np.float32),
        np.zeros(1, np.int64),
        ("disc",),
        np.ones((1, 28, 28), np.float16),
    )
    found = execute(Suppress(masked, SuppressionConfig()), CONTEXT)
    (polygon, label), *rest = found.outlines
    assert not rest
    assert label == "disc"
    assert np.abs(polygon.min(0) - (10, 20)).max() <= 1
    assert np.abs(polygon.max(0) - (38, 48)).max() <= 1
