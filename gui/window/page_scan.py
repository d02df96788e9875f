"""Finds the pages: every package of gui.pages that declares PAGE."""

from __future__ import annotations

import importlib
import pkgutil

import gui.pages
from gui.log import LOG
from gui.workbench import PageSpec


def find_pages() -> tuple[list[PageSpec], str]:
    """Return the pages in the order of the rail, and one line about those that cannot be loaded.

    A page whose library is missing costs that page, not the window.
    """
    found, absent = [], []
    for module in pkgutil.iter_modules(gui.pages.__path__):
        if not module.ispkg:
            continue  # what pages share, loaded with the first page that needs it
        try:
            page = getattr(importlib.import_module(f"gui.pages.{module.name}"), "PAGE", None)
        except ImportError as error:
            LOG.exception("the page %s cannot be loaded", module.name)
            absent.append(f"{module.name} ({error})")
            continue
        if isinstance(page, PageSpec):
            found.append(page)
    problem = ""
    if absent:
        problem = f"Pages that cannot be loaded: {', '.join(absent)}; run `make` to install again."
    return sorted(found, key=lambda page: page.order), problem
