"""The Latent page: walk through what autoencoders and generators have learned."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    from gui.pages.latent.page import LatentPage

    return LatentPage(workbench)


SUMMARY = (
    "Move the sliders of a code and see its picture; walk over the map of all codes; "
    "draw a digit of your own."
)
PAGE = PageSpec("latent", "Latent", "mdi6.scatter-plot-outline", 50, _make, SUMMARY)
