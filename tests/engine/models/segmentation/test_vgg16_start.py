"""FCN begins with torchvision's VGG16."""

import pytest
import torch
from torch import nn
from torchvision.models.vgg import VGG, make_layers
from torchvision.transforms.functional import normalize

from engine.layers.vgg16_weights import convolutions
from engine.models.segmentation.fcn import Fcn8s, Fcn32s, FcnConfig

WIDTHS = [4, 4, "M", 8, 8, "M", 16, 16, 16, "M", 32, 32, 32, "M", 32, 32, 32, "M"]
CONFIG = FcnConfig(base_channels=4, hidden_channels=24, first_kernel="7", normalisation="none")


def narrow_vgg(is_normalised: bool = False) -> VGG:
    """VGG16 as torchvision makes it, a sixteenth as wide."""
    torch.manual_seed(0)
    model = VGG(make_layers(WIDTHS, batch_norm=is_normalised))  # type: ignore[arg-type]
    model.classifier[0] = nn.Linear(32 * 49, 24)
    model.classifier[3] = nn.Linear(24, 24)
    for part in model.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight)
            nn.init.uniform_(part.bias)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
    return model.eval()


@torch.no_grad()
def test_the_classifier_slid_over_its_own_picture_answers_in_the_middle_as_before() -> None:
    vgg, model = narrow_vgg().double(), Fcn32s(CONFIG).eval().double()
    taken = model.from_backbone(vgg.state_dict())
    model.load_state_dict(taken, strict=False)
    seen: list[torch.Tensor] = []
    model.score.register_forward_hook(lambda *hooked: seen.append(hooked[1][0]))
    # Grey of ImageNet's mean around the middle, so that padding differs from it nowhere.
    images = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    images = images.expand(1, 3, 224, 224).clone()
    images[..., 60:160, 60:160] = torch.rand(1, 3, 100, 100, dtype=torch.float64)
    model(images)
    plain = normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    features = vgg.features(plain).flatten(1)
    expected = vgg.classifier[:5](features)
    # Zeros are padded here in [0, 1], there around the mean: the border of the picture differs.
    torch.testing.assert_close(seen[0][0, :, 3, 3], expected[0], rtol=0.05, atol=0.5)


@torch.no_grad()
def test_without_borders_the_first_layer_takes_plain_pictures_as_vgg_takes_normalised_ones() -> (
    None
):
    vgg = narrow_vgg()
    first = convolutions(vgg.state_dict())[0]
    images = torch.rand(2, 3, 20, 20)
    found = nn.functional.conv2d(images, first["weight"], first["bias"])
    plain = normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    expected = nn.functional.conv2d(plain, vgg.features[0].weight, vgg.features[0].bias)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("is_normalised", [False, True])
def test_every_convolution_of_vgg_finds_its_place(is_normalised: bool) -> None:
    kind = "batch" if is_normalised else "none"
    model = Fcn8s(FcnConfig(4 - 1, 7, 4, 24, "7", kind))  # type: ignore[arg-type]
    taken = model.from_backbone(narrow_vgg(is_normalised).state_dict())
    own = model.state_dict()
    fitting = {n for n, t in taken.items() if n in own and own[n].shape == t.shape}
    stages = {n for n in own if n.startswith(("stages", "first", "second")) and "batches" not in n}
    assert stages <= fitting


def test_parameters_of_another_run_keep_their_names() -> None:
    model = Fcn8s(CONFIG)
    own = model.state_dict()
    assert model.from_backbone(own) is own
