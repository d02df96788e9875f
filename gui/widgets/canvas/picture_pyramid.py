"""A picture and its halves, quarters, …, so that a big one is drawn as fast as a small one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from gui.widgets.rgb_images import image_over

AT_ONCE_PIXELS = 2_500_000
"""Up to here every level is made when it is first drawn, in a few milliseconds."""

CONVERTED_PIXELS = 64_000_000
"""Up to here the whole picture is kept in Qt's own format too, which draws four times as fast."""

_PREVIEW_PIXELS = 1_000_000
_SMALLEST_SIDE = 256
_BAND_ROWS = 64  # so much is done between two looks at the stop flag, about a millisecond


class PicturePyramid:
    """Levels of one picture; level k has 1 / 2**k of its width, rounded up.

    A big picture is drawn from every n-th pixel until `build` has run, which may be called on
    another thread.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        """Take RGB uint8 (H, W, 3)."""
        self._pixels = np.ascontiguousarray(pixels)
        self.height, self.width = pixels.shape[:2]
        self.is_big = self.width * self.height > AT_ONCE_PIXELS
        self._is_stopped = False  # set by another thread than builds
        self._arrays: list[NDArray[np.uint32]] = []  # levels 1, 2, …; appended when finished
        self._images: dict[int, QImage] = {}
        self._is_built = False
        self._level_count = 1
        while max(self.width, self.height) >> self._level_count >= _SMALLEST_SIDE // 2:
            self._level_count += 1
        self._preview_step = 1
        # No copy: a live frame is seen at 100 % once, and converting 48 megapixels takes 70 ms.
        self._images[0] = image_over(self._pixels)
        if self.is_big:
            self._preview_step = int(np.ceil((self.width * self.height / _PREVIEW_PIXELS) ** 0.5))
            step = self._preview_step
            self._preview_pixels = np.ascontiguousarray(self._pixels[::step, ::step])
            self._preview = image_over(self._preview_pixels)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to build on another thread."""
        return not self.is_big or self._is_built

    def image_for(self, scale: float) -> tuple[QImage, float]:
        """Return an image for a scale in device pixels per pixel, and its pixels' side.

        The side is how many picture pixels one of its pixels covers.
        """
        level = 0
        while level + 1 < self._level_count and scale * 2 ** (level + 1) <= 1:
            level += 1
        if not self.is_big:
            if scale != 1 and self._images[0].format() != QImage.Format.Format_RGB32:
                self._images[0] = self._images[0].convertToFormat(QImage.Format.Format_RGB32)
            while len(self._arrays) < level:
                self._arrays.append(halved(self._last_array()))
        elif level > len(self._arrays):
            return self._best_unfinished(scale)
        if level not in self._images:
            self._images[level] = _rgb32_image(self._arrays[level - 1])
        return self._images[level], float(2**level)

    def build(self) -> None:
        """Make every level of a big picture; returns early after `stop`."""
        level = self._first_half()
        while level is not None and not self._is_stopped:
            self._arrays.append(level)
            if len(self._arrays) == self._level_count - 1:
                break
            level = halved(level)
        if self.width * self.height <= CONVERTED_PIXELS:
            self._convert()
        self._is_built = not self._is_stopped

    def stop(self) -> None:
        """Ask a running `build` to return within a few milliseconds."""
        self._is_stopped = True

    def _best_unfinished(self, scale: float) -> tuple[QImage, float]:
        if self._arrays and 2 ** len(self._arrays) >= self._preview_step:
            level = len(self._arrays)
            return _rgb32_image(self._arrays[level - 1]), float(2**level)
        if scale * self._preview_step > 1.5:
            return self._images[0], 1.0
        return self._preview, float(self._preview_step)

    def _last_array(self) -> NDArray[np.uint32]:
        if self._arrays:
            return self._arrays[-1]
        return _words_of(self._images[0])

    def _convert(self) -> None:
        """Replace the whole picture by a copy in Qt's own format."""
        words = np.empty((self.height, self.width), np.uint32)
        for top in range(0, self.height, _BAND_ROWS):
            if self._is_stopped:
                return
            band = image_over(self._pixels[top : top + _BAND_ROWS])
            words[top : top + _BAND_ROWS] = _words_of(
                band.convertToFormat(QImage.Format.Format_RGB32)
            )
        self._whole = words
        self._images[0] = _rgb32_image(words)

    def _first_half(self) -> NDArray[np.uint32] | None:
        result = np.empty(((self.height + 1) // 2, (self.width + 1) // 2), np.uint32)
        for top in range(0, self.height, _BAND_ROWS):
            if self._is_stopped:
                return None
            band = image_over(self._pixels[top : top + _BAND_ROWS])
            words = _words_of(band.convertToFormat(QImage.Format.Format_RGB32))
            half = halved(words)
            result[top // 2 : top // 2 + len(half)] = half
        return result


def halved(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Average 2 x 2 pixels 0xAARRGGBB (H, W); odd edges are repeated, the result rounds up."""
    height, width = words.shape
    if height % 2 or width % 2:
        words = np.pad(words, ((0, height % 2), (0, width % 2)), mode="edge")
    # Rounding up first and down afterwards keeps the mean brightness over many levels.
    rows = _mean_up(words[0::2], words[1::2])
    return _mean_down(rows[:, 0::2], rows[:, 1::2])


def _rgb32_image(words: NDArray[np.uint32]) -> QImage:
    height, width = words.shape
    return QImage(words.data, width, height, 4 * width, QImage.Format.Format_RGB32)


def _words_of(image: QImage) -> NDArray[np.uint32]:
    flat = np.frombuffer(image.constBits(), np.uint32)
    return flat.reshape(image.height(), image.width()).copy()


# The mean of four bytes at once: what they share plus half of what they do not (the mask keeps
# each byte's half out of its neighbour).
_HALVES = np.uint32(0xFEFEFEFE)


def _mean_down(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (((a ^ b) & _HALVES) >> np.uint32(1)) + (a & b)


def _mean_up(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (a | b) - (((a ^ b) & _HALVES) >> np.uint32(1))
