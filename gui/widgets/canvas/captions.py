"""Short texts over the picture: light on a dark plate, so that they read on anything."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from gui.widgets.canvas.frame import Frame

MOST_CAPTIONS = 150
"""With more boxes than this in view no captions are drawn: they would cover the picture."""

_PLATE = QColor(12, 15, 19, 205)
_TEXT = QColor(255, 255, 255)
_LONGEST = 48  # characters

Place = tuple[int, int, int, int]  # left, top, right, bottom in device pixels


@dataclass(frozen=True, slots=True)
class Caption:
    """A text at a box.

    Attributes:
        box: device pixels x1 y1 x2 y2.
        colour: of the stripe at the plate's left, 0xAARRGGBB.
        is_forced: drawn even where it covers another one.
    """

    text: str
    box: tuple[float, float, float, float]
    colour: int
    is_forced: bool = False


class CaptionPlates:
    """Plates with their texts, drawn once and kept while they are in use.

    Drawing a text takes ten times as long as drawing an image of it.
    """

    _MOST = 600

    def __init__(self) -> None:
        self._plates: OrderedDict[tuple[str, int, str], QImage] = OrderedDict()

    def plate(self, frame: Frame, caption: Caption, font_key: str) -> QImage:
        """Return a caption's image in device pixels."""
        key = (caption.text, caption.colour, font_key)
        plate = self._plates.get(key)
        if plate is None:
            plate = self._plates[key] = _drawn(frame, caption)
            if len(self._plates) > self._MOST:
                self._plates.popitem(last=False)
        else:
            self._plates.move_to_end(key)
        return plate


class CaptionPainter:
    """Collects the captions of one repaint, then draws those that find a free place.

    A caption sits above its box, else inside at the top, else below; always inside the view.
    """

    def __init__(self, frame: Frame, plates: CaptionPlates) -> None:
        self._frame = frame
        self._plates = plates
        self._captions: list[Caption] = []

    def add(self, caption: Caption) -> None:
        """Take a caption; earlier ones choose their place first, forced ones before all."""
        if caption.text:
            self._captions.append(caption)

    def paint(self) -> None:
        """Draw all that were added."""
        if not self._captions:
            return
        painter, font_key = self._frame.painter, self._frame.font.key()
        taken = _TakenPlaces()
        for caption in sorted(self._captions, key=_is_optional):
            plate = self._plates.plate(self._frame, caption, font_key)
            place = self._place(caption, plate.width(), plate.height(), taken)
            if place is not None:
                taken.add(place)
                painter.drawImage(place[0], place[1], plate)

    def _place(
        self, caption: Caption, width: int, height: int, taken: _TakenPlaces
    ) -> Place | None:
        frame = self._frame
        x1, y1, _, y2 = caption.box
        gap = frame.line_px(1)
        x = round(min(max(x1 - gap, 0), max(frame.width - width, 0)))
        right = x + width
        above, inside, below = y1 - height - gap, max(y1, 0) + gap, y2 + gap
        lowest = frame.height - height
        for wanted in (above, inside, below):
            y = round(wanted)
            place = (x, y, right, y + height)
            if 0 <= y <= lowest and taken.is_free(place):
                return place
        y = round(min(max(above, 0), max(lowest, 0)))
        return (x, y, right, y + height) if caption.is_forced else None


class _TakenPlaces:
    """Places by the strips of the view that they touch, so that few are compared with each."""

    _STRIP_PX = 16

    def __init__(self) -> None:
        self._strips: dict[int, list[Place]] = {}

    def add(self, place: Place) -> None:
        for strip in self._touched(place):
            self._strips.setdefault(strip, []).append(place)

    def is_free(self, place: Place) -> bool:
        left, top, right, bottom = place
        return not any(
            other[0] < right and other[2] > left and other[1] < bottom and other[3] > top
            for strip in self._touched(place)
            for other in self._strips.get(strip, ())
        )

    def _touched(self, place: Place) -> range:
        return range(place[1] // self._STRIP_PX, (place[3] - 1) // self._STRIP_PX + 1)


def _is_optional(caption: Caption) -> bool:
    return not caption.is_forced


def _drawn(frame: Frame, caption: Caption) -> QImage:
    text = caption.text
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    metrics = QFontMetricsF(frame.font)
    pad, stripe = 4 * frame.ratio, frame.line_px(3)
    width = round(metrics.horizontalAdvance(text) + 2 * pad + stripe)
    height = round(metrics.height() + pad / 2)
    plate = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    plate.fill(_PLATE)
    painter = QPainter(plate)
    painter.fillRect(0, 0, stripe, height, QColor.fromRgb(caption.colour))
    painter.setFont(frame.font)
    painter.setPen(_TEXT)
    area = QRectF(stripe + pad, 0, width, height)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(area, int(flags), text)
    painter.end()
    return plate
