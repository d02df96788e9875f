"""What every page shares: the engine, the open pictures, the settings, the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.api.models import ModelCard
from engine.api.traces import TraceCard
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.settings import Settings


class Workbench(QObject):
    """Handed to each page when it is made."""

    models_changed = Signal()  # the engine has started, or weights have arrived
    message = Signal(str)  # one line for the status bar
    problem = Signal(str)  # one line for the notice above the page: what, the limit, the cure
    page_wanted = Signal(str)  # key of the page to show
    pointer = Signal(str)  # pixel position and value under the pointer; empty outside

    def __init__(
        self, client: EngineClient, session: Session, settings: Settings, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self.client = client
        self.session = session
        self.settings = settings
        self.models: tuple[ModelCard, ...] = ()
        self.traces: tuple[TraceCard, ...] = ()

    def models_of(self, task: str) -> list[ModelCard]:
        """Return the registered models of one task; empty until the engine has started."""
        return [card for card in self.models if card.task == task]


@dataclass(frozen=True, slots=True)
class PageSpec:
    """How a page presents itself to the window.

    Attributes:
        key: stable identifier, also the prefix of its controls' object names.
        icon: a qtawesome name.
        order: position in the rail, ascending.
        factory: makes the page.
    """

    key: str
    title: str
    icon: str
    order: int
    factory: Callable[[Workbench], QWidget]
