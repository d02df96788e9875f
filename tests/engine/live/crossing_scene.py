"""A street drawn by numbers: every way, and so every crossing, is known before it is filmed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.api.detection import Detections

WIDTH, HEIGHT, RATE = 320, 240, 25
COLOURS = {"car": (230, 60, 40), "person": (40, 90, 230)}
SIZES = {"car": (36, 20), "person": (12, 26)}


@dataclass(frozen=True)
class Way:
    """From one place to another in pixels of centres, at an even speed."""

    label: str
    start: tuple[float, float]
    end: tuple[float, float]
    from_s: float
    to_s: float

    def centre(self, time_s: float) -> tuple[float, float] | None:
        part = (time_s - self.from_s) / (self.to_s - self.from_s)
        if not 0 <= part <= 1:
            return None
        (x1, y1), (x2, y2) = self.start, self.end
        return x1 + part * (x2 - x1), y1 + part * (y2 - y1)


# A line across the middle, x = 160 from y = 20 to y = 220: the way to the right is its right hand.
STREET = (
    Way("car", (30, 60), (290, 60), 0.0, 2.0),
    Way("car", (40, 105), (280, 115), 0.6, 2.6),
    Way("car", (285, 150), (35, 150), 0.4, 2.8),
    Way("person", (60, 190), (250, 190), 0.2, 3.8),
    Way("person", (260, 205), (100, 30), 0.5, 3.9),
    Way("person", (20, 30), (120, 30), 0.0, 3.5),  # turns back before the line
    Way("person", (120, 225), (240, 236), 1.0, 3.0),  # passes below its end
)
CROSSED_TO_THE_RIGHT = {"car": 2, "person": 1}
CROSSED_TO_THE_LEFT = {"car": 1, "person": 1}
SECONDS = 4.0


def frame(ways: tuple[Way, ...], time_s: float) -> np.ndarray:
    """Draw the street at one moment, RGB."""
    pixels = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for way in ways:
        place = way.centre(time_s)
        if place is not None:
            width, height = SIZES[way.label]
            x, y = round(place[0] - width / 2), round(place[1] - height / 2)
            colour = COLOURS[way.label]
            cv2.rectangle(pixels, (x, y), (x + width - 1, y + height - 1), colour, -1)
    return pixels


def detect(
    pixels: np.ndarray, random: np.random.Generator | None = None, tolerance: int = 0
) -> Detections:
    """Find the rectangles by their colours; with `random` trembling, and one in twelve missed."""
    boxes, scores, labels = [], [], []
    for label, colour in COLOURS.items():
        low, high = (tuple(part + sign * tolerance for part in colour) for sign in (-1, 1))
        mask = cv2.inRange(pixels, low, high)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        for x, y, width, height, area in stats[1:count].tolist():
            if area < 60:
                continue  # what encoding leaves at edges
            box = np.array([x, y, x + width, y + height], np.float64)
            if random is not None:
                if random.random() < 1 / 12:
                    continue
                box += random.normal(0, 0.5, 4)
            boxes.append(box)
            scores.append(0.9 if random is None else random.uniform(0.55, 0.95))
            labels.append(label)
    return Detections.of(boxes, scores, tuple(labels))
