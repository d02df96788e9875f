"""The Live page: detection and segmentation of a running picture."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    from gui.pages.live.page import LivePage

    return LivePage(workbench)


PAGE = PageSpec("live", "Live", "mdi6.video-outline", 40, _make)
