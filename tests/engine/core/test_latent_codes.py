from pathlib import Path

import pytest
import torch

from engine.api.errors import WeightsError
from engine.core.checkpoint import save_weights
from engine.core.latent_codes import LatentCodes, latents_beside, load_codes, save_codes

CODES = LatentCodes(
    latents=torch.tensor([[0.5, -1.25], [2.0, 0.0]]),
    log_variances=torch.tensor([[-2.0, 0.0], [0.25, -8.0]]),
    class_indices=torch.tensor([1, -1]),
    classes=("zero", "one"),
    about="2 pictures",
)


def test_codes_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = latents_beside(tmp_path / "vae.safetensors")
    assert path.name == "vae-latents.safetensors"
    save_codes(path, CODES)
    again = load_codes(path)
    assert torch.equal(again.latents, CODES.latents)
    assert again.log_variances is not None
    assert torch.equal(again.log_variances, CODES.log_variances)
    assert torch.equal(again.class_indices, CODES.class_indices)
    assert (again.classes, again.about) == (CODES.classes, CODES.about)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"weight": torch.zeros(2)}, "holds no codes"),
        (
            {"latents": torch.zeros(3, 2), "class_indices": torch.zeros(2)},
            "do not belong together",
        ),
        ({"latents": torch.zeros(1, 2), "class_indices": torch.tensor([7])}, "beyond the 1"),
    ],
)
def test_a_file_of_something_else_is_named_in_one_line(
    tmp_path: Path, tensors: dict[str, torch.Tensor], message: str
) -> None:
    path = tmp_path / "other.safetensors"
    save_weights(path, tensors, {"classes": '["a"]'})
    with pytest.raises(WeightsError, match=message):
        load_codes(path)
