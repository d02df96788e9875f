"""What is written down about torchvision's weights, against the installed torchvision."""

import re

import pytest
from torchvision.models import get_model_weights

from engine.core.torchvision_weights import PUBLISHED, published_weights

WORDS = {
    "box_map": "box AP",
    "mask_map": "mask AP",
    "kp_map": "keypoint AP",
    "miou": "mIoU",
    "pixel_acc": "pixel accuracy",
}


def in_its_unit(key: str, percent: float) -> str:
    """What segmenters reach is a part of 1 in this program; an AP is given in hundredths."""
    return f"{percent / 100:.3f}" if key in ("miou", "pixel_acc") else str(percent)


@pytest.mark.parametrize("model", PUBLISHED)
def test_every_row_is_what_torchvision_publishes(model: str) -> None:
    published = get_model_weights(model)
    cards = published_weights(model)
    assert {card.name for card in cards} == {each.name for each in published}
    assert cards[0].name == published.DEFAULT.name
    for card in cards:
        own = published[card.name]
        ((_, reached),) = own.meta["_metrics"].items()
        metric = ", ".join(
            f"{word} {in_its_unit(key, reached[key])}"
            for key, word in WORDS.items()
            if key in reached
        )
        assert card.metric == f"{metric} on COCO val2017"
        assert card.url == own.url
        assert re.search(rf"-{card.sha256_prefix}\.pth$", own.url)
        assert card.bytes == round(own.meta["_file_size"] * 2**20)
