"""The stages against the model that they were taken from."""

from functools import partial

import numpy as np
import pytest
import torch

from engine.api.traces import TableMark
from engine.models.generation.dcgan import DcganConfig
from engine.traces import dcgan
from engine.traces.dcgan import DcganTraceConfig
from engine.traces.small_models import Learned, fresh
from tests.engine.traces.trace_checks import traced

trace = partial(traced, "dcgan")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> torch.nn.Module:
    made = fresh("dcgan", DcganConfig(latent_dimensions=12, base_channels=6), 0).eval()
    monkeypatch.setattr(dcgan, "_learned", lambda *_: Learned(made, "an untrained network", 28))
    return made


def test_the_stages_double_the_side_and_end_with_what_the_model_decodes(
    model: torch.nn.Module,
) -> None:
    result = trace(DcganTraceConfig(seed=5)).result
    assert result["shapes"] == [[12, 7, 7], [6, 14, 14], [1, 28, 28]]
    noise = model.draw(1, torch.Generator().manual_seed(5))
    with torch.no_grad():
        picture = model.decode(noise)
        score = model(picture).scores.item()
    assert np.allclose(result["picture"], picture[0, 0].numpy(), atol=1e-6)
    assert result["score"] == pytest.approx(score, abs=1e-6)


def test_the_formula_of_every_stage_adds_up(model: torch.nn.Module) -> None:
    for step in trace(DcganTraceConfig()):
        if step.title.startswith("Stage"):
            left, right = step.formula.replace(r"\cdot", "*").split("=")
            assert eval(left) == int(right)


def test_the_weights_of_the_stages_are_all_of_the_generator(model: torch.nn.Module) -> None:
    last = trace(DcganTraceConfig())[-1]
    total = sum(each.numel() for each in model.generator.parameters())
    assert last.title == f"{total:,} weights, one pass"
    table = next(mark for mark in last.marks if isinstance(mark, TableMark))
    assert [row[2] for row in table.rows] == ["12 x 7 x 7", "6 x 14 x 14", "1 x 28 x 28"]


def test_noise_of_length_0_is_the_centre(model: torch.nn.Module) -> None:
    picture = trace(DcganTraceConfig(scale=0.0)).result["picture"]
    with torch.no_grad():
        centre = model.decode(torch.zeros(1, 12))[0, 0]
    assert np.allclose(picture, centre.numpy(), atol=1e-6)
