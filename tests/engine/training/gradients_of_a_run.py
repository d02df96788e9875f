"""Writes the gradients of one U-Net step on shapes; run alone or by torchrun.

The network computes in double precision: in single, sums in another order differ in the last digit,
and what is asked is whether the two are the same sum.
"""

import sys

import torch

from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.layers.convolution_block import Normalisation
from engine.models.segmentation.unet import UnetConfig
from engine.training.batches import BatchPlan, TrainingBatches
from engine.training.distributed import Group
from engine.training.objective import OBJECTIVES, Setup
from engine.training.updates import Updater


def main(target: str, normalisation: Normalisation) -> None:
    group, device = Group(), torch.device("cpu")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = MODELS.build("unet", UnetConfig(base_channels=8, depth=2, normalisation=normalisation))
    model.double()
    model.register_forward_pre_hook(lambda module, inputs: (inputs[0].double(),))
    dataset = open_dataset("shapes", "train", "segmentation", OpenOptions(samples=32))
    config = TrainConfig(batch_size=8)
    plan = BatchPlan(len(dataset), config.batch_size, 0, group.rank, group.ranks)
    with group.joined(device):
        setup = Setup(dataset.facts, config, group.wrap, group.total)
        objective = OBJECTIVES.factory("segmentation")(model, setup)
        updater = Updater(objective.optimisers(), config, "float32", device, group)
        updater.parts = 1 if normalisation == "batch" else 2  # parts have statistics of their own
        batch = next(TrainingBatches(dataset, plan, None, 0, device).epoch(0, 0))
        objective.train_step(batch, updater)
        if group.is_first:
            torch.save({name: p.grad for name, p in model.named_parameters()}, target)


if __name__ == "__main__":
    main(sys.argv[1], "batch" if sys.argv[2] == "batch" else "group")
