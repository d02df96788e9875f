"""Semantic segmentation beside instance segmentation: what a pixel is, and which one it is of.

Kirillov, He, Girshick, Rother, Dollár, Panoptic Segmentation, CVPR 2019,
https://arxiv.org/abs/1801.00868

Axes: H height, W width, N objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, MaskTile, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, heat, image, mask, on, table
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import count, listing, numbered

_SCENE_PX = (160, 120)
_DATA, _LOOKED_THROUGH = "pennfudan", 24
_LONGEST_PX = 400


@dataclass(frozen=True, slots=True)
class SemanticAndInstanceConfig(Parameters):
    """Which picture."""

    seed: int = parameter(
        7, low=0, high=9999, note="of the drawn scene, or number of the photograph"
    )
    people: bool = parameter(True, note="a photograph of Penn-Fudan where it is on this machine")


@TRACES.register(
    TraceCard(
        key="semantic-and-instance",
        title="Semantic and instance segmentation",
        summary="Two people side by side are one region of a class, and two objects.",
        config_type=SemanticAndInstanceConfig,
        area="segment",
        order=100,
    )
)
class SemanticAndInstance(Topic):
    """One picture with both kinds of masks, and what is lost from the one to the other.

    The result has `words`, what the picture is, `objects` with class and pixels, `regions`, how
    many connected regions the classes have, and `merged`, how many objects are lost in them.

    Attributes:
        pixels: (H, W, 3).
        semantic: class of each pixel, (H, W).
        instances: 0 for the background, n + 1 for object n, (H, W).
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: SemanticAndInstanceConfig = request.config
        found = photograph(self.config.seed) if self.config.people else None
        self.pixels, self.semantic, self.instances, self.classes, self.words = found or scene(
            self.config.seed
        )
        self.numbers = [int(one) for one in np.unique(self.instances) if one]
        self.areas = [int((self.instances == one).sum()) for one in self.numbers]
        self.labels = [self._class_of(one) for one in self.numbers]
        self.regions, self.region_count = self._regions()
        self.result = {
            "words": self.words,
            "objects": [
                {"class": label, "pixels": area}
                for label, area in zip(self.labels, self.areas, strict=True)
            ],
            "regions": self.region_count,
            "merged": len(self.numbers) - len(self._separate()),
        }

    def _class_of(self, one: int) -> str:
        return self.classes[int(self.semantic[self.instances == one][0])]

    def _regions(self) -> tuple[NDArray[np.int32], int]:
        """Return connected regions of one class, numbered from 1, and how many there are."""
        import cv2

        regions, total = np.zeros(self.semantic.shape, np.int32), 0
        for index in range(1, len(self.classes)):
            many, labels = cv2.connectedComponents((self.semantic == index).astype(np.uint8))
            regions[labels > 0] = labels[labels > 0] + total
            total += many - 1
        return regions, total

    def _separate(self) -> list[int]:
        """Return the objects that a region of their own shows: it touches no other object."""
        return [
            one
            for one in self.numbers
            if all(
                set(np.unique(self.instances[self.regions == region])) == {one}
                for region in np.unique(self.regions[self.instances == one])
            )
        ]

    @step
    def picture(self) -> Step:
        kinds = sorted(set(self.labels))
        return explain(
            "What is in the picture?",
            f"Of {self.words} one can ask two things: what is each pixel, and which objects are "
            f"there? It shows {count(len(self.numbers), 'object')} of "
            f"{count(len(kinds), 'class')}: {listing(kinds)}.",
            image(self.pixels, "picture"),
            bars("Pixels of each object", self._names(), self.areas),
        )

    @step
    def semantic_mask(self) -> Step:
        covered = float((self.semantic > 0).mean())
        return explain(
            "Semantic: what each pixel is",
            f"Every pixel has a class, {100 * covered:.1f} % one that is not the background. That "
            "is what U-Net, SegNet, FCN and DeepLab answer. How many objects there are is not "
            "asked, and not said.",
            image(self.pixels, "picture"),
            self._classes(),
            bars("Share of the picture, %", self.classes, self._shares(), labels=self.classes),
        )

    @step
    def instance_mask(self) -> Step:
        largest, smallest = max(self.areas), min(self.areas)
        return explain(
            "Instance: which object it is of",
            f"Every object has a mask of its own and a number: {len(self.numbers)} masks, the "
            f"largest of {largest:,} pixels, the smallest of {smallest:,}. The background is no "
            "object and has none. That is what Mask R-CNN answers.",
            image(self.pixels, "picture"),
            self._objects(),
            table(
                ("object", "class", "pixels"),
                zip(self.numbers, self.labels, self.areas, strict=True),
            ),
        )

    @step
    def regions_of_classes(self) -> Step:
        lost = len(self.numbers) - len(self._separate())
        words = (
            f"{count(lost, 'object')} {'touches' if lost == 1 else 'touch'} another of the same "
            "class or fall apart, and cannot be told from the classes."
            if lost
            else "Here none touches another of its class, so each is a region of its own."
        )
        return explain(
            f"{count(self.region_count, 'region')}, {count(len(self.numbers), 'object')}",
            f"Take the classes and cut them into connected regions: there are "
            f"{self.region_count}, for {count(len(self.numbers), 'object')}. {words}",
            self._classes(),
            heat(np.where(self.regions, self.regions, np.nan), "regions of one class"),
            self._objects(),
            bars("How many", {"objects": len(self.numbers), "regions": self.region_count}),
        )

    @step
    def from_instances(self) -> Step:
        again = np.zeros_like(self.semantic)
        for one, label in zip(self.numbers, self.labels, strict=True):
            again[self.instances == one] = self.classes.index(label)
        equal = int((again == self.semantic).sum())
        return explain(
            "One way is easy, the other is not",
            f"Give each object's pixels its class, and the semantic mask is there again: {equal:,} "
            f"of {again.size:,} pixels agree. The way back would have to guess where one object "
            "ends and the next begins.",
            self._objects(),
            mask(again, self.classes, "classes of the objects"),
            self._classes(),
            bars("Pixels", {"agree": equal, "differ": again.size - equal}),
        )

    @step
    def boxes(self) -> Step:
        boxes = self._boxes()
        x1, y1, x2, y2 = boxes[int(np.argmax(self.areas))].tolist()
        fill = max(self.areas) / ((x2 - x1) * (y2 - y1))
        return explain(
            "Between them: boxes",
            f"A detector numbers objects too, by boxes. The largest object's box is {x2 - x1:.0f} "
            f"x {y2 - y1:.0f} pixels, of which the object fills {100 * fill:.0f} %. A mask says "
            "which these are.",
            on(image(self.pixels, "boxes"), BoxesMark(boxes, "prediction", (), tuple(self.labels))),
            self._objects(),
            bars("Pixels of the largest", {"box": (x2 - x1) * (y2 - y1), "mask": max(self.areas)}),
        )

    @step
    def things_and_stuff(self) -> Step:
        background = int((self.instances == 0).sum())
        return explain(
            "Things and stuff: panoptic",
            f"Things can be counted, here {len(self.numbers)}; stuff cannot, such as road, sky or "
            f"this background of {background:,} pixels. Panoptic segmentation gives every pixel "
            "a class, and those of things a number too.",
            self._classes(),
            self._objects(),
            bars("Pixels", {"things": sum(self.areas), "stuff": background}),
        )

    @step
    def how_they_are_scored(self) -> Step:
        return explain(
            "Each has its score",
            f"Classes of pixels are scored by mIoU, over all pixels at once: swapping the numbers "
            f"of the {len(self.numbers)} objects changes nothing. Instances are scored by average "
            "precision: a mask counts as found when its IoU with an object is high enough, and "
            "an object found twice is a mistake.",
            self._classes(),
            self._objects(),
            table(
                ("kind", "a pixel has", "score"),
                [
                    ("semantic", "a class", "mIoU"),
                    ("instance", "a number, or none", "mask AP"),
                    ("panoptic", "a class; of things a number", "PQ"),
                ],
            ),
        )

    def _names(self) -> list[str]:
        return [f"{label} {one}" for label, one in zip(self.labels, self.numbers, strict=True)]

    def _shares(self) -> list[float]:
        return [100 * float((self.semantic == at).mean()) for at in range(len(self.classes))]

    def _classes(self) -> MaskTile:
        return mask(self.semantic, self.classes, "classes")

    def _objects(self) -> MaskTile:
        names = ("background", *numbered("object", range(max(self.numbers))))
        return mask(self.instances, names, "objects")

    def _boxes(self) -> NDArray[np.float32]:
        from engine.data.datasets.samples import boxes_around

        return boxes_around(self.instances == np.array(self.numbers).reshape(-1, 1, 1))


