"""Live: a camera, film, folder or stream, detected and segmented as it runs."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from engine.api.errors import EngineError
from engine.api.live import (
    CameraSource,
    LiveResult,
    LiveSource,
    ModelEvent,
    PictureFolderSource,
    SourceEvent,
    VideoFileSource,
)
from engine.api.live_session import LiveAnswer, LiveRun, RecordingEvent, SessionEvent
from gui.bridge.live_run import LiveRunner
from gui.pages.live.class_watch import ClassWatch
from gui.pages.live.inspector import WIDTH_PX, LiveInspector
from gui.pages.live.keeping import Keeper
from gui.pages.live.playback_bar import PlaybackBar
from gui.pages.live.presenter import FramePresenter, is_hidden_on
from gui.pages.live.region_drawer import RegionDrawer
from gui.pages.live.region_memory import RegionWork
from gui.pages.live.signs import LossBanner, Signs, nothing_runs
from gui.pages.live.source_chooser import SourceChooser
from gui.pages.live.source_memory import SourceMemory
from gui.widgets.canvas import Canvas
from gui.widgets.named import named
from gui.widgets.page_actions import add_page_actions
from gui.workbench import Workbench

FIRST_MODEL = "viola-jones-face"
TICK_MS = 1000
SOON_MS = 200.0
"""A frame on the screen may stay so long until it is looked at again, hiding something."""
CLOSE_S = 0.5
"""With the workers' time before it, the window is gone within two seconds."""


