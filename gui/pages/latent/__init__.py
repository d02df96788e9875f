"""The Latent page: walk through what autoencoders and generators have learned."""

from PySide6.QtWidgets import QWidget

from gui.workbench import PageSpec, Workbench


def _make(workbench: Workbench) -> QWidget:
    from gui.pages.latent.page import LatentPage

    return LatentPage(workbench)


PAGE = PageSpec("latent", "Latent", "mdi6.scatter-plot-outline", 50, _make)
