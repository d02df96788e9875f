"""The left side of the Images page: what is open, searched and browsed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui.document.slices import SlicedRun
from gui.pages.images.search import (
    expression_of,
    label_of,
    matching_expression,
    matching_labels,
    matching_names,
    matching_scores,
    score_range_of,
)
from gui.theme import GRID_PX
from gui.widgets.icons import icon
from gui.widgets.thumbnail_list import ThumbnailList
from gui.widgets.thumbnail_model import ThumbnailModel

WIDTH_PX = 288
SEARCH_DELAY_MS = 60


class Browser(QWidget):
    """Names and thumbnails with a search field; files are touched by others."""

    chosen = Signal(object)  # Path of the picture that a person went to
    labels_wanted = Signal()  # a class is searched for: annotations not read yet are needed
    position_changed = Signal()

    def __init__(self, model: ThumbnailModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.list = ThumbnailList(self.model)
        self.search = QLineEdit()
        self.open_folder = QPushButton(icon("folder-open-outline"), "Open folder…")
        self.samples = QPushButton(icon("image-filter-hdr"), "Samples")
        self._count = QLabel()
        self._title = QLabel("Nothing is open")
        self._current: Path | None = None
        self._labels: Callable[[Path], frozenset[str]] = _no_labels
        self._scores: Callable[[Path], frozenset[float]] = _no_scores
        self._searching: SlicedRun | None = None
        self._found: list[int] = []
        self._is_listing = self._wants_first = False
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        self._build()
        self._delay.timeout.connect(self._search)
        self.search.textChanged.connect(self._on_text)
        self.list.chosen.connect(self._on_chosen)

    def _build(self) -> None:
        named: tuple[tuple[QWidget, str, str], ...] = (
            (self.list, "images.list", "Pictures"),
            (self.search, "images.search", "Search pictures"),
            (self.open_folder, "images.open_folder", "Open a folder of pictures"),
            (self.samples, "images.samples", "Show the sample gallery"),
            (self._count, "images.count", "How many pictures"),
            (self._title, "images.folder", "Folder that is open"),
        )
        for widget, name, description in named:
            widget.setObjectName(name)
            widget.setAccessibleName(description)
        self.search.setPlaceholderText("Name, #12, label::car, score::[.3,.5]")
        self.search.setToolTip(
            "Words of the file name or a regular expression, #12 for the twelfth picture,"
            " label::car for a class, score::[0.3,0.5] for boxes with such scores"
        )
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.open_folder.setToolTip("Open a folder of pictures (Ctrl+U)")
        self.samples.setToolTip("Photographs and drawn scenes that come with the program")
        self._title.setProperty("class", "heading")
        self._count.setProperty("class", "caption")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addWidget(self.open_folder, 1)
        buttons.addWidget(self.samples)
        top = QVBoxLayout()
        top.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        top.setSpacing(GRID_PX)
        top.addLayout(buttons)
        top.addWidget(self._title)
        top.addWidget(self.search)
        top.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)

    def set_labels(self, labels: Callable[[Path], frozenset[str]]) -> None:
        """Say how to find the classes of a picture, for `label::`."""
        self._labels = labels

    def set_scores(self, scores: Callable[[Path], frozenset[float]]) -> None:
        """Say how to find the scores of a picture's shapes, for `score::`."""
        self._scores = scores

    def set_title(self, title: str, tip: str = "") -> None:
        """Name what is open."""
        self._full_title = title
        self._title.setToolTip(tip)
        self._show_title()

    def begin_listing(self, title: str, tip: str) -> None:
        """Empty the list; batches follow."""
        self._stop_search()
        self._current = None
        self._is_listing = True
        self.set_title(title, tip)
        self.model.set_paths(())
        self._show_count()

    def add_batch(self, paths: Sequence[Path]) -> None:
        """Append pictures in the order they were found."""
        self.model.append(paths)
        self._show_count()
        self.position_changed.emit()

    def finish_listing(self, paths: Sequence[Path], names: Sequence[str] = ()) -> None:
        """Take over the final order; search, current row and scroll position stay."""
        self._is_listing = False
        bar = self.list.verticalScrollBar()
        position = bar.value()
        self.model.set_paths(paths, names)
        bar.setValue(position)
        self.list.show_current(self._current)
        self._show_count()
        self.position_changed.emit()
        self._search()

    def stop_listing(self) -> None:
        """The listing ended early; what was found stays."""
        self._is_listing = False
        self._show_count()

    @property
    def current(self) -> Path | None:
        """The picture that is looked at, or waited for."""
        return self._current

    def show_current(self, path: Path | None) -> None:
        """Highlight a picture."""
        self._current = path
        self.list.show_current(path)
        self.position_changed.emit()

    def neighbour(self, step: int) -> Path | None:
        """Return the picture `step` rows further among those that pass the filter."""
        count = self.model.rowCount()
        row = self.model.row_of(self._current) if self._current is not None else -1
        if row < 0:
            return self.model.path(0 if step > 0 else count - 1)
        return self.model.path(row + step)

    @property
    def position(self) -> tuple[int, int]:
        """Row of the current picture from 1, 0 where hidden, and how many rows there are."""
        row = self.model.row_of(self._current) if self._current is not None else -1
        return row + 1, self.model.rowCount()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Down goes to the list, Return opens the first match."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # A line takes Ctrl+U for "delete to the start"; here it opens a folder everywhere.
            return event.keyCombination() == Qt.Modifier.CTRL | Qt.Key.Key_U
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.list.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._delay.stop()
                self._search()
                self._wants_first = True
                if self._searching is None:
                    self._go_to_first()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    @Slot(object)
    def _on_chosen(self, path: Path) -> None:
        self.chosen.emit(path)

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self._delay.start()
        if label_of(text) or score_range_of(text):
            self.labels_wanted.emit()

    @Slot()
    def refresh_search(self) -> None:
        """Search again, because classes have become known."""
        text = self.search.text()
        if label_of(text) is not None or score_range_of(text) is not None:
            self._search()

    @Slot()
    def _search(self) -> None:
        self._stop_search()
        if self.search.text().strip() or not self.model.is_prepared:
            self._found = []
            self._searching = SlicedRun(self._searching_steps(self._found), self)
            self._searching.finished.connect(self._on_searched)
        else:
            self._take(None)

    def _searching_steps(self, found: list[int]) -> Iterator[None]:
        label = label_of(self.search.text())
        scores = score_range_of(self.search.text())
        if scores is not None:
            yield from matching_scores(*scores, tuple(self.model.paths), self._scores, found)
        elif label is not None:
            paths = tuple(self.model.paths)
            yield from matching_labels(label, paths, self._labels, found)
        else:
            yield from self.model.preparing()
            expression = expression_of(self.search.text())
            if expression is not None:
                yield from matching_expression(expression, self.model.lower_names, found)
            elif self.search.text().strip():
                found += matching_names(self.search.text(), self.model.lower_names)

    def _stop_search(self) -> None:
        if self._searching is not None:
            self._searching.stop()
            self._searching = None

    @Slot()
    def _on_searched(self) -> None:
        self._searching = None
        self._take(self._found if self.search.text().strip() else None)
        self._go_to_first()

    def _go_to_first(self) -> None:
        first = self.model.path(0) if self._wants_first else None
        self._wants_first = False
        if first is not None:
            self.chosen.emit(first)

    def _take(self, numbers: list[int] | None) -> None:
        if numbers is not None or self.model.is_filtered:
            self.model.set_filter(numbers)
        self.list.show_current(self._current)
        self._show_count()
        self.position_changed.emit()

    def _show_count(self) -> None:
        count, shown = len(self.model.paths), self.model.rowCount()
        noun = "picture" if count == 1 else "pictures"
        text = f"{count:,} {noun}"
        if self.model.is_filtered:
            text = f"{shown:,} of {text}"
        self._count.setText(f"{text}, listing…" if self._is_listing else text)
        self.list.set_hint(self._hint(count, shown))

    def _hint(self, count: int, shown: int) -> str:
        if shown or not count or not self.model.is_filtered:
            return ""
        label = label_of(self.search.text())
        what = f"has a shape of class “{label}”" if label else "has such a name"
        return f"No picture here {what}. Press Esc in the search field to see all {count:,}."

    _full_title = "Nothing is open"

    def _show_title(self) -> None:
        width = max(8 * GRID_PX, self.width() - 3 * GRID_PX)
        mode = Qt.TextElideMode.ElideMiddle
        shown = self._title.fontMetrics().elidedText(self._full_title, mode, width)
        self._title.setText(shown)

    def resizeEvent(self, event: object) -> None:
        """Fit the title anew."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._show_title()


def _no_scores(_: Path) -> frozenset[float]:
    return frozenset()


def _no_labels(_: Path) -> frozenset[str]:
    return frozenset()