class LivePage(QWidget):
    """One run at a time; what is chosen acts on it while it goes on."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._runner: LiveRunner | None = None
        self._source: LiveSource | None = None
        self._is_stopping = False  # once its recording has ended
        self._build()
        self._presenter = FramePresenter(self._canvas, self._on_painted, self)
        self._keeper = Keeper(workbench, self)
        self._memory = SourceMemory(workbench, self._chooser)
        regions = self._inspector.analysis.regions
        self._regions = RegionWork(regions, self._drawer, workbench.settings)
        self._timer = QTimer(self, interval=TICK_MS)
        ClassWatch(workbench, self._canvas, self._presenter, self._inspector.analysis, self._timer)
        self._connect()
        self._connect_inspector()
        self._add_actions()
        self._on_models_changed()
        self._show_state()

    def _build(self) -> None:
        self._chooser = SourceChooser()
        self._banner = LossBanner()
        self._canvas = named(Canvas(), "live.canvas", "Running picture with what is found")
        self._canvas.set_editable(False)
        self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        self._drawer = RegionDrawer(self._canvas)
        self._signs = Signs(self._canvas)
        self._empty = nothing_runs()
        self._playback = PlaybackBar()
        self._inspector = LiveInspector()
        self._middle = QStackedWidget()
        self._middle.addWidget(self._empty)
        self._middle.addWidget(self._canvas)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._chooser, self._banner):
            column.addWidget(part)
        column.addWidget(self._middle, 1)
        column.addWidget(self._playback)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("live.splitter")
        splitter.addWidget(left)
        splitter.addWidget(self._inspector)
        splitter.setStretchFactor(0, 1)
        splitter.setCollapsible(0, False)
        splitter.setSizes([940, WIDTH_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _connect(self) -> None:
        bench = self._workbench
        bench.models_changed.connect(self._on_models_changed)
        bench.work_ended.connect(self._on_work_ended)
        bench.settings.changed.connect(self._on_setting_changed)
        self._timer.timeout.connect(self._on_tick)
        self._chooser.start_wanted.connect(self.start)
        self._chooser.stop_wanted.connect(self.stop)
        self._empty.clicked.connect(self._on_first_run)
        self._banner.retry_wanted.connect(self._on_retry)
        self._canvas.pointer_moved.connect(bench.pointer)
        self._keeper.recording_changed.connect(self._show_recording)

    def _connect_inspector(self) -> None:
        inspector = self._inspector
        inspector.model.run_wanted.connect(self._choose_model)
        inspector.model.model_changed.connect(self._on_model_changed)
        inspector.model.download_wanted.connect(self._workbench.download)
        inspector.thresholds.config_changed.connect(self._on_options)
        inspector.model.options_changed.connect(self._on_options)
        inspector.input_size.currentIndexChanged.connect(self._choose_model)
        inspector.analysis.changed.connect(self._on_analysis)
        inspector.analysis.regions.save_wanted.connect(self._on_save_counts)
        inspector.opacity.valueChanged.connect(self._presenter.set_opacity)
        inspector.snapshot.clicked.connect(self._on_snapshot)
        inspector.record.clicked.connect(self._on_record)

    def _add_actions(self) -> None:
        """Give the window the page's menu entries; QWidget.actions() lists them."""
        entries = (
            ("Start or stop", "Ctrl+Return", self._chooser.start.click),
            ("Save a snapshot", "Ctrl+Shift+S", self._inspector.snapshot.click),
            ("Start or stop recording", "Ctrl+Shift+R", self._inspector.record.click),
        )
        add_page_actions(self, entries)

    @property
    def run(self) -> LiveRun | None:
        """The run that goes on."""
        runner = self._runner
        return None if runner is None or runner.is_closing else runner.run

    @property
    def is_running(self) -> bool:
        """Whether a run goes on or has not yet ended."""
        return self._runner is not None

    @property
    def is_loading(self) -> bool:
        """Whether a model, or a faster runtime of it, is on its way."""
        return self._inspector.is_loading

    @property
    def answer(self) -> LiveAnswer | None:
        """What was found on the frame that is shown."""
        return self._presenter.answer

    def choose_model(self, key: str) -> None:
        """Let another model look at the frames, now or when a run begins."""
        self._inspector.model.choose_model(key)

    @Slot()
    def start(self) -> None:
        """Open the chosen source."""
        try:
            source = self._chooser.source()
        except EngineError as error:
            self._banner.show_problem(str(error))
            return
        self._memory.remember(source)
        self.open(source)

    def open(self, source: LiveSource) -> None:
        """Run a source, whatever is chosen; nothing happens while another runs."""
        if self._runner is not None:
            return
        self._banner.dismiss()
        self._source = source
        self._regions.set_source(source)
        runner = self._runner = LiveRunner(self._workbench.client, self)
        runner.opened.connect(self._on_opened)
        runner.told.connect(self._on_event)
        runner.answered.connect(self._on_result)
        runner.closed.connect(self._on_closed)
        runner.open(source, self._inspector.analysis.config())
        self._canvas.set_placeholder(source.title, "Opening…")
        self._show_state()

    @Slot()
    def stop(self) -> None:
        """End the run and its recording."""
        if self._runner is None:
            return
        self._drawer.cancel()
        if self._keeper.is_recording and not self._is_stopping:
            self._is_stopping = True
            self._keeper.stop()
            return
        self._runner.close()
        self._show_state()

    @Slot()
    def _on_opened(self) -> None:
        run = self.run
        if run is None:
            return
        run.change(self._inspector.analysis.config())
        self._choose_model()
        self._playback.set_playback(run.playback)
        if isinstance(self._source, CameraSource):
            self._signs.set_camera(f"{self._source.title} is on")
        run.start()
        self._timer.start()

    @Slot(object)
    def _on_closed(self, is_ended: bool) -> None:
        runner, self._runner = self._runner, None
        self._is_stopping = False
        if runner is not None:
            runner.deleteLater()
        if not is_ended:
            self._workbench.message.emit("The source does not answer; it is let go of by itself.")
        self._timer.stop()
        self._playback.set_playback(None)
        self._signs.set_camera("")
        self._inspector.set_loading(False)
        self._presenter.clear()
        self._inspector.numbers.clear()
        self._show_state()

    @Slot()
    def _on_work_ended(self) -> None:
        """The window has gone: no thread stays behind."""
        self._timer.stop()
        if self._runner is not None:
            self._runner.close_now(CLOSE_S)

    def _show_state(self) -> None:
        runner = self._runner
        is_closing = runner is not None and runner.is_closing
        self._chooser.set_running(runner is not None, is_closing)
        self._middle.setCurrentWidget(self._empty if runner is None else self._canvas)
        is_film = isinstance(self._source, VideoFileSource | PictureFolderSource)
        self._playback.setVisible(runner is not None and is_film)
        self._playback.set_playing(True)
        self._show_can()

    def _show_can(self) -> None:
        """Offer what needs a frame once there is one."""
        has_frame = self.run is not None and self._presenter.result is not None
        self._inspector.analysis.regions.set_can_draw(has_frame)
        self._inspector.snapshot.setEnabled(has_frame)
        self._inspector.record.setEnabled(has_frame)

    @Slot(object)
    def _on_event(self, event: SessionEvent) -> None:
        if isinstance(event, RecordingEvent):
            self._keeper.take(event)
            if self._is_stopping:
                self.stop()
        elif isinstance(event, ModelEvent):
            self._on_model_event(event)
        else:
            self._on_source_event(event)

    def _on_source_event(self, event: SourceEvent) -> None:
        if event.state == "lost":
            self._banner.show_loss(event.message)
        elif event.state == "ended" and event.message:
            self._banner.show_problem(event.message)
        elif event.state == "failed":
            self._banner.show_problem(event.message)
            self.stop()
        elif event.state == "running":
            self._banner.dismiss()
            if event.duration_s is not None:
                self._playback.set_duration(event.duration_s)
        if event.state in ("running", "paused", "ended"):
            self._playback.set_playing(event.state == "running")

    def _on_model_event(self, event: ModelEvent) -> None:
        self._inspector.set_loading(event.state == "loading")
        if event.state == "stopped" and self._private:
            self._keeper.stop()  # what is private is not hidden any more
        if event.message:
            self._workbench.problem.emit(event.message)

    @property
    def _private(self) -> tuple[str, ...]:
        return self._inspector.analysis.private_classes

    def _hide(self) -> None:
        """Show no frame until a model has looked at one."""
        self._presenter.clear()
        self._canvas.set_placeholder("Hidden", "Frames appear once a model has looked at them.")

    @Slot(object)
    def _on_result(self, result: LiveResult) -> None:
        had_frame = self._presenter.result is not None
        if self._presenter.show_result(result, self._private):
            self._playback.set_time(result.frame.time_s)
            if self._presenter.answer is not None:
                self._inspector.analysis.show_counts(self._presenter.answer.analysis)
                self._inspector.show_runtime(self._presenter.answer.runtime)
        else:
            self._hide()
        if had_frame != (self._presenter.result is not None):
            self._show_can()

    def _on_painted(self, result: LiveResult) -> None:
        if self.run is not None:
            self.run.shown(result)

    @Slot()
    def _on_tick(self) -> None:
        run = self.run
        if run is None:
            return
        self._keeper.hold()
        self._signs.set_recording(self._keeper.recorded_text)
        if self.isVisible():
            self._inspector.numbers.show_numbers(run.statistics(), run.last_minute())

    @Slot()
    def _choose_model(self) -> None:
        """Let the chosen model look at the frames; the one before goes on until it is loaded."""
        model = self._inspector.live_model(self._workbench.settings.device)
        if self.run is not None and model is not None:
            self.run.choose(model)

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        if key:
            self._workbench.settings.set_text("live/model", key)
            self._choose_model()

    @Slot()
    def _on_models_changed(self) -> None:
        bench = self._workbench
        cards = [*bench.models_of("detection"), *bench.models_of("segmentation")]
        self._inspector.model.set_models(cards, bench.settings.text("live/model", FIRST_MODEL))

    @Slot(str)
    def _on_setting_changed(self, name: str) -> None:
        if name == "wheel_zooms":
            self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        elif name == "device":
            self._choose_model()

    @Slot(object)
    def _on_options(self, options: object) -> None:
        if self.run is not None:
            self.run.set_options(options)

    @Slot()
    def _on_analysis(self) -> None:
        if self.run is not None:
            self.run.change(self._inspector.analysis.config())
        result = self._presenter.result
        is_slow = result is not None and result.milliseconds > SOON_MS
        if result is not None and is_slow and not is_hidden_on(result, self._private):
            self._hide()
            self._show_can()

    @Slot()
    def _on_first_run(self) -> None:
        self._chooser.choose_kind("scene")
        self.start()

    @Slot()
    def _on_retry(self) -> None:
        if self.run is not None:
            self.run.retry()

    @Slot()
    def _on_snapshot(self) -> None:
        result = self._presenter.result
        if result is not None and not is_hidden_on(result, self._private):
            self._workbench.problem.emit("Wait until a model hides what is private, then save.")
        elif result is not None:
            self._keeper.choose_snapshot(result)

    @Slot()
    def _on_save_counts(self) -> None:
        if self._presenter.answer is not None:
            self._keeper.choose_counts(self._presenter.answer.analysis)

    @Slot()
    def _on_record(self) -> None:
        if self._keeper.is_recording:
            self._keeper.stop()
        elif self._private and self._presenter.answer is None:
            self._workbench.problem.emit("Wait until a model hides what is private, then record.")
        elif self._runner is not None:
            self._keeper.choose_recording(self._runner)

    @Slot()
    def _show_recording(self) -> None:
        is_recording = self._keeper.is_recording
        self._inspector.record.setText("Stop recording" if is_recording else "Record…")
        self._signs.set_recording(self._keeper.recorded_text)
