"""The window's dialogs, each made when it is first asked for; none of them blocks the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QDialog, QMainWindow, QWidget

from gui.settings import Settings
from gui.window.page_stack import PageStack

if TYPE_CHECKING:
    from gui.widgets.tour import TourCard, TourStep


class WindowDialogs(QObject):
    """Settings, shortcut sheet, about box and tour.

    Their modules are imported on demand: the window appears sooner without them.
    """

    def __init__(
        self,
        window: QMainWindow,
        central: QWidget,
        settings: Settings,
        pages: PageStack,
        tour_steps: Callable[[], list[TourStep]],
    ) -> None:
        super().__init__(window)
        self._pages = pages
        self._window, self._central = window, central
        self._settings, self._tour_steps = settings, tour_steps
        self._made: dict[str, QDialog] = {}
        self._tour: TourCard | None = None

    @Slot()
    def show_settings(self) -> None:
        """Show the settings."""
        from gui.widgets.settings_dialog import SettingsDialog

        self._show("settings", lambda: SettingsDialog(self._settings, self._window))

    @Slot()
    def show_shortcuts(self) -> None:
        """Show every key and gesture, as the menus are now."""
        from gui.widgets.shortcut_sheet import ShortcutSheet

        sheet = self._show("shortcuts", lambda: ShortcutSheet(self._window))
        assert isinstance(sheet, ShortcutSheet)
        self._list_shortcuts()

    @Slot()
    def _list_shortcuts(self) -> None:
        """List what is known, then make a page that is not there yet, for its keys."""
        from gui.widgets.shortcut_sheet import ShortcutSheet
        from gui.window.shortcuts import sections

        sheet = self._made["shortcuts"]
        assert isinstance(sheet, ShortcutSheet)
        specs = self._pages.specs
        made = self._pages.pages
        pages = {spec.title: made[key] for key, spec in specs.items() if key in made}
        sheet.set_sections(sections(self._window.menuBar(), pages))
        if sheet.isVisible() and self._pages.make_rest():
            QTimer.singleShot(0, self, self._list_shortcuts)

    @Slot()
    def show_about(self) -> None:
        """Show versions and licences."""
        from gui.widgets.about import AboutDialog
        from gui.window.credits import credited_libraries

        picture = self._window.windowIcon()
        self._show("about", lambda: AboutDialog(picture, credited_libraries(), self._window))

    def show_crash(self, trouble: str, report: str) -> None:
        """Show a bug.

        Args:
            trouble: its traceback.
            report: what "copy report" copies.
        """
        from gui.widgets.crash_dialog import CrashDialog

        dialog = self._made.get("crash") or CrashDialog(self._window)
        self._made["crash"] = dialog
        assert isinstance(dialog, CrashDialog)
        dialog.show_trouble(trouble, report)

    @Slot()
    def show_tour(self) -> None:
        """Begin the tour; from now on it does not begin by itself."""
        from gui.widgets.tour import TourCard

        if self._tour is None:
            self._tour = TourCard(self._central)
        self._settings.has_seen_tour = True
        self._tour.begin(self._tour_steps())

    def close_all(self) -> None:
        """Put everything away; call when the window closes."""
        for dialog in self._made.values():
            dialog.close()

    def _show(self, name: str, make: Callable[[], QDialog]) -> QDialog:
        if name not in self._made:
            self._made[name] = make()
        dialog = self._made[name]
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog
