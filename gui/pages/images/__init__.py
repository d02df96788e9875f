"""The Images page: browse, look closely, draw and edit shapes, import and export them."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    # Imported when the page is made, so that the window appears sooner.
    from gui.pages.images.page import ImagesPage

    return ImagesPage(workbench)


SUMMARY = (
    "Drop pictures or folders anywhere in the window, or press Ctrl+O. Press R and drag "
    "to draw a box; Ctrl+Z takes back any edit."
)
PAGE = PageSpec("images", "Images", "mdi6.image-multiple-outline", 10, _make, SUMMARY)
