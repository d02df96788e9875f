"""Principal components: no gradient, mean and directions are computed from the pictures seen."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim import Optimizer

from engine.api.errors import ConfigError
from engine.data.datasets.samples import PictureBatch, as_images
from engine.models.representation.pca import Pca
from engine.training.objective import OBJECTIVES, Losses, ObjectiveCard, Setup, Update
from engine.training.objectives.reconstruction import Reconstruction

_CARD = ObjectiveCard(
    key="principal-components",
    title="Principal components",
    task="pictures",
    metric="mse",
    is_higher_better=False,
    protocol="mean squared difference of values in [0, 1], over all values of all pictures",
)


@OBJECTIVES.register(_CARD)
class PrincipalComponents(Reconstruction):
    """For models that have `learn`; one pass over the data is enough."""

    card = _CARD

    def __init__(self, model: nn.Module, setup: Setup) -> None:
        if setup.total(torch.ones(1)).item() > 1:
            raise ConfigError(
                "principal components have no gradients to share; train them in one process"
            )
        super().__init__(model, setup)

    def optimisers(self) -> dict[str, Optimizer]:
        """Return none: nothing is learned by descent."""
        return {}

    def train_step(self, batch: PictureBatch, update: Update[PictureBatch]) -> Losses:
        """Reconstruct a batch, then take it into mean and directions."""
        assert isinstance(self.model, Pca)
        images = as_images(batch.pixels)
        with torch.no_grad():
            error = (self.model(images).reconstruction - images).square().mean()
            self.model.learn(images)
        return {"loss": error}
