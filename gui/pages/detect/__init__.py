"""The Detect page: run a detector, filter its boxes live, step through the suppression."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    # Imported when the page is first shown: its sliders and plots take 100 ms of the start.
    from gui.pages.detect.page import DetectPage

    return DetectPage(workbench)


SUMMARY = (
    "Choose a detector, run it on the open picture, and step through the suppression of "
    "its duplicates, forwards and back."
)
PAGE = PageSpec("detect", "Detect", "mdi6.image-search-outline", 20, _make, SUMMARY)
