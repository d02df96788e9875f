"""The steps of FCN-8s against the network that they were taken from."""

import pytest
import torch

from engine.traces.fcn import FcnSteps
from tests.engine.traces.network_stages.parts import bars_of, picture, steps_of, untrained


def test_finer_scores_are_added_to_enlarged_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    network = untrained("fcn")
    recording = steps_of(monkeypatch, "fcn", network, picture(64, 96))
    pooled = [recording.inputs[name] for name in ("stages.4", "stages.3")]  # after stages 4, 3
    before = ["score", None]
    scores = recording.outputs[str(before[0])]
    for number, name in enumerate(("twice.1", "enlarge")):
        with torch.no_grad():
            enlarged = network.twice[number](scores[None])[0]
            finer = network.skip_scores[number](pooled[number][None])[0]
        assert torch.allclose(recording.outputs[f"twice.{number}"], enlarged, atol=1e-5)
        assert torch.allclose(recording.outputs[f"skip_scores.{number}"], finer, atol=1e-5)
        scores = recording.inputs[name]
        assert torch.allclose(scores, enlarged + finer, atol=1e-5)
    assert torch.equal(recording.outputs["enlarge"], recording.logits)


def test_pictures_are_extended_to_multiples_of_32(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steps_of(monkeypatch, "fcn", untrained("fcn"), picture(33, 64))
    assert run.padding == (0, 0, 64, 64)
    assert run.outputs["enlarge"].shape == (7, 64, 64)
    assert torch.equal(run.outputs["enlarge"][:, :33], run.logits)


def test_the_coarse_answer_is_compared_as_if_it_were_enlarged_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = steps_of(monkeypatch, "fcn", untrained("fcn"), picture(64, 96))
    assert isinstance(run, FcnSteps)
    bars = bars_of(run.compared())
    assert bars.names == ("stride 32", "stride 16", "stride 8")
    enlarge = torch.nn.Upsample(scale_factor=8, mode="bilinear")
    mask = enlarge(run.inputs["enlarge"][None])[0].argmax(dim=0).numpy()
    assert bars.values[2] == pytest.approx(100 * float((mask != run.mask).mean()))
