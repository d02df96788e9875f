import pytest

import engine.benchmarks.non_maximum_suppression as benchmark


def test_the_goal_is_met_only_with_the_boxes_that_torchvision_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(benchmark, "BOXES", 120)
    monkeypatch.setattr(benchmark, "REPEATS", 1)
    monkeypatch.setattr(benchmark, "TRACE_LIMIT_MS", float("inf"))
    traced, _ = benchmark.measure()
    assert traced.met
    assert traced.reference
    monkeypatch.setattr(benchmark.torchvision.ops, "nms", lambda boxes, scores, limit: boxes[:, 0])
    traced, _ = benchmark.measure()
    assert not traced.met
