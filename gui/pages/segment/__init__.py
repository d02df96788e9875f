"""The Segment page: a class for every pixel, looked at from all sides."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    from gui.pages.segment.page import SegmentPage

    return SegmentPage(workbench)


SUMMARY = (
    "Give each pixel a class, look at the doubt and the errors, and compare two networks "
    "side by side."
)
PAGE = PageSpec("segment", "Segment", "mdi6.vector-polygon", 30, _make, SUMMARY)
