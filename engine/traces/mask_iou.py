"""Intersection over union of masks, class by class, and its mean: how segmenters are compared.

Everingham et al., The Pascal Visual Object Classes Challenge, IJCV 2010,
https://doi.org/10.1007/s11263-009-0275-4

Axes: H height, W width, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, MaskTile, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, heat, image, mask, table
from engine.traces.segmentation_pictures import scene_classes, subject
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import as_printed, count, listing

_PICTURE_PX = 96


@dataclass(frozen=True, slots=True)
class MaskIouConfig(Parameters):
    """How the answer differs from the truth."""

    right_px: int = parameter(3, low=-24, high=24, unit="px", note="the answer lies so far right")
    grown_px: int = parameter(
        1, low=-6, high=6, unit="px", note="and its objects are so much wider"
    )


@TRACES.register(
    TraceCard(
        key="mask-iou",
        title="IoU of masks, and mIoU",
        summary="Shared pixels over all pixels of a class, class by class, and the mean of them.",
        config_type=MaskIouConfig,
        area="segment",
        order=6,
    )
)
class MaskIou(Topic):
    """A true mask and an answer to it: counts, ratios, the mean.

    The result has `confusion` (K, K), true classes in rows; of the classes that occur their
    `iou`, and `miou` and `pixel_accuracy` in [0, 1].

    Attributes:
        found: indices of the classes that occur in either mask.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: MaskIouConfig = request.config
        self.picture = subject(None, _PICTURE_PX)
        assert self.picture.mask is not None  # of a drawn scene
        self.classes = scene_classes()
        self.truth = self.picture.mask
        self.answer = self._answered()
        size = len(self.classes)
        pairs = self.truth.astype(np.int64) * size + self.answer
        self.confusion = np.bincount(pairs.ravel(), minlength=size**2).reshape(size, size)
        self.shared = self.confusion.diagonal()
        self.either = self.confusion.sum(axis=0) + self.confusion.sum(axis=1) - self.shared
        self.found = np.flatnonzero(self.either).tolist()
        self.iou = {at: float(self.shared[at] / self.either[at]) for at in self.found}
        self.mean = float(np.mean(list(self.iou.values())))
        self.accuracy = float(self.shared.sum() / self.truth.size)
        self.result = {
            "confusion": self.confusion,
            "iou": {self.classes[at]: value for at, value in self.iou.items()},
            "miou": self.mean,
            "pixel_accuracy": self.accuracy,
        }

    def _answered(self) -> np.ndarray:
        """Return the truth, moved, its objects grown or shrunk."""
        import cv2

        grown = self.config.grown_px
        answer = np.roll(self.truth, self.config.right_px, axis=1)
        brush = np.ones((2 * abs(grown) + 1,) * 2, np.uint8)
        changed = cv2.dilate(answer, brush) if grown > 0 else cv2.erode(answer, brush)
        return np.asarray(changed, np.uint8)

    @step
    def two_masks(self) -> Step:
        wrong = int((self.truth != self.answer).sum())
        return explain(
            "A true mask and an answer",
            f"Of {self.picture.words}, the true class of every pixel and an answer that is off by "
            f"{self.config.right_px} px. {wrong:,} of {self.truth.size:,} pixels differ. How good "
            "is that? One number should say it.",
            image(self.picture.pixels, "picture"),
            *self._both(),
            heat(self.truth != self.answer, "wrong"),
            bars("Pixels", {"right": self.truth.size - wrong, "wrong": wrong}),
        )

    @step
    def pixel_accuracy(self) -> Step:
        background = float((self.truth == 0).mean())
        right = int(self.shared.sum())
        return explain(
            f"Pixel accuracy: {100 * self.accuracy:.1f} %",
            f"{right:,} of {self.truth.size:,} pixels are right. But who calls everything "
            f"{self.classes[0]} would have {100 * background:.1f} % right, and see nothing: "
            "large classes hide the small ones.",
            *self._both(),
            heat(self.truth == self.answer, "right"),
            bars(
                "Pixels that are right, %",
                {"the answer": 100 * self.accuracy, "all background": 100 * background},
            ),
            formula=rf"\dfrac{{{right}}}{{{self.truth.size}}}={self.accuracy:.3f}",
        )

    @step(each="found")
    def of_a_class(self, index: int) -> Step:
        name = self.classes[index]
        true, said = self.truth == index, self.answer == index
        shared, either = int(self.shared[index]), int(self.either[index])
        return explain(
            f"{name.capitalize()}: IoU {self.iou[index]:.3f}",
            f"{int(true.sum()):,} pixels are {name}, {int(said.sum()):,} are called so, and "
            f"{shared:,} are both: the intersection. Together they cover {either:,}, the union, "
            f"in which the shared ones count once. The one over the other is "
            f"{self.iou[index]:.3f}.",
            [heat(true, "true"), heat(said, "answered")],
            [heat(true & said, "both"), heat(true | said, "either")],
            bars(
                f"Pixels of {name}",
                {
                    "true": true.sum(),
                    "answered": said.sum(),
                    "both": shared,
                    "either": either,
                },
            ),
            formula=rf"\dfrac{{{shared}}}{{{int(true.sum())}+{int(said.sum())}-{shared}}}"
            rf"=\dfrac{{{shared}}}{{{either}}}={self.iou[index]:.3f}",
        )

    @step
    def in_one_table(self) -> Step:
        part = self.confusion[np.ix_(self.found, self.found)].astype(np.float64)
        names = [self.classes[at] for at in self.found]
        shown = np.where(np.eye(len(part)) > 0, np.nan, part)
        true, said = np.unravel_index(int(np.nanargmax(shown)), part.shape)
        diagonal = [(at, at) for at in range(len(part))]
        return explain(
            "All pairs in one table",
            f"Rows are true classes, columns the answers. The diagonal, {int(self.shared.sum()):,} "
            f"pixels, is right; the largest mistake is {names[true]} taken for {names[said]}, "
            f"{int(part[true, said]):,} pixels. A union is a row and a column, less the pixel "
            "count where they cross.",
            [
                cells(
                    part,
                    "pixels",
                    lit=diagonal,
                    row_names=names,
                    column_names=names,
                    is_coloured=False,
                )
            ],
            bars("Union of each class", names, self.either[self.found]),
            formula=r"\mathrm{IoU}_k=\dfrac{n_{kk}}{\sum_j\,n_{kj}+\sum_i\,n_{ik}-n_{kk}}",
        )

    @step
    def mean_of_classes(self) -> Step:
        many = len(self.found)
        values = [self.iou[at] for at in self.found]
        texts, mean = as_printed(values, lambda v: sum(v) / many, 3)
        worst = min(self.found, key=self.iou.__getitem__)
        absent = [name for at, name in enumerate(self.classes) if at not in self.found]
        rest = (
            f" {listing(absent).capitalize()} occurs in neither mask and is left out."
            if absent
            else ""
        )
        return explain(
            f"mIoU: {mean}",
            f"The mean over {count(many, 'class')}, each counting alike, however few pixels it "
            f"has: {mean}. {self.classes[worst].capitalize()} is the worst with "
            f"{self.iou[worst]:.3f}.{rest}",
            *self._both(),
            bars(
                "IoU",
                [self.classes[at] for at in self.found],
                values,
                labels=[self.classes[at] for at in self.found],
                limit=self.mean,
                limit_name="mIoU",
            ),
            formula=rf"\dfrac{{{'+'.join(texts)}}}{{{many}}}={mean}",
        )

    @step
    def beside_other_scores(self) -> Step:
        values = [self.iou[at] for at in self.found]
        dice = float(np.mean([2 * one / (1 + one) for one in values]))
        rows = [
            ("pixel accuracy", f"{self.accuracy:.3f}"),
            ("mIoU", f"{self.mean:.3f}"),
            ("mean Dice", f"{dice:.3f}"),
        ]
        return explain(
            "Three scores of one answer",
            f"The same answer has a pixel accuracy of {self.accuracy:.3f}, an mIoU of "
            f"{self.mean:.3f} and a mean Dice of {dice:.3f}. Dice is never below IoU. Over a "
            "data set the pixels of all pictures are counted first, and divided once at the end.",
            *self._both(),
            table(("score", "value"), rows),
            formula=r"\mathrm{Dice}=\dfrac{2\,\mathrm{IoU}}{1+\mathrm{IoU}}",
        )

    def _both(self) -> list[MaskTile]:
        return [
            mask(self.truth, self.classes, "true classes"),
            mask(self.answer, self.classes, "answer"),
        ]
