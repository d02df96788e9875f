"""Attributes that ship: of the pictures that they were noted for, and of no others."""

from collections import Counter
from pathlib import Path

import numpy as np

from engine.api.latent import LatentSource
from engine.api.latent_space import EncodeData
from engine.api.tasks import TaskContext
from engine.core.ready_attributes import ready_attributes
from engine.service import execute

SILENT = TaskContext(lambda progress: None)


def test_faces_come_with_a_smile_and_with_glasses_on_the_same_people_as_without() -> None:
    cloud = execute(EncodeData(LatentSource("vae", "vae-faces")), SILENT)
    assert [one.name for one in cloud.attributes] == ["glasses", "smile"]
    for one in cloud.attributes:
        assert not set(one.with_it) & set(one.without)
    glasses = cloud.attributes[0]
    sides = (glasses.with_it, glasses.without)
    people = [Counter(cloud.class_indices[list(side)].tolist()) for side in sides]
    assert people[0] == people[1]


def test_other_pictures_have_no_ready_attributes() -> None:
    cloud = execute(EncodeData(LatentSource("vae", "vae-mnist-2d")), SILENT)
    assert cloud.attributes == ()
    assert ready_attributes("att_faces", 54) == ()  # one split of them: other indices
    assert ready_attributes("", 360) == ()
    assert ready_attributes("att_faces", 360, Path("nowhere")) == ()


def test_the_direction_tells_most_pictures_with_it_from_those_without() -> None:
    cloud = execute(EncodeData(LatentSource("vae", "vae-faces")), SILENT)
    for one in cloud.attributes:
        sides = [cloud.latents[list(side)] for side in (one.with_it, one.without)]
        direction = sides[0].mean(axis=0) - sides[1].mean(axis=0)
        middle = (sides[0].mean(axis=0) + sides[1].mean(axis=0)) / 2
        right = [(sides[0] - middle) @ direction > 0, (sides[1] - middle) @ direction < 0]
        assert np.concatenate(right).mean() > 0.7, one.name
