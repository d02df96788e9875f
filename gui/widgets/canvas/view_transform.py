"""Where the picture lies on the screen: scale and offset, without any Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MIN_SCALE, MAX_SCALE = 0.01, 32.0
ZOOM_STEP = 1.25
MARGIN_PX = 8.0
REACH_PX = 48.0
"""So much of the picture stays in the view however far it is dragged."""

COMFORTABLE_PX = 32.0
"""A region with a longer side below this is too small to be looked at."""

FitMode = Literal["fit", "width", "free"]
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class ViewTransform:
    """Maps picture pixels to screen pixels: screen = picture * scale + (x, y).

    Screen pixels are Qt's logical ones, origin at the view's top-left corner.

    Attributes:
        mode: `fit` and `width` follow the size of the view until the person zooms or pans.
    """

    width: float = 1.0
    height: float = 1.0
    picture_width: int = 0
    picture_height: int = 0
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    mode: FitMode = "fit"

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """Map a picture point to the screen."""
        return x * self.scale + self.x, y * self.scale + self.y

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Map a screen point to the picture; may lie outside of it."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture with at least one pixel."""
        return self.picture_width > 0 and self.picture_height > 0

    @property
    def visible_region(self) -> Box:
        """The part of the picture in the view, x1 y1 x2 y2 in picture pixels."""
        x1, y1 = self.to_picture(0, 0)
        x2, y2 = self.to_picture(self.width, self.height)
        return (
            min(max(x1, 0.0), self.picture_width),
            min(max(y1, 0.0), self.picture_height),
            max(min(x2, self.picture_width), 0.0),
            max(min(y2, self.picture_height), 0.0),
        )

    def set_picture_size(self, width: int, height: int) -> bool:
        """Take another picture; one of equal size is seen as the last one was.

        Returns whether the size is another one.
        """
        if (width, height) == (self.picture_width, self.picture_height):
            return False
        self.picture_width, self.picture_height = width, height
        self.fit()
        return True

    def set_view_size(self, width: float, height: float) -> None:
        """Follow the widget: fitted pictures stay fitted, others keep their middle."""
        dx, dy = (width - self.width) / 2, (height - self.height) / 2
        self.width, self.height = max(width, 1.0), max(height, 1.0)
        if self.mode == "fit":
            self.fit()
        elif self.mode == "width":
            self.fit_width()
        else:
            self.x, self.y = self.x + dx, self.y + dy
            self._stay_in_reach()

    def fit(self) -> None:
        """Show the whole picture."""
        self.mode = "fit"
        if self.has_picture:
            self._centre_at(min(self._scale_to_width(), self._scale_to_height()))

    def fit_width(self) -> None:
        """Show the whole width; a picture higher than the view starts at its top."""
        self.mode = "width"
        if self.has_picture:
            self._centre_at(self._scale_to_width())
            self.y = max(self.y, MARGIN_PX)

    def zoom_at(self, x: float, y: float, scale: float) -> None:
        """Zoom so that the picture point under the screen point stays there."""
        if not self.has_picture:
            return
        picture_x, picture_y = self.to_picture(x, y)
        self.scale = self._limited(scale)
        self.x, self.y = x - picture_x * self.scale, y - picture_y * self.scale
        self.mode = "free"
        self._stay_in_reach()

    def zoom_to(self, scale: float) -> None:
        """Zoom about the middle of the view."""
        self.zoom_at(self.width / 2, self.height / 2, scale)

    def pan(self, dx: float, dy: float) -> None:
        """Shift the picture on the screen."""
        if self.has_picture:
            self.x, self.y = self.x + dx, self.y + dy
            self.mode = "free"
            self._stay_in_reach()

    def show_region(self, region: Box) -> None:
        """Make a region of the picture comfortably visible, with as little change as that takes."""
        x1, y1, x2, y2 = region
        width, height = max(x2 - x1, 1e-3), max(y2 - y1, 1e-3)
        on_screen = max(width, height) * self.scale
        room = min(self.width / width, self.height / height) * 0.8
        if on_screen >= COMFORTABLE_PX and self.scale <= room:
            left, top = self.to_screen(x1, y1)
            right, bottom = self.to_screen(x2, y2)
            inside_x = left >= MARGIN_PX and right <= self.width - MARGIN_PX
            if inside_x and top >= MARGIN_PX and bottom <= self.height - MARGIN_PX:
                return
            scale = self.scale
        else:
            scale = min(room * 0.6, 8.0)
        self.scale, self.mode = self._limited(scale), "free"
        self.x = self.width / 2 - (x1 + x2) / 2 * self.scale
        self.y = self.height / 2 - (y1 + y2) / 2 * self.scale

    def _limited(self, scale: float) -> float:
        # A picture of 200,000 pixels' length must still fit, though that is below 1 %.
        smallest = min(MIN_SCALE, self._scale_to_width(), self._scale_to_height())
        return min(max(scale, smallest), MAX_SCALE)

    def _scale_to_width(self) -> float:
        return max(self.width - 2 * MARGIN_PX, 1.0) / self.picture_width

    def _scale_to_height(self) -> float:
        return max(self.height - 2 * MARGIN_PX, 1.0) / self.picture_height

    def _centre_at(self, scale: float) -> None:
        self.scale = min(scale, MAX_SCALE)
        self.x = (self.width - self.picture_width * self.scale) / 2
        self.y = (self.height - self.picture_height * self.scale) / 2

    def _stay_in_reach(self) -> None:
        width, height = self.picture_width * self.scale, self.picture_height * self.scale
        reach_x, reach_y = min(REACH_PX, width), min(REACH_PX, height)
        self.x = min(max(self.x, reach_x - width), self.width - reach_x)
        self.y = min(max(self.y, reach_y - height), self.height - reach_y)
