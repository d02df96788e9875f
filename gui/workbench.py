"""What every page shares: the engine, the open pictures, the settings, the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.document.session import Session
from gui.settings import Settings
from gui.widgets.open_pictures import OpenPictures

if TYPE_CHECKING:  # loaded after the first paint
    from engine.api.models import ModelCard
    from engine.api.traces import TraceCard


PAGES_OF_TASKS = {
    "detection": "detect",
    "segmentation": "segment",
    "representation": "latent",
    "generation": "latent",
}
"""Key of the page that shows what a model of a task does."""


class Workbench(QObject):
    """Handed to each page when it is made."""

    models_changed = Signal()  # the engine has started, or weights have arrived
    traces_changed = Signal()  # what there is to step through is known
    message = Signal(str)  # one line for the status bar
    problem = Signal(str)  # one line for the notice above the page: what, the limit, the cure
    page_wanted = Signal(str)  # key of the page to show
    open_wanted = Signal(object)  # tuple[Path, ...]: pictures or folders, for the Images page
    weights_wanted = Signal(str, str)  # model key and name of weights, for the page of its task
    work_ended = Signal()  # the window has closed and no worker runs any more
    presenting = Signal(bool)  # a step fills the page; what is around it goes, or comes back
    pointer = Signal(str)  # pixel position and value under the pointer; empty outside

    def __init__(
        self, client: EngineClient, session: Session, settings: Settings, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self.client = client
        self.session = session
        self.pictures = OpenPictures(self)
        self.settings = settings
        self.models: tuple[ModelCard, ...] = ()
        self.traces: tuple[TraceCard, ...] = ()

    def refresh_models(self) -> EngineTask:
        """Ask for models and traces anew: at the start, and after weights have arrived."""
        from engine.api.models import ListModels  # not before the first paint
        from engine.api.traces import ListTraces

        traces = self.client.start(ListTraces(), "browse")
        traces.succeeded.connect(self._on_traces)
        from gui.runs_folder import runs_folder

        models = self.client.start(ListModels(runs_folder(self.settings)), "work")
        models.succeeded.connect(self._on_models)
        return models

    @Slot(object)
    def _on_traces(self, cards: tuple[TraceCard, ...]) -> None:
        self.traces = cards
        self.traces_changed.emit()

    @Slot(object)
    def _on_models(self, cards: tuple[ModelCard, ...]) -> None:
        self.models = cards
        self.models_changed.emit()

    @Slot(str, str)
    def download(self, model_key: str, weights_name: str) -> None:
        """Fetch weights; models that have them are ready afterwards."""
        from engine.api.models import DownloadWeights  # not before the first paint

        task = self.client.start(DownloadWeights(model_key, weights_name))
        task.succeeded.connect(self._on_downloaded)

    @Slot(object)
    def _on_downloaded(self, path: Path) -> None:
        self.message.emit(f"Downloaded {path.name}")
        self.refresh_models()

    @Slot(str, str)
    def use_weights(self, model_key: str, weights: str) -> None:
        """Show the page that a model works on, with these weights: a name, a run folder, a file."""
        task = next((card.task for card in self.models if card.key == model_key), None)
        page = PAGES_OF_TASKS.get(task or "")
        if page is None:
            self.problem.emit(f"{model_key}: no page shows models of this kind")
            return
        self.page_wanted.emit(page)  # made now if need be, so that it hears of the weights
        self.weights_wanted.emit(model_key, weights)

    def models_of(self, task: str) -> list[ModelCard]:
        """Return the registered models of one task; empty until the engine has started."""
        return [card for card in self.models if card.task == task]


class EditEntries(Protocol):
    """What a page with an attribute `edit_actions` puts into the Edit menu."""

    @property
    def entries(self) -> tuple[QAction, ...]: ...  # noqa: D102
    def refresh(self) -> None: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class PageSpec:
    """How a page presents itself to the window.

    Attributes:
        key: stable identifier, also the prefix of its controls' object names.
        icon: a qtawesome name.
        order: position in the rail, ascending.
        factory: makes the page.
        summary: what it is for, in a sentence or two, for newcomers.
    """

    key: str
    title: str
    icon: str
    order: int
    factory: Callable[[Workbench], QWidget]
    summary: str = ""
