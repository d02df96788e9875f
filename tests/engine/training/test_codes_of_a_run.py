"""At the end of a run the held-out pictures are encoded with the best weights."""

from pathlib import Path

import torch

from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig
from engine.core.latent_codes import load_codes
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import as_images
from engine.data.encoded_dataset import encode_dataset
from engine.models.representation.autoencoder import AutoencoderConfig
from engine.training.batches import fixed_batch
from engine.training.start import train

CPU = torch.device("cpu")


def test_a_run_with_an_encoder_leaves_codes_of_its_best_weights(tmp_path: Path) -> None:
    config = TrainConfig(epochs=2, batch_size=256, precision="float32", tensorboard=False)
    model_config = AutoencoderConfig(base_channels=4, latent_dimensions=3)
    request = Train("autoencoder", "digits", tmp_path / "run", model_config, config)
    train(request, TaskContext(lambda progress: None))
    codes = load_codes(tmp_path / "run" / "best-latents.safetensors")
    trained = load_trained(MODELS.card("autoencoder"), tmp_path / "run", CPU)
    options = OpenOptions(preparation=Preparation(is_square=True))
    whole = open_dataset("digits", "all", "classification", options)
    batch = fixed_batch(whole, range(5), CPU)
    with torch.no_grad():
        expected = trained.model.encode(as_images(batch.pixels))
    assert len(codes.latents) == len(whole)
    torch.testing.assert_close(codes.latents[:5], expected, rtol=2e-3, atol=2e-3)
    assert codes.class_indices[:5].tolist() == batch.class_indices.tolist()
    assert codes.classes == whole.facts.classes
    assert "all splits of digits" in codes.about


def test_of_many_pictures_some_evenly_spread_are_encoded() -> None:
    model = MODELS.build("autoencoder", AutoencoderConfig(image_size=8, base_channels=4)).eval()
    dataset = open_dataset("digits", "train", "pictures")
    codes = encode_dataset(model, dataset, CPU, limit=50)
    assert codes.latents.shape == (50, 8)
    assert codes.class_indices.eq(-1).all()
    assert codes.classes == ()


def test_whoever_watches_is_told_what_is_done_between_the_batches(tmp_path: Path) -> None:
    stages: list[str] = []
    config = TrainConfig(epochs=1, batch_size=512, precision="float32", tensorboard=False)
    model_config = AutoencoderConfig(base_channels=4, latent_dimensions=3)
    request = Train("autoencoder", "digits", tmp_path / "run", model_config, config)
    train(request, TaskContext(lambda progress: stages.append(progress.stage)))
    spoken = [stage.partition(":")[0] for stage in stages]
    first = [spoken.index(word) for word in ("opening the data", "validating", "finishing")]
    assert first == sorted(first)
    assert spoken[-1] == "finished"
