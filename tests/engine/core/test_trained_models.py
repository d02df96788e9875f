import json
from pathlib import Path

import pytest
import torch

from engine.api.errors import ConfigError, WeightsError
from engine.core.checkpoint import save_weights
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.models.classification.classifier_small import ClassifierSmall, ClassifierSmallConfig

CPU = torch.device("cpu")
CARD = MODELS.card("classifier-small")


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A folder as a run leaves it, of a model whose config is not the default."""
    torch.manual_seed(0)
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4, classes=3))
    about = {
        "model": "classifier-small",
        "classes": ["a", "b", "c"],
        "recipe": {"model_config": {"base_channels": 4, "classes": 3}, "train_config": {"seed": 9}},
    }
    folder = tmp_path / "my-run"
    save_weights(folder / "best.safetensors", model.state_dict(), {"card": json.dumps(about)})
    return folder


@torch.no_grad()
def test_a_run_folder_or_its_file_gives_the_model_it_trained(run_folder: Path) -> None:
    whole = load_trained(CARD, run_folder, CPU)
    file = load_trained(CARD, str(run_folder / "best.safetensors"), CPU)
    assert whole.name == file.name == "my-run"
    assert whole.classes == ("a", "b", "c")
    assert whole.train_config["seed"] == 9
    images = torch.rand(2, 1, 8, 8)
    assert not whole.model.training
    assert torch.equal(whole.model(images).logits, file.model(images).logits)


def test_weights_of_another_model_are_refused(run_folder: Path) -> None:
    with pytest.raises(WeightsError, match="was trained as classifier-small, not unet"):
        load_trained(MODELS.card("unet"), run_folder, CPU)


def test_weights_that_do_not_fit_name_the_difference(run_folder: Path, tmp_path: Path) -> None:
    other = ClassifierSmall(ClassifierSmallConfig(base_channels=8))
    save_weights(tmp_path / "w.safetensors", other.state_dict(), {})
    with pytest.raises(WeightsError, match="does not fit classifier-small"):
        load_trained(CARD, tmp_path / "w.safetensors", CPU)


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no best\.safetensors"):
        load_trained(CARD, tmp_path, CPU)
    with pytest.raises(ConfigError, match="no such file"):
        load_trained(CARD, "nothing-here", CPU)
