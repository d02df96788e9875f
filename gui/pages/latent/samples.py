"""Samples: pictures of drawn codes, what they are called, and the training picture nearest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.api.errors import EngineError
from engine.api.latent_pictures import (
    FindNearest,
    NearestPictures,
    SampledPictures,
    SampleLatents,
)
from gui.pages.latent.data_words import TRUNCATION_TIP, why_no_data
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.picture_grid import PictureGrid
from gui.theme import GRID_PX, ROLE_COLOURS
from gui.widgets.file_dialogs import file_to_save, folder_to_open
from gui.widgets.named import caption, heading, named, push_button
from gui.widgets.picture_area import PictureArea
from gui.workbench import Workbench

PICTURE_FILES = "Picture (*.png)"
SIDE_PX = 150
SMALL_PX, LARGE_PX, LARGE_UP_TO = 64, 104, 100
IN_COLUMNS_PX = 84  # ten classes stand beside each other in a window of 1,280 pixels


class SamplesTab(QWidget):
    """Drawn anew whenever something changes; the latest wins."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._state = workbench, state
        self._found: SampledPictures | None = None
        self._data = ""
        self._drawing = state.new_request(self)
        self._searching = state.new_request(self, "work", quiet=True)
        self._count = named(
            QSpinBox(), "latent.sample_count", "Pictures", "How many codes are drawn"
        )
        self._seed = named(
            QSpinBox(), "latent.sample_seed", "Seed", "The same seed draws the same pictures"
        )
        self._truncation = named(
            QDoubleSpinBox(), "latent.sample_truncation", "Truncation", TRUNCATION_TIP
        )
        self._sampling = named(
            QComboBox(),
            "latent.sampling",
            "What codes are drawn from",
            "The prior that the model was trained with, or a density fitted to encoded pictures",
        )
        self._every = named(QCheckBox("Every class"), "latent.every_class", "All classes in turn")
        self._save = push_button("latent.sample_save", "Save…", "Save the pictures as one PNG")
        self.grid = named(PictureGrid(), "latent.samples", "Samples")
        self._text = caption(name="latent.sample_text")
        self._chosen = named(PictureArea(), "latent.sample", "The chosen sample")
        self._nearest = named(PictureArea(), "latent.nearest", "Nearest training picture")
        self._nearest_text = caption(name="latent.nearest_text")
        self._use = push_button("latent.sample_use", "Use as current code")
        self._find = push_button("latent.find_nearest", "Find nearest training picture")
        self._folder = push_button("latent.nearest_data", "Training data…", "Where they lie")
        self._build()
        self._connect()
        self._on_opened()

    def _build(self) -> None:
        self._count.setRange(1, 400)
        self._count.setValue(60)
        self._count.setSuffix(" pictures")
        self._seed.setRange(0, 999_999)
        self._seed.setPrefix("seed ")
        self._truncation.setRange(0.1, 2.0)
        self._truncation.setSingleStep(0.1)
        self._truncation.setValue(1.0)
        self._truncation.setPrefix("truncation × ")
        self._every.setChecked(True)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        parts = (self._sampling, self._count, self._seed, self._truncation, self._every)
        for part in (*parts, self._save):
            row.addWidget(part)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(self.grid)
        scroll.setWidgetResizable(True)
        body = QHBoxLayout()
        body.setSpacing(2 * GRID_PX)
        body.addWidget(scroll, 1)
        body.addLayout(self._side())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addLayout(body, 1)
        layout.addWidget(self._text)

    def _side(self) -> QVBoxLayout:
        side = QVBoxLayout()
        side.setSpacing(GRID_PX)
        for area in (self._chosen, self._nearest):
            area.setFixedWidth(SIDE_PX)
            area.setMinimumHeight(SIDE_PX - 4 * GRID_PX)  # where the window is low
            area.setMaximumHeight(SIDE_PX)
        self._chosen.set_text("Choose a sample")
        self._nearest.set_text("Not looked for yet")
        self._nearest_text.setFixedWidth(SIDE_PX + 8 * GRID_PX)
        parts = (
            heading("Sample"),
            self._chosen,
            self._use,
            self._find,
            self._folder,
            heading("Nearest training picture"),
            self._nearest,
            self._nearest_text,
        )
        for part in parts:
            side.addWidget(part)
        side.addStretch(1)
        return side

    def _connect(self) -> None:
        self._state.opened.connect(self._on_opened)
        self._state.cloud_changed.connect(self._on_cloud)
        self._sampling.activated.connect(self.draw)
        self._count.valueChanged.connect(self.draw)
        self._seed.valueChanged.connect(self.draw)
        self._truncation.valueChanged.connect(self.draw)
        self._every.toggled.connect(self.draw)
        self._state.picture_changed.connect(self._on_class)
        self.grid.picked.connect(self._on_picked)
        self.grid.moved.connect(self._on_picked)
        self.grid.activated.connect(self._on_use)
        self._use.clicked.connect(self._on_use)
        self._find.clicked.connect(self.find_nearest)
        self._folder.clicked.connect(self._on_folder)
        self._save.clicked.connect(self._on_save)
        self._drawing.answered.connect(self._on_samples)
        self._searching.answered.connect(self._on_nearest)
        self._searching.failed.connect(self._on_nearest_failed)

    def showEvent(self, event: object) -> None:
        """Draw what nobody looked at before."""
        super().showEvent(event)  # type: ignore[arg-type]
        if self._found is None:
            self.draw()

    @Slot()
    def _on_opened(self) -> None:
        facts = self._state.facts
        self._found = None
        self.grid.set_pictures(None)
        self._sampling.clear()
        self._class_of_rows = self._state.class_index
        self._every.setVisible(facts is not None and bool(facts.classes))
        self._data = facts.data_key if facts is not None else ""
        self._show_choice(-1)
        if facts is None:
            return
        if facts.prior != "none":
            self._sampling.addItem(f"Prior: {facts.prior.replace('-', ' ')}", "prior")
        if facts.has_encoder:
            self._sampling.addItem("Gaussian fitted to the codes", "gaussian")
            self._sampling.addItem("Mixture fitted to the codes", "mixture")
        self.draw()

    @Slot()
    def _on_cloud(self) -> None:
        if self._sampling.currentData() != "prior":
            self.draw()

    @Slot()
    def _on_class(self) -> None:
        """Another class of the page is another class here, where not all are shown."""
        if self._state.class_index != self._class_of_rows:
            self._class_of_rows = self._state.class_index
            if not self._every.isChecked():
                self.draw()

    @Slot()
    def draw(self) -> None:
        """Draw and show; only while somebody looks."""
        facts, cloud = self._state.facts, self._state.cloud
        if facts is None or not self.isVisible():
            return
        sampling = self._sampling.currentData()
        if sampling != "prior" and cloud is None:
            self.grid.set_empty_text(
                "This model has no prior. Encode pictures on Explore; a Gaussian is fitted to them."
            )
            return
        has_one = facts.classes and not self._every.isChecked()
        request = SampleLatents(
            facts.source,
            self._count.value(),
            self._state.class_index if has_one else None,
            self._seed.value(),
            self._truncation.value(),
            sampling,
            cloud.latents if cloud is not None and sampling != "prior" else None,
        )
        self._drawing.ask(request, about=facts.source)

    @Slot(object, object)
    def _on_samples(self, _: SampleLatents, found: SampledPictures) -> None:
        self._found = found
        classes = len(self._state.facts.classes) if self._state.facts else 0
        is_by_class = classes > 0 and self._every.isChecked()
        large = IN_COLUMNS_PX if is_by_class else LARGE_PX
        self.grid.set_cell_px(large if len(found.latents) <= LARGE_UP_TO else SMALL_PX)
        if is_by_class:
            # Columns of one class each: every row goes through all of them.
            self.grid.set_pictures(found.pixels, found.latents, columns=classes, tips=self._tips())
        else:
            self.grid.set_pictures(found.pixels, found.latents, tips=self._tips())
        wrong = self._wrong()
        self.grid.set_marks({index: QColor(ROLE_COLOURS["removed"]) for index in wrong})
        self._text.setText(self._say(len(wrong)))
        self._show_choice(-1)

    def _tips(self) -> list[str]:
        found, facts = self._found, self._state.facts
        if found is None or found.called is None or facts is None:
            return []
        names = facts.data_classes
        return [f"called {names[index]}" for index in found.called.tolist()]

    def _wrong(self) -> list[int]:
        found = self._found
        if found is None or found.called is None or found.class_indices is None:
            return []
        return np.flatnonzero(found.called != found.class_indices).tolist()

    def _say(self, wrong: int) -> str:
        found, facts = self._found, self._state.facts
        if found is None or facts is None:
            return ""
        if found.called is None:
            return f"{len(found.latents)} pictures by {facts.weights}. Drag one away, or choose it."
        if found.class_indices is not None:
            right = 1 - wrong / len(found.called)
            return f"The digit network calls {right:.1%} as asked; the others are framed."
        shares = np.bincount(found.called, minlength=len(facts.data_classes)) / len(found.called)
        parts = [f"{n} {s:.0%}" for n, s in zip(facts.data_classes, shares, strict=True)]
        return "As the digit network calls them: " + " · ".join(parts)

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        self._show_choice(index)

    def _show_choice(self, index: int) -> None:
        has_choice = self._found is not None and 0 <= index < len(self._found.latents)
        self._searching.drop()  # for what is near the sample that was chosen before
        self._nearest.set_pixels(None)
        self._nearest.set_text("Not looked for yet")
        self._nearest_text.setText("")
        for button in (self._use, self._find):
            button.setEnabled(has_choice)
        self._save.setEnabled(self._found is not None)
        self._chosen.set_pixels(
            self._found.pixels[index] if has_choice and self._found is not None else None
        )

    @Slot()
    def _on_use(self) -> None:
        found, index = self._found, self.grid.index
        if found is None or index < 0:
            return
        if found.class_indices is not None:
            self._state.set_class(int(found.class_indices[index]))
        self._state.set_code(found.latents[index])
        self._workbench.message.emit("The sample is the current code now")

    @Slot()
    def find_nearest(self) -> None:
        """Look for the training picture that is most like the chosen sample."""
        found, facts, index = self._found, self._state.facts, self.grid.index
        if found is None or facts is None or index < 0:
            return
        self._nearest.set_text("Looking…")
        request = FindNearest(facts.source, found.pixels[index : index + 1], self._data)
        self._searching.start(request, about=facts.source)

    @Slot(object, object)
    def _on_nearest(self, _: FindNearest, nearest: NearestPictures) -> None:
        self._nearest.set_pixels(nearest.pixels[0])
        self._nearest_text.setText(
            f"Number {int(nearest.indices[0]):,} of the training split; mean squared difference "
            f"{float(nearest.errors[0]):.4f}"
        )

    @Slot(object, EngineError)
    def _on_nearest_failed(self, request: FindNearest, error: EngineError) -> None:
        self._nearest.set_text("Not found")
        self._nearest_text.setText(why_no_data(error, request.data, self._folder.text()))

    @Slot()
    def _on_folder(self) -> None:
        folder = folder_to_open(self, "Training data")
        if folder is not None:
            self._data = str(folder)
            self.find_nearest()

    @Slot()
    def _on_save(self) -> None:
        target = file_to_save(self, "Save samples", "samples.png", PICTURE_FILES)
        if target is not None:
            self.save(target)

    def save(self, target: Path) -> None:
        """Save the pictures as they are shown, without the frame of choice."""
        index = self.grid.index
        self.grid.choose(-1)
        sheet = self.grid.grab()
        self.grid.choose(index)
        if sheet.save(str(target)):
            self._workbench.message.emit(f"Saved {target.name}")
        else:
            self._workbench.problem.emit(f"{target}: cannot be written; choose another place")
