"""Asks the engine about data sets: which there are, what they hold, whether they are sound."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from engine.api.augmentation import AugmentationConfig, PreviewAugmentation
from engine.api.datasets import (
    CheckDataset,
    DatasetCard,
    DatasetFacts,
    DatasetReport,
    DescribeDataset,
    ListDatasets,
)
from engine.api.errors import EngineError
from engine.api.pictures import Picture
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.pages.train.run_view import RunView
from gui.pages.train.setup_panel import SetupPanel


class DataDesk(QObject):
    """Between the set-up, the view of the data, and the engine."""

    def __init__(
        self, client: EngineClient, setup: SetupPanel, view: RunView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._client, self._setup, self._view = client, setup, view
        self._checking: EngineTask | None = None
        setup.data_changed.connect(self._describe)
        setup.check_wanted.connect(self.check)
        view.data.preview_wanted.connect(self._preview)
        view.data.own_changed.connect(setup.set_augmentation_own)

    def list_all(self) -> None:
        """Ask which data sets there are."""
        self._client.start(ListDatasets(), "browse").succeeded.connect(self._on_datasets)

    @Slot(object)
    def _on_datasets(self, cards: tuple[DatasetCard, ...]) -> None:
        self._setup.set_datasets(cards)

    @Slot(str)
    def _describe(self, data: str) -> None:
        if not data:
            return
        request = DescribeDataset(data, "train", self._setup.data.task)
        task = self._client.latest("train.describe", request, "browse", quiet=True)
        task.succeeded.connect(self._on_described)
        task.failed.connect(self._on_unusable)

    @Slot()
    def check(self) -> None:
        """Look the chosen data over, and show the report."""
        data = self._setup.data
        if self._checking is not None:
            self._checking.cancel()
        self._view.data.begin(data.title, self._setup.forms.augment)
        self._view.show_data()
        self._checking = self._client.start(CheckDataset(data.data, data.task), "work", True)
        self._checking.succeeded.connect(self._on_report)
        self._checking.failed.connect(self._on_no_report)
        self._checking.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._checking:
            self._checking = None

    @Slot(object)
    def _preview(self, config: AugmentationConfig) -> None:
        data = self._setup.data
        request = PreviewAugmentation(
            data.data, config, task=data.task, image_size=self._setup.forms.image_size
        )
        task = self._client.latest("train.preview", request, "interactive", quiet=True)
        task.succeeded.connect(self._on_preview)
        task.failed.connect(self._on_no_report)

    def _is_wanted(self) -> bool:
        """Whether an answer is about the data that is still chosen."""
        sender = self.sender()
        if not isinstance(sender, EngineTask):
            return False
        asked, data = sender.request, self._setup.data
        return bool(asked.data == data.data and asked.task == data.task)

    @Slot(object)
    def _on_described(self, facts: DatasetFacts) -> None:
        if self._is_wanted():
            self._setup.data.set_facts(facts)
            self._setup.refresh()

    @Slot(EngineError)
    def _on_unusable(self, error: EngineError) -> None:
        if self._is_wanted():
            self._setup.data.set_problem(str(error))
            self._setup.refresh()

    @Slot(object)
    def _on_report(self, report: DatasetReport) -> None:
        if self._is_wanted():
            self._view.data.set_report(report)

    @Slot(EngineError)
    def _on_no_report(self, error: EngineError) -> None:
        if self._is_wanted():
            self._view.data.set_problem(str(error))

    @Slot(object)
    def _on_preview(self, picture: Picture) -> None:
        if self._is_wanted():
            self._view.data.set_preview(picture.pixels)
