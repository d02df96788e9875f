"""Holds the pages; each is made when it is first shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QWidget

from gui.log import LOG
from gui.widgets.empty_state import EmptyState
from gui.workbench import PageSpec, Workbench

MOVED = "moved_splitter"
"""Under this the settings keep the states of splitters, by name."""


class PageStack(QStackedWidget):
    """Shows one page at a time and keeps the others as they were left."""

    page_shown = Signal(str)  # key of the page

    def __init__(
        self, specs: Sequence[PageSpec], workbench: Workbench, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("pages")
        self._workbench = workbench
        self.specs = {spec.key: spec for spec in specs}
        self._pages: dict[str, QWidget] = {}
        self._moved: set[QSplitter] = set()
        self.current_key = ""

    @property
    def pages(self) -> dict[str, QWidget]:
        """Those made so far, by key."""
        return dict(self._pages)

    @property
    def current_title(self) -> str:
        """Title of the page shown."""
        spec = self.specs.get(self.current_key)
        return spec.title if spec else ""

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Show a page, making it on the first call; an unknown key changes nothing."""
        if key not in self.specs:
            return
        self.page(key)
        self.setCurrentWidget(self._pages[key])
        if key != self.current_key:
            self.current_key = key
            self.page_shown.emit(key)

    @Slot(str)
    def enter_page(self, key: str) -> None:
        """Show a page and move the focus into it: to where it was, else to what comes first."""
        self.show_page(key)
        page = self._pages.get(key)
        focused = QApplication.focusWidget()
        if page is None or (focused is not None and page.isAncestorOf(focused)):
            return
        target = page.focusWidget() or page.focusProxy() or _first_stop(page)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def make_rest(self) -> bool:
        """Make one page that was not shown yet; whether there was one."""
        missing = next((key for key in self.specs if key not in self._pages), None)
        if missing is not None:
            self.page(missing)
        return missing is not None

    def page(self, key: str) -> QWidget:
        """Return a page, made if need be, whether or not it is shown.

        Raises:
            KeyError: there is no such page.
        """
        if key not in self._pages:
            page = self._make(self.specs[key])
            self._pages[key] = page
            self.addWidget(page)
            for splitter in _splitters(page):
                state = self._workbench.settings.blob(f"{MOVED}/{splitter.objectName()}")
                if not state.isEmpty():
                    splitter.restoreState(state)
                splitter.splitterMoved.connect(lambda *_, moved=splitter: self._moved.add(moved))
        return self._pages[key]

    def _make(self, spec: PageSpec) -> QWidget:
        try:
            return spec.factory(self._workbench)
        except ImportError as error:
            LOG.exception("the page %s cannot be loaded", spec.key)
            text = f"{error}. Run `make` to install what is missing; the other pages work."
            return EmptyState("puzzle-remove-outline", f"{spec.title} cannot be loaded", text)

    def may_close(self) -> bool:
        """Ask every page; one may refuse, for instance until a person has answered about edits."""
        for page in self._pages.values():
            closing = getattr(page, "closing", None)
            if callable(closing) and closing() is False:
                return False
        return True

    def splitter_states(self) -> dict[str, QByteArray]:
        """Return the state of each named splitter that a person has moved.

        The others keep to their proportions in a window of any size; one that was never shown has
        no sizes yet, and would squeeze its parts at the next start.
        """
        return {splitter.objectName(): splitter.saveState() for splitter in self._moved}


def _first_stop(page: QWidget) -> QWidget | None:
    """Return the first control in the order of Tab that can be seen and used."""
    widget = page.nextInFocusChain()
    while widget is not None and widget is not page:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_tab and page.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return None


def _splitters(page: QWidget) -> list[QSplitter]:
    return [splitter for splitter in page.findChildren(QSplitter) if splitter.objectName()]
