"""Pictures, heat maps and masks of a layer."""

from __future__ import annotations

from engine.api.traces import HeatMark, ImageMark, MaskMark
from gui.theme import role_colour
from gui.widgets.canvas.captions import Caption, CaptionPainter
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.item_marks import Emphasis, Look, PreparedMark
from gui.widgets.canvas.picture_view import SMOOTH_UP_TO
from gui.widgets.canvas.raster_source import HeatSource, MaskSource, PictureSource, RasterSource

_NEVER = 0.0  # a mean of two class indices' colours would be the colour of a third class


class PreparedRaster(PreparedMark):
    """Values stretched over an extent."""

    def __init__(self, source: RasterSource, smooth_up_to: float, caption: str = "") -> None:
        self._source = source
        self._smooth_up_to = smooth_up_to
        self._caption = caption

    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw the coloured values."""
        del emphasis
        frame.painter.setOpacity(1.0)
        self._source.paint(frame, look.opacity, smooth_up_to=self._smooth_up_to)
        frame.painter.setOpacity(look.opacity)
        if self._caption:
            area = frame.rectangle(self._source.extent_xyxy)
            box = (area.left(), area.top(), area.right(), area.bottom())
            captions.add(Caption(self._caption, box, role_colour("neutral").rgb()))


def prepare_image(mark: ImageMark) -> PreparedRaster:
    """Prepare a picture."""
    return PreparedRaster(PictureSource(mark.pixels, mark.extent_xyxy), SMOOTH_UP_TO, mark.caption)


def prepare_heat(mark: HeatMark) -> PreparedRaster:
    """Prepare a scalar field."""
    return PreparedRaster(
        HeatSource(mark.values, mark.extent_xyxy, mark.limits), SMOOTH_UP_TO, mark.caption
    )


def prepare_mask(mark: MaskMark) -> PreparedRaster:
    """Prepare a class index per pixel."""
    source = MaskSource(mark.class_indices, mark.extent_xyxy, mark.categories, mark.roles)
    return PreparedRaster(source, _NEVER)
