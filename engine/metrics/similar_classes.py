"""Which classes are similar: those of one super-category of COCO, https://cocodataset.org."""

from __future__ import annotations

from collections.abc import Sequence

_GROUPS = {
    "vehicle": "bicycle, car, motorcycle, motorbike, airplane, aeroplane, bus, train, truck, boat",
    "outdoor": "traffic light, fire hydrant, stop sign, parking meter, bench",
    "animal": "bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe",
    "accessory": "backpack, umbrella, handbag, tie, suitcase",
    "sports": "frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, "
    "skateboard, surfboard, tennis racket",
    "kitchen": "bottle, wine glass, cup, fork, knife, spoon, bowl",
    "food": "banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake",
    "furniture": "chair, couch, sofa, potted plant, pottedplant, bed, dining table, diningtable, "
    "toilet",
    "electronic": "tv, tvmonitor, laptop, mouse, remote, keyboard, cell phone",
    "appliance": "microwave, oven, toaster, sink, refrigerator",
    "indoor": "book, clock, vase, scissors, teddy bear, hair drier, toothbrush",
    "person": "person, pedestrian, people, face",
}
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names.split(", ")}


def groups_of(classes: Sequence[str]) -> list[int]:
    """Return a number for each class, the same for similar ones; an unknown class is by itself."""
    keys = [_GROUP_OF.get(name.lower(), f"the class {name}") for name in classes]
    return [keys.index(key) for key in keys]
