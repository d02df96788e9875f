"""What is said of the map of codes: of its lists, and of its colours."""

from __future__ import annotations

from engine.api.latent_space import LatentCloud
from gui.widgets.plots.map_plot import MOST_LABELS

METHOD_TIP = (
    "PCA: the plane in which the codes vary most. Two axes: two numbers of the code. t-SNE: codes "
    "that are neighbours stay so, distances mean nothing; it takes seconds"
)
LAYER_TIP = "The codes, the pictures between them, or both"
DATA_TIP = "Of which pictures the points are the codes"
MAP_TIP = "Drag to move the code; the wheel zooms, a double click shows all"


def about(cloud: LatentCloud) -> str:
    """Return whose codes these are, and what the colours of their points stand for."""
    return f"{cloud.about[:1].upper()}{cloud.about[1:]}. {_colours(cloud)}"


def _colours(cloud: LatentCloud) -> str:
    count = len(cloud.classes)
    if not (cloud.class_indices >= 0).any() or not count:
        return "All points have one colour: their classes are not known."
    if count <= MOST_LABELS:
        return "A colour is a class; its name stands among its points."
    return f"Colours are {count} classes, some of them alike; pointing at a point names its own."