Both = tuple[
    NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32], tuple[str, ...], str
]  # pixels, classes, objects, names of classes, what it is


def scene(seed: int) -> Both:
    """Return a drawn scene of two kinds of things, with its true masks."""
    from engine.data.shapes import SHAPE_CLASSES, draw_scene

    width, height = _SCENE_PX
    drawn = draw_scene(seed, width, height_px=height, object_counts=(8, 12))
    round_ones = {SHAPE_CLASSES.index("circle") + 1, SHAPE_CLASSES.index("ring") + 1}
    is_round = np.isin(drawn.semantic_mask, list(round_ones))
    semantic = np.where(drawn.semantic_mask == 0, 0, np.where(is_round, 2, 1)).astype(np.uint8)
    words = f"a drawn scene of {width} x {height} pixels"
    return drawn.pixels, semantic, drawn.instance_mask, ("background", "angular", "round"), words


def photograph(index: int) -> Both | None:
    """Return a photograph of Penn-Fudan with its masks; None where the data is not here.

    It is the first from a number on in which people touch, if one soon follows.
    """
    from engine.api.errors import EngineError
    from engine.data.datasets.opening import open_dataset

    try:
        data: Any = open_dataset(_DATA, "all", "detection")
        samples = (data[(index + more) % len(data)] for more in range(_LOOKED_THROUGH))
        sample = next(filter(_touching, samples), None) or data[index % len(data)]
    except EngineError:
        return None
    masks: NDArray[np.bool_] = sample.masks
    numbered_masks = (masks * np.arange(1, len(masks) + 1).reshape(-1, 1, 1)).max(axis=0)
    every = -(-max(numbered_masks.shape) // _LONGEST_PX)  # a mean of numbers would be another one
    instances = numbered_masks[::every, ::every]
    pixels = np.ascontiguousarray(sample.pixels[::every, ::every])
    height, width = instances.shape
    words = f"a photograph of Penn-Fudan of {width} x {height} pixels"
    semantic = (instances > 0).astype(np.uint8)
    return pixels, semantic, instances.astype(np.int32), ("background", "person"), words


def _touching(sample: Any) -> bool:
    """Tell whether there are fewer regions of people than people."""
    import cv2

    regions, _ = cv2.connectedComponents(sample.masks.any(axis=0).astype(np.uint8))
    return bool(regions - 1 < len(sample.masks))
