"""Both networks, warmed up on small digits, and what they do before and after one update.

Axes: B pictures, S side of the picture, Z numbers of noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.traces.small_models import DIGIT_SIDE_PX, digit_pictures, digits, fresh

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]

_WARM_UP_BATCH = 16


@dataclass(frozen=True, slots=True)
class GanStepConfig(Parameters):
    """How far the two networks have come, and the update that is shown."""

    warm_up: int = parameter(300, low=0, high=3000, note="updates before the one that is shown")
    batch_size: int = parameter(8, low=2, high=8, unit="pictures", note="real, and as many fakes")
    learning_rate: float = parameter(0.02, low=0.001, high=0.2, note="of Adagrad, for both")
    seed: int = parameter(0, low=0, high=9999, note="of first weights, batches and noise")


class Losses(NamedTuple):
    """In nats, of logits that the discriminator gives."""

    discriminator: float
    generator: float


class Moment(NamedTuple):
    """What both networks do at one point of the update."""

    fake: Floats  # (B, S, S)
    real_logits: Floats  # (B,)
    fake_logits: Floats  # (B,)
    pixel_slopes: (
        Floats  # (B, S, S): downhill direction of the generator's loss by the pixels of the fakes
    )

    @property
    def real_scores(self) -> Floats:
        """D(x), (B,)."""
        return np.asarray(1 / (1 + np.exp(-self.real_logits)))

    @property
    def fake_scores(self) -> Floats:
        """D(G(z)), (B,)."""
        return np.asarray(1 / (1 + np.exp(-self.fake_logits)))

    @property
    def losses(self) -> Losses:
        """Binary cross-entropy; the discriminator's is the mean over real and fake pictures."""
        on_real = np.logaddexp(0.0, -self.real_logits).mean()
        on_fake = np.logaddexp(0.0, self.fake_logits).mean()
        generator = np.logaddexp(0.0, -self.fake_logits).mean()
        return Losses(float(on_real + on_fake) / 2, float(generator))


class Record(NamedTuple):
    """The update, and the losses of those before it."""

    real: Floats  # (B, S, S)
    noise: Floats  # (B, Z)
    before: Moment
    after_discriminator: Moment
    after_generator: Moment
    discriminator_weights: int
    generator_weights: int
    history: Floats  # (warm_up, 3): losses of discriminator and generator, and mean D(G(z))


def record_step(config: GanStepConfig, context: TaskContext) -> Record:
    """Warm both networks up and record the update after that."""
    import torch

    from engine.models.generation.gan import GanConfig

    model = fresh("gan", GanConfig(image_size=DIGIT_SIDE_PX), config.seed)
    discriminator = torch.optim.Adagrad(model.discriminator.parameters(), config.learning_rate)
    generator = torch.optim.Adagrad(model.generator.parameters(), config.learning_rate)
    random = torch.Generator().manual_seed(config.seed)
    count = len(digits()[0])
    images = torch.from_numpy(digit_pictures(np.arange(count), DIGIT_SIDE_PX)).unsqueeze(1)
    history = []
    for update in range(config.warm_up):
        context.raise_if_cancelled()
        context.report(update / max(config.warm_up, 1), "warming up")
        batch = images[torch.randint(count, (_WARM_UP_BATCH,), generator=random)]
        noise = model.draw(len(batch), random)
        first = _update_discriminator(model, discriminator, batch, noise)
        second = _update_generator(model, generator, model.draw(len(batch), random))
        history.append((first, *second))
    batch = images[torch.randint(count, (config.batch_size,), generator=random)]
    noise = model.draw(config.batch_size, random)
    before = _moment(model, batch, noise)
    _update_discriminator(model, discriminator, batch, noise)
    after_discriminator = _moment(model, batch, noise)
    _update_generator(model, generator, noise)
    return Record(
        batch[:, 0].double().numpy(),
        noise.double().numpy(),
        before,
        after_discriminator,
        _moment(model, batch, noise),
        sum(each.numel() for each in model.discriminator.parameters()),
        sum(each.numel() for each in model.generator.parameters()),
        np.array(history, np.float64).reshape(-1, 3),
    )


def _update_discriminator(model: Any, optimiser: Any, real: Tensor, noise: Tensor) -> float:
    from torch.nn.functional import softplus

    fake = model.decode(noise).detach()
    on_real = model.judge(model.discriminator, real)
    on_fake = model.judge(model.discriminator, fake)
    loss = (softplus(-on_real).mean() + softplus(on_fake).mean()) / 2
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach())


def _update_generator(model: Any, optimiser: Any, noise: Tensor) -> tuple[float, float]:
    """Return the loss, and the mean probability of being real, both before the update."""
    from torch.nn.functional import softplus

    logits = model.judge(model.discriminator, model.decode(noise))
    loss = softplus(-logits).mean()
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach()), float(logits.detach().sigmoid().mean())


def _moment(model: Any, real: Tensor, noise: Tensor) -> Moment:
    import torch
    from torch.nn.functional import softplus

    fake = model.decode(noise).detach().requires_grad_()
    fake_logits = model.judge(model.discriminator, fake)
    (slope,) = torch.autograd.grad(softplus(-fake_logits).mean(), fake)
    with torch.no_grad():
        real_logits = model.judge(model.discriminator, real)
    return Moment(
        fake.detach()[:, 0].double().numpy(),
        real_logits.double().numpy(),
        fake_logits.detach().double().numpy(),
        -slope[:, 0].double().numpy(),
    )
