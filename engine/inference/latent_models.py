"""Models with a latent space, ready to be played with, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.api.errors import ConfigError
from engine.api.latent import LatentFacts, LatentSource, Pixels
from engine.core.devices import core_count
from engine.core.latent_codes import latents_beside
from engine.core.latent_model import Encoder, LatentModel, ProbabilisticEncoder
from engine.core.loaded_models import LoadedModel, open_model
from engine.core.registry import MODELS
from engine.core.shipped_weights import metric_line
from engine.inference.batch_decoder import batch_decoder
from engine.inference.single_picture import Decode, single_decoder


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in evaluation mode with its facts.

    Attributes:
        model: has everything of LatentModel, and of Encoder where the facts say so.
        single: the decoder for one picture at a time; None where the model itself has to do.
        batch: decodes many as `model` does, sooner.
        about: the card of the weights.
    """

    model: Any
    single: Decode | None
    batch: Any
    facts: LatentFacts
    device: torch.device
    weights: Path
    about: Mapping[str, Any]

    def decode(self, latents: NDArray[np.floating], classes: NDArray[Any] | None) -> Pixels:
        """Return RGB pictures (N, H, W, 3) of codes (N, Z) and classes (N,).

        Raises:
            ConfigError: the codes have another length, or the classes another number.
        """
        if len(latents) != 1 or self.single is None:
            return as_rgb_pixels(self.decoded(latents, classes))
        self.check_codes(latents)
        labels = self.labels(classes, 1)
        torch.set_num_threads(1)  # done before a second thread has woken
        codes = torch.from_numpy(np.asarray(latents, np.float64))
        told = () if not self.model.label_count else (_or_none_told(labels),)
        with torch.inference_mode():
            pixels = self.single(codes, *told).numpy()
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:3], 3)))

    @torch.inference_mode()
    def decoded(self, latents: NDArray[np.floating], classes: NDArray[Any] | None) -> Tensor:
        """Return images (N, C, H, W), about [0, 1], on the model's device."""
        self.check_codes(latents)
        labels = self.labels(classes, len(latents))
        codes = torch.from_numpy(np.ascontiguousarray(latents, np.float32))
        torch.set_num_threads(core_count())
        codes = codes.to(self.device)
        images: Tensor = self.batch.decode(codes, labels)
        return images

    def check_codes(self, latents: NDArray[np.floating]) -> None:
        """Raise ConfigError for codes that are not (N, Z) or hold what is no number."""
        length = self.facts.latent_dimensions
        if latents.ndim != 2 or latents.shape[1] != length:
            raise ConfigError(
                f"codes of the shape {latents.shape}: {self.facts.source.model_key} takes "
                f"(N, {length})"
            )
        if not np.isfinite(latents).all():
            raise ConfigError("the codes hold values that are no numbers; give finite ones")

    def labels(self, classes: NDArray[Any] | None, count: int) -> Tensor | None:
        """Return the classes to condition on: None where it takes none or none was given."""
        if classes is None or not self.model.label_count:
            return None
        known = self.model.label_count
        if len(classes) != count or classes.min() < -1 or classes.max() >= known:
            raise ConfigError(
                f"classes {np.unique(classes)[:5].tolist()} for {count} codes: give one each, "
                f"from 0 to {known - 1}"
            )
        return torch.from_numpy(np.asarray(classes, np.int64)).to(self.device)


def as_rgb_pixels(images: Tensor) -> Pixels:
    """Return images (N, C, H, W), about [0, 1], as RGB uint8 (N, H, W, 3)."""
    values = (images.float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:3], 3)))


def open_latents(source: LatentSource) -> Loaded:
    """Return a model, loaded at most once.

    Raises:
        ConfigError: no such model, or one without a latent space.
        WeightsError: there are no weights, or they are of another model.
        DeviceError: no such device.
    """
    card = MODELS.card(source.model_key)
    if card.task not in ("representation", "generation"):
        raise ConfigError(f"{card.key} is made for {card.task}: it has no latent space to explore")
    found = open_model(card.key, source.weights, source.device).once(_as_latents)
    return replace(found, facts=replace(found.facts, source=source))


def _as_latents(loaded: LoadedModel) -> Loaded:
    trained = loaded.trained
    assert isinstance(loaded.model, LatentModel)
    assert trained.path is not None
    facts = _facts(loaded, trained.path)
    single, batch = single_decoder(loaded.model), batch_decoder(loaded.model)
    return Loaded(loaded.model, single, batch, facts, loaded.device, trained.path, trained.about)


def _or_none_told(labels: Tensor | None) -> Tensor:
    """Return the class; -1 stands for one that is not told."""
    return torch.full((1,), -1) if labels is None else labels


def _facts(loaded: LoadedModel, path: Path) -> LatentFacts:
    model, trained = loaded.model, loaded.trained
    about = trained.about
    config = model.config
    metric = about.get("metric", {})
    return LatentFacts(
        source=LatentSource(loaded.card.key, trained.name, str(loaded.device)),
        weights=trained.name,
        latent_dimensions=model.latent_dimensions,
        size=(config.image_size, config.image_size),
        channels=config.in_channels,
        classes=trained.classes if model.label_count else (),
        prior=model.prior,
        has_encoder=isinstance(model, Encoder),
        has_posterior=isinstance(model, ProbabilisticEncoder),
        has_stored_codes=latents_beside(path).is_file(),
        data=str(about.get("data", "")),
        data_key=_plain_name(str(about.get("recipe", {}).get("data", ""))),
        metric=metric_line(metric) if metric else "not measured",
        numbers=about.get("numbers", {}),
        data_classes=trained.classes,
        beta=getattr(model, "beta", None),
    )


def _plain_name(data: str) -> str:
    """Return the last part of a name: a card from anywhere leads to no place on this machine."""
    name = PurePath(data.replace("\\", "/")).name
    return "" if name == ".." or name.startswith("~") else name
