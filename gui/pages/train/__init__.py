"""The Train page: choose a model and data, watch it learn, compare runs, here or elsewhere."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    # Imported when the page is first shown: its forms and plots would delay the window.
    from gui.pages.train.page import TrainPage

    return TrainPage(workbench)


SUMMARY = (
    "Choose a model and data, start, and watch the curves; pause, stop and go on whenever you like."
)
PAGE = PageSpec("train", "Train", "mdi6.chart-line", 60, _make, SUMMARY)
