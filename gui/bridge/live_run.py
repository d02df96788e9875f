"""A run of running pictures, heard on the interface thread."""

from __future__ import annotations

import threading
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.api.errors import EngineError
from engine.api.live import LiveResult, LiveSource
from engine.api.live_analysis import AnalysisConfig
from engine.api.live_session import (
    CloseLive,
    LiveRun,
    OpenLive,
    SessionListener,
    StopRecording,
)
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.bridge.relay import Relay

GIVE_WAY_MS = 2
"""So long after a result is there it is taken.

The inference thread begins its next frame meanwhile, in Python, before it computes for long without
it. Both at once would wait for the interpreter's lock in turns: a twentieth of all frames.
"""


class LiveRunner(QObject):
    """Opens one run, relays what it says, and closes it; made anew for each run.

    Results are taken when the interface thread comes to it: the newest wins, none are queued.
    """

    opened = Signal()  # `run` is there and not yet started: choose a model, then call its start
    told = Signal(object)  # SessionEvent
    answered = Signal(object)  # LiveResult, the newest
    failed = Signal(EngineError)  # it could not be opened
    closed = Signal(object)  # bool: whether all threads ended; the last signal
    _told = Signal(object)  # these three cross from worker threads
    _ready = Signal()
    _crashed = Signal(object)

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self.run: LiveRun | None = None
        self._opening = PageRequest(client, self, "interactive")
        self._opening.answered.connect(self._on_opened)
        self._opening.failed.connect(self._on_failed)
        self._closing = PageRequest(client, self, "files")
        self._closing.answered.connect(self._on_closed)
        for given_up in (self._opening.cancelled, self._opening.crashed, self._closing.failed):
            given_up.connect(self._on_given_up)
        self._is_closing = False
        self._giving_way = QTimer(self)
        self._giving_way.setSingleShot(True)
        self._giving_way.setTimerType(Qt.TimerType.PreciseTimer)
        self._giving_way.setInterval(GIVE_WAY_MS)
        self._giving_way.timeout.connect(self._on_due)
        self._relay = Relay(self)
        queued = Qt.ConnectionType.QueuedConnection
        self._told.connect(self._on_told, queued)
        self._ready.connect(self._giving_way.start, queued)
        self._crashed.connect(client.crashed, queued)
        # Not a method of this object, which is half gone when the signal comes.
        self.destroyed.connect(partial(Relay.drop, self._relay))

    def open(self, source: LiveSource, config: AnalysisConfig) -> None:
        """Prepare a run; the source is not touched before it is started."""
        listener = SessionListener(
            event=partial(self._relay.emit, "_told"),
            ready=partial(self._relay.emit, "_ready"),
            crashed=partial(self._relay.emit, "_crashed"),
        )
        self._opening.start(OpenLive(source, listener, config))

    def stop_recording(self) -> None:
        """End the recording on a worker; a `RecordingEvent` follows."""
        if self.run is not None:
            self._client.start(StopRecording(self.run), "files")

    def close(self) -> None:
        """End the run on a worker, its recording first; `closed` follows."""
        if self._is_closing:
            return
        self._is_closing = True
        self._giving_way.stop()
        if self.run is not None:
            self._closing.start(CloseLive(self.run))

    def close_now(self, timeout_s: float) -> bool:
        """End the run and wait; whether its threads ended. Only for the moment of closing."""
        self._is_closing = True
        self._giving_way.stop()
        self._relay.drop()
        if self.run is None:
            return True
        # The end of a film has no limit of time; the window has.
        closing = threading.Thread(target=self.run.close, args=(timeout_s,), daemon=True)
        closing.start()
        closing.join(timeout_s)
        return not closing.is_alive()

    @property
    def is_closing(self) -> bool:
        """Whether it was asked to end."""
        return self._is_closing

    @Slot(object, object)
    def _on_opened(self, _: OpenLive, run: LiveRun) -> None:
        self.run = run
        if self._is_closing:
            self._closing.start(CloseLive(run))
        else:
            self.opened.emit()

    @Slot(object, EngineError)
    def _on_failed(self, _: OpenLive, error: EngineError) -> None:
        self.failed.emit(error)
        self.closed.emit(True)

    @Slot(object, object)
    def _on_closed(self, _: CloseLive, is_ended: bool) -> None:
        self.closed.emit(is_ended)

    @Slot()
    def _on_given_up(self) -> None:
        self.closed.emit(self.run is None)

    @Slot(object)
    def _on_told(self, event: object) -> None:
        self.told.emit(event)

    @Slot()
    def _on_due(self) -> None:
        result: LiveResult | None = None
        if self.run is not None and not self._is_closing:
            result = self.run.take_result()
        if result is not None:
            self.answered.emit(result)
