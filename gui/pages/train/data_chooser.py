"""Choose what to train on: a data set by name, or a folder; says what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.api.datasets import DatasetCard, DatasetFacts, DataTask
from engine.api.models import Task
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import folder_to_open
from gui.widgets.wheel_guard import guard_wheel

DATA_TASKS: dict[Task, DataTask] = {
    "classification": "classification",
    "segmentation": "segmentation",
    "detection": "detection",
    "representation": "pictures",
    "generation": "pictures",
    "translation": "pairs",
}
RECENT_LIMIT = 6


class DataChooser(QWidget):
    """A list of named data sets, of folders used lately, and a way to another folder."""

    data_changed = Signal(str)  # name or path; empty while there is none
    check_wanted = Signal()
    download_changed = Signal()
    facts_changed = Signal()  # it is known what the data holds, or that it cannot be used

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: tuple[DatasetCard, ...] = ()
        self._task: DataTask = "classification"
        self._recent: list[Path] = []
        self._facts: DatasetFacts | None = None
        self._is_faulty = False
        self._box = QComboBox()
        self._browse = QPushButton("Folder…")
        self._text = QLabel()
        self._download = QCheckBox()
        self._check = QPushButton("Check data")
        self._build()
        self._box.currentIndexChanged.connect(self._on_chosen)
        self._browse.clicked.connect(self._on_browse)
        self._check.clicked.connect(self.check_wanted)
        self._download.toggled.connect(self.download_changed)

    def _build(self) -> None:
        self._box.setObjectName("train.data")
        self._box.setAccessibleName("Data set")
        self._box.setToolTip("What it learns from: data sets by name, and folders used lately")
        self._box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._box.setMinimumContentsLength(12)
        guard_wheel(self._box)
        self._browse.setObjectName("train.data_folder")
        self._browse.setAccessibleName("Choose a folder with data")
        self._browse.setToolTip("COCO, VOC, YOLO, CamVid, masks, a folder a class, or pictures")
        self._text.setObjectName("train.data_facts")
        self._text.setProperty("class", "caption")
        self._text.setWordWrap(True)
        self._download.setObjectName("train.download")
        self._download.setAccessibleName("Fetch the data, which are not here yet")
        self._download.hide()
        self._check.setEnabled(False)
        self._check.setObjectName("train.check")
        self._check.setAccessibleName("Check the data before training")
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(self._box, 1)
        row.addWidget(self._browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        for widget in (self._text, self._download, self._check):
            layout.addWidget(widget)

    @property
    def data(self) -> str:
        """Name or path; empty while nothing is chosen."""
        return str(self._box.currentData() or "")

    @property
    def title(self) -> str:
        """A word for the name of a run."""
        return Path(self.data).name

    @property
    def card(self) -> DatasetCard | None:
        """Card of a data set chosen by name."""
        return next((card for card in self._cards if card.key == self.data), None)

    @property
    def task(self) -> DataTask:
        """What the data is used for."""
        return self._task

    @property
    def may_download(self) -> bool:
        """Whether the person has agreed to the download."""
        return not self._download.isHidden() and self._download.isChecked()

    @property
    def is_ready(self) -> bool:
        """Whether the data is here, or its download is agreed to."""
        return self._facts is not None or self.may_download

    @property
    def is_here(self) -> bool:
        """Whether the data is on this machine and could be opened."""
        return self._facts is not None

    @property
    def is_faulty(self) -> bool:
        """Whether a check has found that it cannot be trained on."""
        return self._is_faulty

    def set_cards(self, cards: Sequence[DatasetCard], task: DataTask) -> None:
        """List the data sets that serve a task; the choice stays where it can."""
        self._cards = tuple(card for card in cards if not card.layout)
        self._task = task
        self._fill(self.data)

    def set_recent(self, folders: Sequence[Path]) -> None:
        """List folders used lately, newest first."""
        self._recent = list(folders)
        self._fill(self.data)

    @property
    def recent(self) -> list[Path]:
        """Folders used lately, newest first."""
        return list(self._recent)

    def choose(self, data: str) -> None:
        """Choose a data set by name, or a folder."""
        if self._box.findData(data) < 0:
            kept = [path for path in self._recent if str(path) != data]
            self._recent = [Path(data), *kept][:RECENT_LIMIT]
            self._fill(data)
        self._box.setCurrentIndex(self._box.findData(data))

    def _fill(self, chosen: str) -> None:
        before = self.data
        with QSignalBlocker(self._box):
            self._box.clear()
            for card in sorted(self._fitting(), key=lambda card: card.download_bytes):
                self._box.addItem(card.title, card.key)
            if self._recent and self._box.count():
                self._box.insertSeparator(self._box.count())
            for folder in self._recent:
                self._box.addItem(folder.name, str(folder))
            self._box.setCurrentIndex(max(0, self._box.findData(chosen)))
        self._box.setEnabled(self._box.count() > 0)
        if self.data != before:
            self._on_chosen()

    def _fitting(self) -> list[DatasetCard]:
        return [c for c in self._cards if self._task == "pictures" or self._task in c.tasks]

    @Slot()
    def _on_chosen(self) -> None:
        self._facts, self._is_faulty = None, False
        card = self.card
        self._text.setText(card.summary if card else self.data)
        self._download.hide()
        self._download.setChecked(False)
        self._check.setEnabled(bool(self.data))
        self.data_changed.emit(self.data)

    def set_facts(self, facts: DatasetFacts) -> None:
        """Say what an opened data set holds."""
        self._facts = facts
        card = self.card
        summary = f"{card.summary}\n" if card else ""
        self._text.setText(summary + facts_line(facts, card))
        self._download.hide()
        self.facts_changed.emit()

    def set_checked(self, is_usable: bool) -> None:
        """Take the outcome of a check of all samples."""
        self._is_faulty = not is_usable

    def set_problem(self, text: str) -> None:
        """Say why the data cannot be used; offers the download where that is the cure."""
        card = self.card
        if card is not None and card.download_bytes:
            size = f"{card.download_bytes / 1e6:.0f} MB"
            self._text.setText(f"{card.summary}\nNot on this machine yet. {card.credit}")
            self._download.setText(f"Download {size} when the run starts")
            self._download.setAccessibleName(self._download.text())
            self._download.show()
        else:
            self._text.setText(text)
        self.facts_changed.emit()

    @Slot()
    def _on_browse(self) -> None:
        folder = folder_to_open(self, "Choose a folder with data")
        if folder is not None:
            self.choose(str(folder))


def facts_line(facts: DatasetFacts, card: DatasetCard | None) -> str:
    """Return what a data set holds in one line."""
    endless = card is not None and card.is_endless
    parts = ["drawn as needed" if endless else f"{facts.count:,} to train on"]
    if facts.classes:
        parts.append(f"{len(facts.classes)} classes")
    if facts.size is not None:
        parts.append(f"{facts.size[1]} x {facts.size[0]} px")
    else:
        parts.append("sizes differ")
    parts.append("grey" if facts.channels == 1 else "colour")
    return " · ".join(parts)
