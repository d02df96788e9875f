"""Both networks, warmed up on small digits, and what they do before and after one step.

Axes: B pictures, S side of the picture, Z numbers of noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.traces.small_models import DIGIT_SIDE_PX, digit_pictures, digits, fresh

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]

_WARM_UP_BATCH = 16


@dataclass(frozen=True, slots=True)
class GanStepConfig:
    """How far the two networks have come, and the step that is shown."""

    warm_up: int = parameter(300, low=0, high=3000, note="steps before the one that is shown")
    batch_size: int = parameter(8, low=2, high=8, unit="pictures", note="real, and as many made")
    learning_rate: float = parameter(0.02, low=0.001, high=0.2, note="of Adagrad, for both")
    seed: int = parameter(0, low=0, high=9999, note="of first weights, batches and noise")

    def __post_init__(self) -> None:
        validate(self)


class Losses(NamedTuple):
    """In nats, of logits that the critic gives."""

    discriminator: float
    generator: float


class Moment(NamedTuple):
    """What both networks do at one point of the step."""

    made: Floats  # (B, S, S)
    real_logits: Floats  # (B,)
    made_logits: Floats  # (B,)
    wishes: Floats  # (B, S, S): downhill direction of the generator's loss by the made pixels

    @property
    def real_scores(self) -> Floats:
        """D(x), (B,)."""
        return np.asarray(1 / (1 + np.exp(-self.real_logits)))

    @property
    def made_scores(self) -> Floats:
        """D(G(z)), (B,)."""
        return np.asarray(1 / (1 + np.exp(-self.made_logits)))

    @property
    def losses(self) -> Losses:
        """Binary cross-entropy; the critic's is the mean over real and made pictures."""
        on_real = np.logaddexp(0.0, -self.real_logits).mean()
        on_made = np.logaddexp(0.0, self.made_logits).mean()
        forger = np.logaddexp(0.0, -self.made_logits).mean()
        return Losses(float(on_real + on_made) / 2, float(forger))


class Record(NamedTuple):
    """The step, and the losses of the steps before it."""

    real: Floats  # (B, S, S)
    noise: Floats  # (B, Z)
    before: Moment
    after_critic: Moment
    after_forger: Moment
    discriminator_weights: int
    generator_weights: int
    history: Floats  # (warm_up, 2): losses of critic and forger


def record_step(config: GanStepConfig, context: TaskContext) -> Record:
    """Warm both networks up and record the step after that."""
    import torch

    from engine.models.generation.gan import GanConfig

    model = fresh("gan", GanConfig(image_size=DIGIT_SIDE_PX), config.seed)
    critic = torch.optim.Adagrad(model.discriminator.parameters(), config.learning_rate)
    forger = torch.optim.Adagrad(model.generator.parameters(), config.learning_rate)
    random = torch.Generator().manual_seed(config.seed)
    count = len(digits()[0])
    images = torch.from_numpy(digit_pictures(np.arange(count), DIGIT_SIDE_PX)).unsqueeze(1)
    history = []
    for step in range(config.warm_up):
        context.raise_if_cancelled()
        context.report(step / max(config.warm_up, 1), "warming up")
        batch = images[torch.randint(count, (_WARM_UP_BATCH,), generator=random)]
        noise = model.draw(len(batch), random)
        first = _update_critic(model, critic, batch, noise)
        history.append((first, _update_forger(model, forger, model.draw(len(batch), random))))
    batch = images[torch.randint(count, (config.batch_size,), generator=random)]
    noise = model.draw(config.batch_size, random)
    before = _look(model, batch, noise)
    _update_critic(model, critic, batch, noise)
    after_critic = _look(model, batch, noise)
    _update_forger(model, forger, noise)
    return Record(
        batch[:, 0].double().numpy(),
        noise.double().numpy(),
        before,
        after_critic,
        _look(model, batch, noise),
        sum(each.numel() for each in model.discriminator.parameters()),
        sum(each.numel() for each in model.generator.parameters()),
        np.array(history, np.float64).reshape(-1, 2),
    )


def _update_critic(model: Any, optimiser: Any, real: Tensor, noise: Tensor) -> float:
    from torch.nn.functional import softplus

    made = model.decode(noise).detach()
    on_real = model.judge(model.discriminator, real)
    on_made = model.judge(model.discriminator, made)
    loss = (softplus(-on_real).mean() + softplus(on_made).mean()) / 2
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach())


def _update_forger(model: Any, optimiser: Any, noise: Tensor) -> float:
    from torch.nn.functional import softplus

    loss = softplus(-model.judge(model.discriminator, model.decode(noise))).mean()
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach())


def _look(model: Any, real: Tensor, noise: Tensor) -> Moment:
    import torch
    from torch.nn.functional import softplus

    made = model.decode(noise).detach().requires_grad_()
    made_logits = model.judge(model.discriminator, made)
    (slope,) = torch.autograd.grad(softplus(-made_logits).mean(), made)
    with torch.no_grad():
        real_logits = model.judge(model.discriminator, real)
    return Moment(
        made.detach()[:, 0].double().numpy(),
        real_logits.double().numpy(),
        made_logits.detach().double().numpy(),
        -slope[:, 0].double().numpy(),
    )
