import pytest
import torch

from engine.models.segmentation.unet import Unet, UnetConfig, paper_config


def parameter_count(config: UnetConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in Unet(config).parameters())


def test_the_papers_network_has_31_million_parameters() -> None:
    assert parameter_count(paper_config()) == 31_030_658


def test_the_papers_network_has_23_convolutions() -> None:
    with torch.device("meta"):
        model = Unet(paper_config())
    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    assert sum(isinstance(module, kinds) for module in model.modules()) == 23


def test_the_papers_sizes_of_figure_1() -> None:
    config = UnetConfig(
        in_channels=1, classes=2, base_channels=4, convolutions="valid", normalisation="none"
    )
    model = Unet(config).eval()
    assert model.input_side(388) == 572
    with torch.no_grad():
        assert model.network(torch.rand(1, 1, 572, 572)).shape == (1, 2, 388, 388)


@pytest.mark.parametrize("convolutions", ["padded", "valid"])
@pytest.mark.parametrize("size", [(64, 64), (37, 70), (8, 9), (1, 1)])
@torch.no_grad()
def test_the_answer_is_as_large_as_the_picture(convolutions: str, size: tuple[int, int]) -> None:
    config = UnetConfig(base_channels=4, depth=2, convolutions=convolutions)  # type: ignore[arg-type]
    assert Unet(config).eval()(torch.rand(2, 3, *size)).logits.shape == (2, 7, *size)


@torch.no_grad()
def test_valid_convolutions_give_a_tile_the_answer_of_the_whole_picture() -> None:
    # The overlap-tile strategy of the paper: inside, no border was invented.
    torch.manual_seed(0)
    model = Unet(
        UnetConfig(base_channels=4, depth=2, convolutions="valid", normalisation="none")
    ).eval()
    picture = torch.rand(1, 3, 140, 140)
    whole = model.network(picture)  # margin 20 on each side
    assert whole.shape[-1] == 100
    tile = model.network(picture[..., 40:108, 40:108])
    assert tile.shape[-1] == 28
    torch.testing.assert_close(tile, whole[..., 40:68, 40:68])


@torch.no_grad()
def test_mirroring_is_numpys_reflect() -> None:
    torch.manual_seed(0)
    model = Unet(UnetConfig(base_channels=4, depth=1, convolutions="valid"))
    model.eval()
    picture = torch.rand(1, 3, 31, 40)
    seen: list[torch.Tensor] = []
    model.down[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    model(picture)
    height, width = model.input_side(31), model.input_side(40)
    top, left = (height - 31) // 2, (width - 40) // 2
    pad = (left, width - 40 - left, top, height - 31 - top)
    expected = torch.nn.functional.pad(picture, pad, mode="reflect")
    assert torch.equal(seen[0], expected)


def test_without_skips_the_fine_grid_would_be_lost() -> None:
    # A single changed pixel must be able to move the answer at that pixel by more than elsewhere.
    torch.manual_seed(0)
    model = Unet(UnetConfig(base_channels=4, depth=3, normalisation="none")).eval()
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    model(picture).logits[0, 0, 16, 16].backward()
    assert picture.grad is not None
    influence = picture.grad.abs().sum(dim=1)[0]
    assert influence[14:19, 14:19].mean() > 3 * influence.mean()
