"""What each list, number and view of the page says of itself under the pointer."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

TIPS = {
    "model": "A model with its weights, by family; those of your runs stand last",
    "class": "The class that the model is told; the same code is another picture in each",
    "picture": "What the model makes of the present code",
    "pad": "Draw with the left button; the model encodes what you draw",
    "compare": "A second model with a map and a picture of its own",
    "map_x": "Which number of the code, or which direction, goes to the right",
    "map_y": "Which number of the code, or which direction, goes up",
    "manifold": "Pictures at steps that are equally likely under a Gaussian; drag to take a code",
    "second_picture": "What the second model makes of its own code",
    "keyframes": "The walk goes through these codes; drop samples here, Enter takes a code",
    "frames": "Pictures from one keyframe to the next",
    "fps": "How fast the walk is played, and exported",
    "strip_lerp": "A walk along the straight line between codes; click or drag to look at a frame",
    "strip_slerp": "A walk along the sphere, its length going evenly; click or drag likewise",
    "attribute_name": "What the pictures with it have in common",
    "attributes": "Directions that were kept; they are found again in other models' codes",
    "strength": "How many times the direction is added to the code; the middle adds none",
    "cloud_pictures": "Drag one into a well, click to put it into a group, Enter takes its code",
    "traverse_basis": "Numbers of the code one by one, or the directions in which codes vary most",
    "traverse_count": "How many pictures a row has",
    "traverse_reach": "How far from the code a row goes to either side, in standard deviations",
    "traverse_compare": "A second model with rows of its own",
    "traversal": "One row a direction; a click takes the code of a picture",
    "second.traversal": "One row a direction of the second model",
    "samples": "Pictures of drawn codes; click for the one at the right, drag one away",
    "rebuilt_by": "Tick the models to compare; all must take pictures of one size",
    "rebuilt_data": "Which pictures go through the models: of a data set, a folder, your own",
    "rebuilt_count": "How many pictures each row has",
    "rebuilt": "Above the originals as the models see them, below each model's reconstruction",
}


def explain(page: QWidget) -> None:
    """Give the controls of the page their tool tips."""
    for name, tip in TIPS.items():
        control = page.findChild(QWidget, f"latent.{name}")
        assert control is not None, name
        control.setToolTip(tip)
    for name in ("map_x", "map_y", "manifold"):  # the second model has a map of its own
        second = page.findChild(QWidget, f"latent.second.{name}")
        assert second is not None
        second.setToolTip(TIPS[name])
