"""The Live page: detection and segmentation of a running picture."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    from gui.pages.live.page import LivePage

    return LivePage(workbench)


SUMMARY = (
    "Watch a camera, a film or a moving scene: objects are followed, and counted in "
    "zones and at lines that you draw."
)
PAGE = PageSpec("live", "Live", "mdi6.video-outline", 40, _make, SUMMARY)
