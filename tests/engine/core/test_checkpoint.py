import pickle
from pathlib import Path

import pytest
import torch

from engine.api.errors import WeightsError
from engine.core.checkpoint import load_checkpoint, load_weights, save_checkpoint, save_weights


def test_tensors_and_plain_values_come_back(tmp_path: Path) -> None:
    content = {
        "model": {"weight": torch.rand(2, 3), "count": torch.tensor(4)},
        "position": {"step": 3, "best": None, "sums": {"loss": 0.25}},
        "words": ["a", 1, True],
    }
    save_checkpoint(tmp_path / "last.pt", content)
    found = load_checkpoint(tmp_path / "last.pt")
    assert torch.equal(found["model"].pop("weight"), content["model"].pop("weight"))  # type: ignore[attr-defined]
    assert found == content


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("exploded"),)  # type: ignore[return-value]


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    torch.save({"model": Bomb()}, path)
    with pytest.raises(WeightsError, match="could run code"):
        load_checkpoint(path)
    path.write_bytes(pickle.dumps(Bomb(), protocol=2))
    with pytest.raises(WeightsError):
        load_checkpoint(path)
    assert not Path("exploded").exists()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut off"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"last\.pt"):
        load_checkpoint(path)
    with pytest.raises(WeightsError, match=r"missing\.pt"):
        load_checkpoint(tmp_path / "missing.pt")


def test_weights_of_any_layout_or_shared_memory_come_back(tmp_path: Path) -> None:
    shared = torch.rand(4, 3, 2, 2)
    tensors = {
        "a": shared,
        "b": shared,
        "c": shared.to(memory_format=torch.channels_last),
        "d": shared[1:3, :, 0],
    }
    save_weights(tmp_path / "w.safetensors", tensors, {"card": "{}"})
    found, metadata = load_weights(tmp_path / "w.safetensors")
    assert metadata == {"card": "{}"}
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_a_file_that_is_no_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_text("nonsense")
    with pytest.raises(WeightsError, match=r"w\.safetensors: is a text, .* \('nonsense'\)"):
        load_weights(tmp_path / "w.safetensors")
