import torch
from torchvision.ops import sigmoid_focal_loss

from engine.losses.focal import focal_loss
from engine.losses.pixel_cross_entropy import pixel_cross_entropy


def logits_and_masks(classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, classes, 5, 6, generator=generator)
    return logits, torch.randint(0, classes, (3, 5, 6), generator=generator).to(torch.uint8)


def test_without_focus_it_is_the_cross_entropy() -> None:
    logits, masks = logits_and_masks(4)
    masks[:, 0] = 255
    answer = focal_loss(logits, masks, focus=0.0)
    torch.testing.assert_close(answer, pixel_cross_entropy(logits, masks))


def test_with_two_classes_it_is_torchvisions_of_their_difference() -> None:
    logits, masks = logits_and_masks(2)
    expected = sigmoid_focal_loss(
        logits[:, 1] - logits[:, 0], masks.float(), alpha=-1, gamma=2.0, reduction="mean"
    )
    torch.testing.assert_close(focal_loss(logits, masks), expected)


def test_a_certain_and_right_answer_has_a_finite_gradient() -> None:
    logits = torch.tensor([[100.0, 0.0]]).view(1, 2, 1, 1).requires_grad_()
    focal_loss(logits, torch.zeros(1, 1, 1, dtype=torch.uint8), focus=0.5).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
