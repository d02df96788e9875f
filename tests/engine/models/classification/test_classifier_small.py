from pathlib import Path

import pytest
import torch
from torch.nn import functional

from engine.api.tasks import TaskContext
from engine.api.training import Evaluate
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.data.datasets.opening import open_dataset
from engine.data.datasets.samples import as_images
from engine.metrics.confusion_matrix import ConfusionMatrix
from engine.models.classification.classifier_small import ClassifierSmall, ClassifierSmallConfig
from engine.training.batches import fixed_batch
from engine.training.evaluation import evaluate


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (33, 50)])
@torch.no_grad()
def test_any_size_of_picture_is_accepted(size: tuple[int, int]) -> None:
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4)).eval()
    output = model(torch.rand(3, 1, *size))
    assert output.logits.shape == (3, 10)
    assert output.features.shape == (3, 16)


@torch.no_grad()
def test_the_logits_are_a_linear_map_of_the_features() -> None:
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4)).eval()
    output = model(torch.rand(3, 1, 12, 12))
    expected = output.features @ model.head.weight.T + model.head.bias
    torch.testing.assert_close(output.logits, expected)


@torch.no_grad()
def test_the_shipped_weights_read_digits_that_other_people_wrote() -> None:
    # Trained on MNIST; these are scikit-learn's, enlarged to where MNIST has its digits.
    trained = load_trained(MODELS.card("classifier-small"), None, torch.device("cpu"))
    dataset = open_dataset("digits", "test")
    batch = fixed_batch(dataset, range(len(dataset)), torch.device("cpu"))
    small = as_images(batch.pixels)
    large = functional.interpolate(small, size=20, mode="bicubic").clamp(0, 1)
    logits = trained.model(functional.pad(large, (4, 4, 4, 4))).logits
    matrix = ConfusionMatrix(10)
    matrix.add(logits.argmax(dim=1), batch.class_indices)
    assert matrix.accuracy > 0.9


def test_the_shipped_weights_reach_on_mnist_what_their_card_says(data_folder: Path) -> None:
    request = Evaluate("classifier-small", str(data_folder / "mnist"))
    result = evaluate(request, TaskContext(lambda progress: None))
    about = load_trained(MODELS.card("classifier-small"), None, torch.device("cpu")).about
    assert result.accuracy is not None
    assert result.accuracy >= 0.98
    assert result.accuracy == pytest.approx(about["metric"]["value"], abs=0.002)
