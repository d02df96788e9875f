"""Train: set a run up, watch it and others learn, here, detached or on another machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from engine.api.errors import ConfigError
from engine.api.pictures import LoadPicture, Picture
from engine.api.training import ControlCommand, ControlRun
from gui.bridge.page_request import PageRequest
from gui.bridge.wording import wording
from gui.pages.train.dataset_requests import DatasetRequests
from gui.pages.train.launcher import Launcher, resumed
from gui.pages.train.run_check import RunCheck
from gui.pages.train.run_history import RunHistory
from gui.pages.train.run_keeper import RunKeeper
from gui.pages.train.run_list import RunRow
from gui.pages.train.run_view import RunView
from gui.pages.train.run_watch import RunWatch
from gui.pages.train.runs_panel import RunsPanel
from gui.pages.train.setup_panel import SetupPanel
from gui.runs_folder import remember_runs_folder, runs_folder
from gui.widgets.page_actions import add_page_actions
from gui.workbench import PAGES_OF_TASKS, Workbench

RUNS_WIDTH_PX, SETUP_WIDTH_PX = 264, 328


class TrainPage(QWidget):
    """Runs at the left, the current one in the middle, the next one at the right."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._settings = workbench.settings
        self._current: Path | None = None
        self._ticked: list[Path] = []
        self._numbers: dict[Path, int] = {}
        root = runs_folder(self._settings)
        self._usable: frozenset[Path] = frozenset()
        self.watch = RunWatch(workbench.client, root, self)
        self.launcher = Launcher(workbench.client, self)
        self._runs = RunsPanel()
        self._view = RunView()
        self._setup = SetupPanel(root)
        self._data = DatasetRequests(workbench.client, self._setup, self._view, self)
        self._check = RunCheck(workbench.client, self._setup, self._view.data, self)
        self._keeper = RunKeeper(workbench.client, self)
        self._loading = PageRequest(workbench.client, self, "browse", quiet=True)
        self._build()
        self._runs.set_root(root)
        self._connect_runs()
        self._connect_keeper()
        self._connect_setup()
        self._add_actions()
        self._on_models_changed()
        recent = self._settings.text("train/data_folders").split("\n")
        self._setup.data.set_recent([Path(text) for text in recent if text])

    def _build(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("train.splitter")
        for widget in (self._runs, self._view, self._setup):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        splitter.setCollapsible(1, False)
        splitter.setSizes([RUNS_WIDTH_PX, 700, SETUP_WIDTH_PX])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _connect_runs(self) -> None:
        header, runs, view = self._view.header, self._runs, self._view
        self.watch.runs_changed.connect(self._refresh)
        self.watch.run_changed.connect(self._on_run_changed)
        self.watch.unreadable.connect(self._on_unreadable)
        runs.list.chosen.connect(self.look_at)
        runs.list.ticked.connect(self._on_ticked)
        runs.opened.connect(self.open_run)
        runs.resume_wanted.connect(self.resume)
        header.pause_wanted.connect(self._pause)
        header.resume_wanted.connect(self._go_on)
        header.step_wanted.connect(self._step)
        header.stop_wanted.connect(self.stop)
        view.samples.picture_wanted.connect(self._load_sample)
        self._loading.answered.connect(self._on_sample)
        view.first_run_wanted.connect(self._setup.fill_first_run)
        view.goes_on.toggled.connect(self.launcher.set_goes_on)

    def _connect_keeper(self) -> None:
        runs, keeper = self._runs, self._keeper
        runs.use_wanted.connect(self._use)
        runs.again_wanted.connect(partial(self._of_current, keeper.set_up_again))
        runs.rename_wanted.connect(partial(self._of_current, keeper.rename))
        runs.delete_wanted.connect(partial(self._of_current, keeper.delete))
        runs.export_wanted.connect(partial(self._of_current, keeper.export))
        runs.folder_wanted.connect(partial(self._of_current, keeper.show_folder))
        runs.note_wanted.connect(self._annotate)
        keeper.renamed.connect(self._on_renamed)
        keeper.annotated.connect(self.watch.look)
        keeper.deleted.connect(self.watch.look)
        keeper.recipe_read.connect(self._setup.fill_from)
        keeper.message.connect(self._workbench.message)
        keeper.problem.connect(self._workbench.problem)

    def _connect_setup(self) -> None:
        bench, setup, launcher = self._workbench, self._setup, self.launcher
        bench.models_changed.connect(self._on_models_changed)
        bench.work_ended.connect(launcher.hand_over)
        setup.start_wanted.connect(self.start)
        setup.detached_wanted.connect(self.start_detached)
        setup.data_changed.connect(self._on_data_changed)
        setup.root_chosen.connect(self.set_root)
        launcher.began.connect(self._on_began)
        launcher.ended.connect(self._on_ended)
        launcher.detached.connect(self._on_detached)
        launcher.message.connect(bench.message)
        launcher.problem.connect(bench.problem)

    def _add_actions(self) -> None:
        entries = (
            ("Start training", "Ctrl+Return", self.start),
            ("Start detached", "Ctrl+Shift+Return", self.start_detached),
            ("Pause or resume", "Ctrl+P", self.toggle_pause),
            ("Train one batch", "Ctrl+.", self._step),
            ("Stop the run", "Ctrl+Shift+.", self.stop),
        )
        add_page_actions(self, entries)

    @property
    def current(self) -> RunHistory | None:
        """The run that is looked at."""
        return self.watch.run(self._current) if self._current is not None else None

    @Slot()
    def start(self) -> None:
        """Train in this window what the set-up describes."""
        self._begin(is_detached=False)

    @Slot()
    def start_detached(self) -> None:
        """Train it in a process that outlives the window."""
        self._begin(is_detached=True)

    def _begin(self, is_detached: bool) -> None:
        setup = self._setup
        self._setup.refresh()
        if not setup.is_ready(is_detached):
            return
        try:
            request = replace(
                setup.request(self._settings.device), augmentation=self._view.data.augmentation
            )
        except ConfigError as error:
            self._workbench.problem.emit(wording(error).line)
            return
        self._settings.set_text("train/model", request.model_key)
        if is_detached:
            self.launcher.start_detached(request)
        else:
            self.launcher.start(request)

    @Slot()
    def resume(self) -> None:
        """Go on with the current run: here, or detached while another one trains here."""
        run = self.current
        if run is None:
            return
        request = resumed(run.folder, run.settings, self._settings.device)
        if self.launcher.folder is None:
            self.launcher.start(request)
        else:
            self.launcher.start_detached(request)

    @Slot(object)
    def open_run(self, folder: Path) -> None:
        """Watch a run folder that lies elsewhere, and look at it."""
        self._current = folder
        self.watch.open(folder)

    @Slot(object)
    def look_at(self, folder: Path) -> None:
        """Show a run in the middle."""
        self._current = folder
        self._view.hide_data()
        self._refresh()

    @Slot(object)
    def set_root(self, root: Path) -> None:
        """List runs of another folder, and start new ones in it."""
        remember_runs_folder(self._settings, root)
        self._setup.set_root(root)
        self._runs.set_root(root)
        self.watch.set_root(root)

    def _of_current(self, act: Callable[[Path], None]) -> None:
        if self._current is not None:
            act(self._current)

    @Slot()
    def _annotate(self) -> None:
        run = self.current
        if run is not None:
            self._keeper.annotate(run.folder, run.note)

    @Slot()
    def _use(self) -> None:
        """Show what the current run has learned, on the page of its task."""
        run = self.current
        if run is not None:
            self._workbench.use_weights(run.model, str(run.folder))

    @Slot(object, object)
    def _on_renamed(self, before: Path, after: Path) -> None:
        self._ticked = [after if folder == before else folder for folder in self._ticked]
        if self._current == before:
            self._current = after
        self.watch.follow(before, after)

    def _look_for_weights(self) -> None:
        """Let every page list what runs have learned, as soon as one has, or is gone."""
        usable = frozenset(run.folder for run in self.watch.runs if run.has_weights)
        if usable != self._usable:
            self._usable = usable
            self._workbench.refresh_models()

    def _page_of(self, run: RunHistory) -> str:
        models = self._workbench.models
        task = next((card.task for card in models if card.key == run.model), "")
        return PAGES_OF_TASKS.get(task, "").capitalize() if run.has_weights else ""

    def _control(self, command: ControlCommand) -> None:
        run = self.current
        if run is None:
            return
        if command == "stop" and run.is_trained_here and run.status is None:
            self.launcher.cancel()  # it does not look for commands before its first batch
            return
        self._workbench.client.start(ControlRun(run.folder, command), "files")
        self._view.header.set_asked(command)

    @Slot()
    def toggle_pause(self) -> None:
        """Pause the current run, or let it go on."""
        run = self.current
        if run is not None and run.state in ("running", "paused"):
            self._control("resume" if run.state == "paused" else "pause")

    @Slot()
    def _pause(self) -> None:
        self._control("pause")

    @Slot()
    def _go_on(self) -> None:
        self._control("resume")

    @Slot()
    def _step(self) -> None:
        self._control("step")

    @Slot()
    def stop(self) -> None:
        """Stop the current run at the batch edge; what it reached is kept."""
        self._control("stop")

    @Slot()
    def _refresh(self) -> None:
        """Show everything anew: the list, the current run, the curves."""
        runs = self.watch.runs
        if self.current is None:
            waited_for = self._current is not None and self._current == self.launcher.folder
            self._current = self._current if waited_for else (runs[0].folder if runs else None)
        self._look_for_weights()
        self._show_rows()
        self._show_current()
        self._show_curves()

    @Slot(object)
    def _on_run_changed(self, run: RunHistory) -> None:
        self._look_for_weights()
        self._show_rows()
        if run.folder == self._current:
            self._show_current()
        if run.folder in self._drawn():
            self._show_curves()

    def _drawn(self) -> list[Path]:
        ticked = [folder for folder in self._ticked if self.watch.run(folder) is not None]
        if self._current is None or self._current in ticked:
            return ticked
        return [self._current, *ticked]

    def _show_rows(self) -> None:
        drawn = self._drawn()
        for folder in drawn:
            if folder not in self._numbers:
                taken = {self._numbers[f] for f in drawn if f in self._numbers}
                self._numbers[folder] = next(n for n in range(len(taken) + 1) if n not in taken)
        self._numbers = {f: number for f, number in self._numbers.items() if f in drawn}
        rows = [
            RunRow(
                folder=run.folder,
                state=run.state,
                model=run.model,
                data=run.data,
                best=run.best,
                is_checked=run.folder in self._ticked,
                number=self._numbers.get(run.folder),
                note=run.note,
            )
            for run in self.watch.runs
        ]
        self._runs.set_rows(rows, self._current)

    def _show_current(self) -> None:
        run = self.current
        self._view.show_run(run)
        page = self._page_of(run) if run is not None else ""
        self._runs.set_current(run.folder if run else None, run.state if run else "", page)

    def _show_curves(self) -> None:
        runs = [run for folder in self._drawn() if (run := self.watch.run(folder))]
        curves = [run.curves(self._numbers[run.folder]) for run in runs]
        self._view.curves.set_runs(curves)
        self._runs.set_compared([r.name for r in runs], [r.flat_settings() for r in runs])

    @Slot(object, bool)
    def _on_ticked(self, folder: Path, is_ticked: bool) -> None:
        self._ticked = [path for path in self._ticked if path != folder]
        if is_ticked:
            self._ticked.append(folder)
        self._refresh()

    @Slot(object, str)
    def _on_unreadable(self, folder: Path, reason: str) -> None:
        if self._current == folder:
            self._current = None
        self._workbench.problem.emit(f"{folder.name} is no run folder: {reason}")
        self._refresh()

    @Slot(object)
    def _on_began(self, folder: Path) -> None:
        self._current = folder
        self._view.hide_data()
        self._view.goes_on.setChecked(False)
        self.watch.set_trained_here(folder, True)
        self._setup.set_busy(True)
        self._refresh()

    @Slot(object)
    def _on_ended(self, folder: Path) -> None:
        self.watch.set_trained_here(folder, False)
        self._setup.set_busy(False)
        self._refresh()

    @Slot(object, int)
    def _on_detached(self, folder: Path, process: int) -> None:
        self._current = folder
        self.watch.set_detached(folder, process)
        self._setup.set_root(self.watch.root)

    @Slot(object)
    def _load_sample(self, path: Path) -> None:
        self._loading.ask(LoadPicture(path))

    @Slot(object, object)
    def _on_sample(self, request: LoadPicture, picture: Picture) -> None:
        self._view.samples.set_picture(request.path, picture.pixels)

    @Slot()
    def _on_models_changed(self) -> None:
        """Two threads must not import the engine at once: data sets are asked for after models."""
        if self._workbench.models:
            self._setup.set_models(self._workbench.models)
            self._data.list_all()

    @Slot(str)
    def _on_data_changed(self, _data: str) -> None:
        folders = "\n".join(str(path) for path in self._setup.data.recent)
        self._settings.set_text("train/data_folders", folders)

    def showEvent(self, event: QShowEvent) -> None:
        """Watch the runs while the page is visible."""
        super().showEvent(event)
        self.watch.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Watch nothing that nobody sees."""
        super().hideEvent(event)
        self.watch.stop()
        self._view.stop()
