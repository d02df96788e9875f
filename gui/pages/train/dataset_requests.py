"""Asks the engine about data sets: which there are, what they hold, whether they are sound."""

from __future__ import annotations

from functools import partial

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
from gui.bridge.page_request import PageRequest
from gui.pages.train.run_view import RunView
from gui.pages.train.setup_panel import SetupPanel

Chosen = tuple[str, str]
"""A data set and the task that it is to be trained for."""


class DatasetRequests(QObject):
    """Between the set-up, the view of the data, and the engine."""

    def __init__(
        self, client: EngineClient, setup: SetupPanel, view: RunView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._setup, self._view = setup, view
        self._listing = PageRequest(client, self, "browse")
        of_chosen = partial(PageRequest, client, self, quiet=True, is_current=self._is_chosen)
        self._describing = of_chosen(lane="browse")
        self._checking = of_chosen(lane="work")
        self._previewing = of_chosen(lane="interactive")
        self._listing.answered.connect(self._on_datasets)
        self._describing.answered.connect(self._on_described)
        self._describing.failed.connect(self._on_unusable)
        self._checking.answered.connect(self._on_report)
        self._checking.failed.connect(self._on_no_report)
        self._previewing.answered.connect(self._on_preview)
        self._previewing.failed.connect(self._on_no_report)
        setup.data_changed.connect(self._describe)
        setup.check_wanted.connect(self.check)
        view.data.preview_wanted.connect(self._preview)
        view.data.own_changed.connect(setup.set_augmentation_own)

    @property
    def _chosen(self) -> Chosen:
        return self._setup.data.data, self._setup.data.task

    def _is_chosen(self, chosen: Chosen) -> bool:
        """Whether an answer is about the data that is still chosen."""
        return chosen == self._chosen

    def list_all(self) -> None:
        """Ask which data sets there are."""
        self._listing.start(ListDatasets())

    @Slot(object, object)
    def _on_datasets(self, _: ListDatasets, cards: tuple[DatasetCard, ...]) -> None:
        self._setup.set_datasets(cards)

    @Slot(str)
    def _describe(self, data: str) -> None:
        if data:
            request = DescribeDataset(data, "train", self._setup.data.task)
            self._describing.ask(request, about=(data, self._setup.data.task))

    @Slot()
    def check(self) -> None:
        """Look the chosen data over, and show the report."""
        data = self._setup.data
        self._view.data.begin(data.title, self._setup.forms.augment)
        self._view.show_data()
        self._checking.start(CheckDataset(data.data, data.task), about=self._chosen)

    @Slot(object)
    def _preview(self, config: AugmentationConfig) -> None:
        data = self._setup.data
        request = PreviewAugmentation(
            data.data, config, task=data.task, image_size=self._setup.forms.image_size
        )
        self._previewing.ask(request, about=self._chosen)

    @Slot(object, object)
    def _on_described(self, _: DescribeDataset, facts: DatasetFacts) -> None:
        self._setup.data.set_facts(facts)
        self._setup.refresh()

    @Slot(object, EngineError)
    def _on_unusable(self, _: DescribeDataset, error: EngineError) -> None:
        self._setup.data.set_problem(str(error))
        self._setup.refresh()

    @Slot(object, object)
    def _on_report(self, _: CheckDataset, report: DatasetReport) -> None:
        self._view.data.set_report(report)
        self._setup.data.set_checked(report.is_usable)
        self._setup.refresh()

    @Slot(object, EngineError)
    def _on_no_report(self, _: object, error: EngineError) -> None:
        self._view.data.set_problem(str(error))

    @Slot(object, object)
    def _on_preview(self, _: PreviewAugmentation, picture: Picture) -> None:
        self._view.data.set_preview(picture.pixels)
