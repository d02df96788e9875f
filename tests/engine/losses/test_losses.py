import torch
from torch.nn import functional

from engine.losses.dice import dice_loss
from engine.losses.pixel_cross_entropy import pixel_cross_entropy


def logits_and_masks(ignored: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 5, 6, generator=generator)
    masks = torch.randint(0, 4, (3, 5, 6), generator=generator)
    masks[torch.rand(3, 5, 6, generator=generator) < ignored] = 255
    return logits, masks.to(torch.uint8)


def test_pixel_cross_entropy_is_torchs_where_no_pixel_is_ignored() -> None:
    logits, masks = logits_and_masks()
    expected = functional.cross_entropy(logits, masks.long())
    torch.testing.assert_close(pixel_cross_entropy(logits, masks), expected)


def test_pixel_cross_entropy_weighs_pictures_equally_whatever_they_ignore() -> None:
    logits, masks = logits_and_masks(ignored=0.3)
    each = [
        functional.cross_entropy(logits[i : i + 1], masks[i : i + 1].long(), ignore_index=255)
        for i in range(3)
    ]
    torch.testing.assert_close(pixel_cross_entropy(logits, masks), torch.stack(each).mean())


def test_a_picture_without_any_counted_pixel_has_no_loss_and_no_nan() -> None:
    logits, masks = logits_and_masks()
    masks[:] = 255
    assert pixel_cross_entropy(logits, masks) == 0
    assert dice_loss(logits, masks) == 0


def test_losses_of_two_halves_average_to_the_loss_of_the_whole() -> None:
    logits, masks = logits_and_masks(ignored=0.3)
    logits, masks = logits.repeat(2, 1, 1, 1), masks.repeat(2, 1, 1)
    logits += torch.arange(6).view(6, 1, 1, 1) * masks.float().unsqueeze(1) / 255
    for loss in (pixel_cross_entropy, dice_loss):
        halves = (loss(logits[:3], masks[:3]) + loss(logits[3:], masks[3:])) / 2
        torch.testing.assert_close(loss(logits, masks), halves)


def test_dice_of_a_certain_answer_is_zero_when_right() -> None:
    _, masks = logits_and_masks()
    certain = functional.one_hot(masks.long(), 4).permute(0, 3, 1, 2) * 100.0
    assert dice_loss(certain, masks) < 1e-6


def test_dice_of_a_hand_computed_case() -> None:
    # One picture of two pixels, two classes, one half each: per class (2 * .5 + 1) / (1 + 1 + 1).
    logits = torch.zeros(1, 2, 1, 2)
    masks = torch.tensor([[[0, 1]]], dtype=torch.uint8)
    torch.testing.assert_close(dice_loss(logits, masks), torch.tensor(1 - 2 / 3))


def test_ignored_pixels_have_no_gradient() -> None:
    logits, masks = logits_and_masks(ignored=0.4)
    for loss in (pixel_cross_entropy, dice_loss):
        leaf = logits.clone().requires_grad_()
        loss(leaf, masks).backward()
        assert leaf.grad is not None
        gradient = leaf.grad.abs().sum(dim=1)
        assert torch.all(gradient[masks == 255] == 0)
        assert torch.all(gradient[masks != 255] > 0)
