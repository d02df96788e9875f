from pathlib import Path

import pytest
import torch
from torchvision.models import get_model_builder
from torchvision.transforms.functional import normalize

from engine.api.errors import WeightsError
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained

KEY, NAME = "lraspp-mobilenet-v3-large", "lraspp_mobilenet_v3_large"
CPU = torch.device("cpu")


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, torch.nn.Module]:
    """A file of torchvision's own model with random parameters, and the model."""
    torch.manual_seed(0)
    model = get_model_builder(NAME)(weights=None, weights_backbone=None, num_classes=21).eval()
    torch.save(model.state_dict(), tmp_path / "lraspp.pth")
    return tmp_path / "lraspp.pth", model


@torch.no_grad()
def test_it_answers_as_torchvision_does_to_a_normalised_picture(
    published: tuple[Path, torch.nn.Module],
) -> None:
    file, model = published
    trained = load_trained(MODELS.card(KEY), file, CPU)
    images = torch.rand(1, 3, 64, 96)
    plain = normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    expected = model(plain)["out"]
    torch.testing.assert_close(trained.model(images).logits, expected, rtol=1e-4, atol=1e-5)


def test_published_classes_are_those_of_pascal_voc(
    published: tuple[Path, torch.nn.Module],
) -> None:
    trained = load_trained(MODELS.card(KEY), published[0], CPU)
    assert trained.classes[:2] == ("background", "aeroplane")
    assert len(trained.classes) == 21
    assert trained.train_config["image_size"] == 520


def test_a_second_head_that_only_helped_training_is_left_out(tmp_path: Path) -> None:
    with torch.device("meta"):
        model = get_model_builder("fcn_resnet50")(
            weights=None, weights_backbone=None, num_classes=21, aux_loss=True
        )
        ours = MODELS.build("fcn-resnet50", MODELS.card("fcn-resnet50").config_type())
    adopt = MODELS.factory("fcn-resnet50").adopt  # type: ignore[attr-defined]
    tensors, _ = adopt(model.state_dict(), tmp_path / "fcn.pth")
    assert set(tensors) == set(ours.state_dict())


def test_own_classes_are_counted_in_the_last_layer(tmp_path: Path) -> None:
    model = get_model_builder(NAME)(weights=None, weights_backbone=None, num_classes=3)
    torch.save(model.state_dict(), tmp_path / "own.pth")
    (tmp_path / "own.txt").write_text("sky\nroad\ncar\n")
    trained = load_trained(MODELS.card(KEY), tmp_path / "own.pth", CPU)
    assert trained.classes == ("sky", "road", "car")


def test_weights_that_have_to_be_downloaded_say_so() -> None:
    with pytest.raises(WeightsError, match="download them first"):
        load_trained(MODELS.card("deeplabv3-resnet50"), None, CPU)


@pytest.mark.parametrize(
    "key", [c.key for c in MODELS if c.task == "segmentation" and "torchvision" in c.title]
)
def test_every_one_has_weights_with_size_licence_and_checksum(key: str) -> None:
    (weights,) = MODELS.card(key).weights
    assert weights.origin == "download"
    assert weights.bytes > 10e6
    assert weights.licence == "BSD-3-Clause"
    assert len(weights.sha256_prefix) == 8
