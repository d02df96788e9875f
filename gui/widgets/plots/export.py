"""A plot as a picture, as a drawing, and as a table of its numbers."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QFile, QIODevice, QPointF, QRectF, QSaveFile, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from gui.theme import THEME
from gui.widgets.file_dialogs import file_to_save
from gui.widgets.plots.exports_made import PLOT_EXPORTS

if TYPE_CHECKING:
    from gui.widgets.plots.plot import Plot

PICTURE_SCALE = 2
"""Dots a pixel: sharp in print and on a slide."""

FILTERS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Table (*.csv)"}


def choose_and_save(plot: Plot, kind: str) -> None:
    """Ask where to, and save a plot as `png`, `svg` or `csv`."""
    name = f"{(plot.objectName() or 'plot').replace('.', '-')}.{kind}"
    target = file_to_save(plot, "Save the plot", name, FILTERS[kind])
    if target is not None:
        save(plot, target, kind)


def save(plot: Plot, target: Path, kind: str) -> None:
    """Write a plot; a file that was there is replaced only once all is written."""
    content = {"png": picture_bytes, "svg": drawing_bytes, "csv": table_bytes}[kind](plot)
    file = QSaveFile(str(target))
    is_written = (
        file.open(QIODevice.OpenModeFlag.WriteOnly)
        and file.write(QByteArray(content)) == len(content)
        and file.commit()
    )
    if is_written:
        PLOT_EXPORTS.saved.emit(f"Saved {target}")
    else:
        reason = file.errorString() if file.error() != QFile.FileError.NoError else "not written"
        PLOT_EXPORTS.failed.emit(f"{target}: {reason}; choose another folder or name.")


def copy_picture(plot: Plot) -> None:
    """Put the plot into the clipboard as a picture."""
    QGuiApplication.clipboard().setImage(picture_of(plot))


def picture_of(plot: Plot) -> QImage:
    """Return the plot as it is seen, without crosshair, twice as fine."""
    plot.fill_now()
    size = plot.viewport().size()
    image = QImage(size * PICTURE_SCALE, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    _render(plot, painter, QRectF(image.rect()))
    painter.end()
    return image


def picture_bytes(plot: Plot) -> bytes:
    """Return the plot as a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture_of(plot).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def drawing_bytes(plot: Plot) -> bytes:
    """Return the plot as an SVG, its curves clipped to the axes."""
    from PySide6.QtSvg import QSvgGenerator

    plot.fill_now()
    buffer = QBuffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # version 1.2 Tiny cannot clip
    generator.setOutputDevice(buffer)
    # Axes are kept as QPictures, which are scaled where the resolution is another.
    generator.setResolution(plot.logicalDpiX())
    generator.setTitle(plot.accessibleName())
    size = plot.viewport().size()
    generator.setSize(size)
    generator.setViewBox(QRectF(QPointF(), QSizeF(size)))
    painter = QPainter(generator)
    _render(plot, painter, QRectF(QPointF(), QSizeF(size)))
    painter.end()
    return bytes(buffer.data().data())


def _render(plot: Plot, painter: QPainter, target: QRectF) -> None:
    """Draw the plot on its theme's background, without what only the pointer wants to know."""
    painter.fillRect(target, QColor(THEME.tokens.window))
    scene = plot.scene()
    scene.prepareForPaint()
    scene.render(painter, target, QRectF(plot.viewport().rect()))


def table_bytes(plot: Plot) -> bytes:
    """Return the numbers of the plot as CSV, each with all its digits."""
    columns, rows = plot.table()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
