"""Pixels as Qt takes them; everywhere else a picture is RGB uint8 (H, W, 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPixmap


def image_over(pixels: NDArray[np.uint8]) -> QImage:
    """Wrap RGB rows that lie one after the other, without a copy; they must outlive the image."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return RGB pixels (H, W, 3) as an image of its own memory, in the format painted fastest."""
    return image_over(np.ascontiguousarray(pixels)).convertToFormat(QImage.Format.Format_RGB32)


def as_pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    """Return RGB pixels (H, W, 3) as a pixmap of its own memory."""
    return QPixmap.fromImage(image_over(np.ascontiguousarray(pixels)))


def as_pixels(image: QImage) -> NDArray[np.uint8]:
    """Return an image as RGB pixels (H, W, 3) of their own memory; what is clear loses that."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width, stride = plain.height(), plain.width(), plain.bytesPerLine()
    rows = np.frombuffer(plain.constBits(), np.uint8, height * stride).reshape(height, stride)
    return rows[:, : 3 * width].reshape(height, width, 3).copy()
