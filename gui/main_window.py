"""Assembles pages, menus, notice and task bar; decides nothing about pictures or models."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from gui.log import bug_report, log_folder
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.notice import Notice
from gui.widgets.plots.exports_made import PLOT_EXPORTS
from gui.widgets.rail import Rail, RailEntry
from gui.widgets.task_bar import TaskBar
from gui.window.dialogs import WindowDialogs
from gui.window.engine_watch import EngineWatch
from gui.window.failure_notice import FailureNotice
from gui.window.menus import EditMenu, FileMenu, HelpMenu, ViewMenu, with_mnemonic
from gui.window.page_stack import PageStack
from gui.window.session_store import (
    SessionKeeper,
    pictures_to_restore,
    restore_layout,
    save_layout,
    save_pictures,
)
from gui.workbench import EditEntries, PageSpec, Workbench

if TYPE_CHECKING:
    from gui.widgets.tour import TourStep

SHUT_DOWN_S = 1.2
"""With what comes before and after, the program is gone within two seconds."""


class MainWindow(QMainWindow):
    """The one window of the program.

    Args:
        paths: pictures and folders to open; without any the last session comes back.
        is_page_deferred: whether the first page is made after the first paint, which then comes
            a third sooner.
    """

    painted = Signal()  # once, after the first paint
    closed = Signal()  # once; all work has been asked to stop

    def __init__(
        self,
        workbench: Workbench,
        specs: Sequence[PageSpec],
        paths: Sequence[Path],
        is_page_deferred: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Vision Workbench")
        self.setAcceptDrops(True)
        self._workbench = workbench
        self._paths = tuple(paths)
        self._is_painted = False
        self._is_closed = False
        self.ended_in_time = True
        self._rail = Rail([RailEntry(spec.key, spec.title, spec.icon) for spec in specs])
        self._pages = PageStack(specs, workbench)
        self._notice = Notice()
        self._task_bar = TaskBar()
        self._file = FileMenu(workbench.settings, self)
        self._editing: EditEntries | None = None
        self._edit = EditMenu(workbench.session.undo_group, self)
        self._view = ViewMenu(specs, workbench.settings, self)
        self._page_menu = QMenu(self)
        self._devices = DeviceMenu(self)
        self._help = HelpMenu(self)
        self._failures = FailureNotice(workbench.client, self._notice, self)
        self._keeper = SessionKeeper(self, self._pages, workbench.session, workbench.settings)
        self._watch = EngineWatch(workbench, self._task_bar, self._devices, self)
        central = QWidget()
        self.setCentralWidget(central)
        self._dialogs = WindowDialogs(
            self, central, workbench.settings, self._pages, self._tour_steps
        )
        self._build(central)
        self._connect()
        restore_layout(self, workbench.settings)
        if not is_page_deferred:
            self._show_first_page()

    def _build(self, central: QWidget) -> None:
        menus = (self._file, self._edit, self._view, self._page_menu, self._devices, self._help)
        for menu in menus:
            self.menuBar().addMenu(menu)
        self._page_menu.setObjectName("menu.page")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._notice)
        column.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addLayout(column, 1)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row, 1)
        layout.addWidget(self._task_bar)

    def _connect(self) -> None:
        bench = self._workbench
        bench.page_wanted.connect(self._pages.show_page)
        bench.message.connect(self._task_bar.show_message)
        bench.problem.connect(self._notice.show_text)
        bench.pointer.connect(self._task_bar.show_pointer)
        bench.presenting.connect(self._on_presenting)
        self.closed.connect(bench.work_ended)
        PLOT_EXPORTS.saved.connect(bench.message)
        PLOT_EXPORTS.failed.connect(bench.problem)
        self._rail.chosen.connect(self._pages.enter_page)
        self._pages.page_shown.connect(self._on_page_shown)
        self._file.open_wanted.connect(self.open)
        self._file.settings_wanted.connect(self._dialogs.show_settings)
        self._file.quit_wanted.connect(self.close)
        self._edit.aboutToShow.connect(self._on_edit_opened)
        self._edit.aboutToHide.connect(self._on_edit_closed)
        self._view.page_wanted.connect(self._pages.enter_page)
        self._view.full_screen_wanted.connect(self._on_full_screen)
        self._task_bar.device_menu_wanted.connect(self._on_device_menu)
        self._help.shortcuts_wanted.connect(self._dialogs.show_shortcuts)
        self._help.tour_wanted.connect(self._dialogs.show_tour)
        self._help.about_wanted.connect(self._dialogs.show_about)
        self._help.report_wanted.connect(self._on_copy_report)
        self._help.log_wanted.connect(self._on_open_log)

    @property
    def workbench(self) -> Workbench:
        """What the pages share."""
        return self._workbench

    @property
    def device_title(self) -> str:
        """Device in use in words; empty until the engine has loaded what finds it."""
        return self._watch.device_title

    @property
    def pages(self) -> PageStack:
        """The pages by key."""
        return self._pages

    @Slot(object)
    def open(self, paths: Sequence[Path]) -> None:
        """Open pictures and folders on the Images page and remember them."""
        found = tuple(path for path in paths if os.path.exists(path))
        for path in reversed(found):
            self._workbench.settings.remember(path.absolute())
        missing = next((path for path in paths if path not in found), None)
        if missing is not None:
            self._notice.show_text(f"{missing}: there is no such file or folder; open another one.")
        if found:
            self._pages.show_page("images")
            self._workbench.open_wanted.emit(found)

    @Slot(str)
    def show_crash(self, trouble: str) -> None:
        """Show a traceback; the window goes on working."""
        self._dialogs.show_crash(trouble, bug_report(self._watch.device_title, trouble))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start everything slow only after the window is on the screen."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self._on_painted)

    @Slot()
    def _on_painted(self) -> None:
        self.painted.emit()
        if self._is_closed:
            return
        is_first = self._show_first_page()
        if self._paths:
            self.open(self._paths)
        else:
            self._restore_pictures()
        self._watch.start()
        # Whoever has gone to a page meanwhile is not led away from it.
        if is_first and not self._workbench.settings.has_seen_tour:
            self._dialogs.show_tour()

    def _show_first_page(self) -> bool:
        """Show the page of the last session, or that of the given pictures, once.

        Returns:
            Whether that page is shown: nobody has gone to another one yet.
        """
        keys = list(self._pages.specs)
        last = self._workbench.settings.text("window/page")
        first = last if last in keys and not self._paths else next(iter(keys), "")
        if keys and not self._pages.current_key:
            self._pages.show_page(first)
        return self._pages.current_key == first

    def _restore_pictures(self) -> None:
        paths = pictures_to_restore(self._workbench.settings)
        if "images" in self._pages.specs:
            self._pages.page("images")
            self._workbench.open_wanted.emit(paths)  # none: the page shows its samples

    @Slot(str)
    def _on_page_shown(self, key: str) -> None:
        self._rail.set_current(key)
        self._view.set_current_page(key)
        # Not `clear`: it deletes the actions that no Python name holds, and their keys with them.
        for action in self._page_menu.actions():
            self._page_menu.removeAction(action)
        self._page_menu.setTitle(with_mnemonic(self._pages.current_title))
        page = self._pages.page(key)
        self._file.set_page_entries(getattr(page, "file_actions", ()), self._file.settings_entry)
        self._show_edit_entries(getattr(page, "edit_actions", None))
        actions = page.actions()
        self._page_menu.addActions(actions)
        self._page_menu.menuAction().setVisible(bool(actions))

    def _show_edit_entries(self, editing: EditEntries | None) -> None:
        """Put what a page does with its shapes into the Edit menu, true when it is opened."""
        self._editing = editing
        self._edit.set_page_entries(editing.entries if editing is not None else (), None)

    @Slot()
    def _on_edit_opened(self) -> None:
        if self._editing is not None:
            self._editing.refresh()

    @Slot()
    def _on_edit_closed(self) -> None:
        if self._editing is not None:
            QTimer.singleShot(0, self._editing.release)  # after the entry that was chosen

    @Slot(bool)
    def _on_full_screen(self, is_full: bool) -> None:
        if is_full:
            self.showFullScreen()
        else:
            self.showNormal()

    @Slot(bool)
    def _on_presenting(self, is_presenting: bool) -> None:
        """Leave the room to what is presented; the menus stay, for their keys."""
        for part in (self._rail, self._task_bar):
            part.setHidden(is_presenting)

    @Slot()
    def _on_device_menu(self) -> None:
        self._devices.popup(self.cursor().pos())

    @Slot()
    def _on_copy_report(self) -> None:
        QGuiApplication.clipboard().setText(bug_report(self._watch.device_title))
        self._workbench.message.emit("The bug report is in the clipboard.")

    @Slot()
    def _on_open_log(self) -> None:
        log_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))

    def _tour_steps(self) -> list[TourStep]:
        from gui.widgets.tour import TourStep

        steps = [
            TourStep(
                f"{spec.title} (Alt+{number})",
                spec.summary,
                self._rail.button(spec.key),
                partial(self._pages.show_page, spec.key),
            )
            for number, spec in enumerate(self._pages.specs.values(), 1)
        ]
        steps.append(
            TourStep(
                "What runs, and where",
                "Everything slow shows here with its progress and can be cancelled. At the right: "
                "the device in use and its memory. F1 lists all keys.",
                self._task_bar,
                partial(self._pages.show_page, self._pages.current_key),
            )
        )
        return steps

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        urls = event.mimeData().urls()
        paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
        if paths:
            event.acceptProposedAction()
            self.open(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask the pages, vanish at once, then stop all work within two seconds."""
        if self._is_closed:
            event.accept()
            return
        if not self._pages.may_close():
            event.ignore()
            return
        self._is_closed = True
        self._keeper.stop()
        save_layout(self, self._pages, self._workbench.settings)
        save_pictures(self._workbench.session, self._workbench.settings)
        self._dialogs.close_all()
        self.hide()
        self._watch.stop()
        self.ended_in_time = self._workbench.client.shut_down(SHUT_DOWN_S)
        self._workbench.settings.flush()
        self.closed.emit()
        event.accept()
