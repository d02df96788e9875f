import json
from pathlib import Path

import pytest
import torch

from engine.api.errors import ConfigError, WeightsError
from engine.core.checkpoint import load_weights, save_weights
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


def test_a_state_dict_of_an_own_model_is_read_as_torch_saves_it(run_folder: Path) -> None:
    tensors, metadata = load_weights(run_folder / "best.safetensors")
    torch.save(tensors, run_folder / "own.pth")
    (run_folder / "own.json").write_text(metadata["card"])
    found = load_trained(CARD, run_folder / "own.pth", CPU)
    assert found.classes == ("a", "b", "c")
    assert torch.equal(found.model.head.weight, tensors["head.weight"])


def test_the_checkpoint_of_a_run_is_read_with_its_settings(run_folder: Path) -> None:
    """The dialog offers *.pt, and the folder of a run holds one."""
    tensors, metadata = load_weights(run_folder / "best.safetensors")
    about = json.loads(metadata["card"])
    settings = {"model": about["model"], **about["recipe"]}
    average = {"n_averaged": torch.tensor(3), **{f"module.{k}": v for k, v in tensors.items()}}
    worse = {name: torch.zeros_like(values) for name, values in tensors.items()}
    torch.save({"model": worse, "average": average, "settings": settings}, run_folder / "last.pt")
    found = load_trained(CARD, run_folder / "last.pt", CPU)
    assert torch.equal(found.model.head.weight, tensors["head.weight"])
    assert found.classes == ()
    (run_folder / "best.json").write_text(metadata["card"])
    assert load_trained(CARD, run_folder / "last.pt", CPU).classes == ("a", "b", "c")


def test_counters_of_batches_may_lack_or_be_one_too_many(run_folder: Path) -> None:
    tensors, metadata = load_weights(run_folder / "best.safetensors")
    counters = [name for name in tensors if name.endswith("num_batches_tracked")]
    assert counters
    tensors["extra.num_batches_tracked"] = tensors.pop(counters[0])
    save_weights(run_folder / "other.safetensors", tensors, metadata)
    assert load_trained(CARD, run_folder / "other.safetensors", CPU).name == "other"


def test_weights_that_are_no_numbers_are_refused_with_a_word(run_folder: Path) -> None:
    tensors, metadata = load_weights(run_folder / "best.safetensors")
    tensors["head.bias"][1] = float("nan")
    save_weights(run_folder / "bad.safetensors", tensors, metadata)
    with pytest.raises(WeightsError, match=r"no finite numbers.*first head\.bias.*earlier"):
        load_trained(CARD, run_folder / "bad.safetensors", CPU)


def test_a_config_beyond_its_limits_is_a_fault_of_the_card(run_folder: Path) -> None:
    tensors, _ = load_weights(run_folder / "best.safetensors")
    for values in ({"base_channels": 10**9}, {"unknown": 1}, {"base_channels": "many"}):
        card = {"recipe": {"model_config": values}}
        save_weights(run_folder / "bad.safetensors", tensors, {"card": json.dumps(card)})
        with pytest.raises(WeightsError, match=r"recipe\.model_config does not fit"):
            load_trained(CARD, run_folder / "bad.safetensors", CPU)
