"""Explore: sliders, the picture, one's own picture, and the map; a second model beside."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import Floats, LatentSource
from gui.pages.latent.code_sliders import CodeSliders
from gui.pages.latent.data_words import TRUNCATION_TIP
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.map_panel import MapPanel
from gui.pages.latent.model_beside import ModelBeside
from gui.pages.latent.own_picture import OwnPicture
from gui.theme import GRID_PX
from gui.widgets.named import heading, named, narrow, push_button
from gui.widgets.picture_area import PictureArea
from gui.widgets.still_text import StillText
from gui.workbench import Workbench

REACH = 3.0
LARGEST_SEED = 999_999
PICTURE_PX = 200
NUMBER_PX = 96


class ExploreTab(QWidget):
    """Everything here moves the same code."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self.second = LatentState(workbench.client, "latent.second", self)
        self.sliders = CodeSliders("latent.axis")
        self._basis = named(
            QComboBox(),
            "latent.basis",
            "What the sliders move",
            "One number of the code each, or one direction in which the codes vary most",
        )
        self._random = push_button("latent.random", "Random", "Draw a code (Ctrl+R)")
        self._reset = push_button("latent.reset", "Reset", "To the middle of the codes (Ctrl+0)")
        self._seed = named(
            QSpinBox(), "latent.seed", "Seed of the next draw", "The same seed draws the same code"
        )
        self._truncation = named(
            QDoubleSpinBox(), "latent.truncation", "Truncation", TRUNCATION_TIP
        )
        self.picture = named(PictureArea(), "latent.picture", "Picture of the code")
        self._code_text = named(StillText(is_muted=True), "latent.code_text", "Length of the code")
        self.own = OwnPicture(workbench, state)
        self.map_panel = named(MapPanel(state, "latent"), "latent.map_panel", "Map")
        self.compare = named(ModelBeside(), "latent.compare", "Model to compare with")
        narrow(self.compare, 12)
        self.second_map = named(MapPanel(self.second, "latent.second"), "latent.second_panel", "")
        self.second_picture = named(
            PictureArea(), "latent.second_picture", "Picture of the second model's code"
        )
        self._second_box = QWidget()
        self._build()
        self._connect()

    def _build(self) -> None:
        for key, title in (("axes", "Axes"), ("pca", "PCA directions")):
            self._basis.addItem(title, key)
        self._seed.setRange(0, LARGEST_SEED)
        self._seed.setPrefix("seed ")
        self._truncation.setRange(0.1, 2.0)
        self._truncation.setSingleStep(0.1)
        self._truncation.setValue(1.0)
        self._truncation.setPrefix("truncation × ")
        for box in (self._seed, self._truncation):
            box.setMinimumWidth(NUMBER_PX)
        narrow(self._basis, 6)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("latent.explore_splitter")
        for part in (self._slider_column(), self._picture_column(), self._map_column()):
            splitter.addWidget(part)
        splitter.setStretchFactor(2, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([260, 340, 760])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.addWidget(splitter)

    def _slider_column(self) -> QWidget:
        column = QWidget()
        layout = _column(column)
        draw, below = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((below, (self._basis, self._reset)), (draw, (self._random, self._seed))):
            for part in parts:
                row.addWidget(part, 1)
        layout.addLayout(below)
        layout.addLayout(draw)
        layout.addWidget(self._truncation)
        layout.addWidget(self.sliders, 1)
        return column

    def _picture_column(self) -> QWidget:
        column = QWidget()
        layout = _column(column)
        self.picture.setMinimumSize(PICTURE_PX, PICTURE_PX)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self._code_text)
        layout.addWidget(self.own)
        return column

    def _map_column(self) -> QWidget:
        column = QWidget()
        layout = _column(column)
        row = QHBoxLayout()
        row.addWidget(heading("Map of the codes"))
        row.addStretch(1)
        row.addWidget(QLabel("Beside it"))
        row.addWidget(self.compare)
        layout.addLayout(row)
        maps = QHBoxLayout()
        maps.setSpacing(2 * GRID_PX)
        maps.addWidget(self.map_panel, 1)
        inner = _column(self._second_box)
        inner.addWidget(self.second_map, 1)
        inner.addWidget(self.second_picture)
        self.second_picture.setFixedHeight(PICTURE_PX)
        maps.addWidget(self._second_box, 1)
        layout.addLayout(maps, 1)
        self._second_box.hide()
        return column

    def _connect(self) -> None:
        state = self._state
        state.opened.connect(self._show_axes)
        state.cloud_changed.connect(self._show_axes)
        state.code_changed.connect(self._show_code)
        state.picture_changed.connect(self._show_picture)
        self._basis.activated.connect(self._show_axes)
        self._random.clicked.connect(self.draw_random)
        self._reset.clicked.connect(state.reset)
        self.sliders.value_changed.connect(self._on_slider)
        self.sliders.settled.connect(state.settle)
        self.compare.chosen.connect(self._on_compare)
        self.second.picture_changed.connect(self._show_second)

    @Slot()
    def draw_random(self) -> None:
        """Draw a code, and take the next seed for the next one."""
        self._state.draw_random(self._seed.value(), self._truncation.value())
        self._seed.setValue((self._seed.value() + 1) % (LARGEST_SEED + 1))

    @property
    def _moves_directions(self) -> bool:
        return self._basis.currentData() == "pca" and self._state.cloud is not None

    @Slot()
    def _show_axes(self) -> None:
        facts, cloud = self._state.facts, self._state.cloud
        if facts is None:
            return
        if self._moves_directions and cloud is not None:
            names = [f"PC {index + 1}" for index in range(len(cloud.components))]
            along = REACH * cloud.deviations
            self.sliders.set_axes(names, np.zeros(len(names), np.float32), along)
        else:
            names = [f"z{index + 1}" for index in range(facts.latent_dimensions)]
            centres: Floats = np.zeros(facts.latent_dimensions, np.float32)
            reaches: Floats = np.full(facts.latent_dimensions, REACH, np.float32)
            if cloud is not None and facts.prior in ("none", "gaussian-mixture", "swiss-roll"):
                centres = cloud.centre
                reaches = np.asarray(REACH * cloud.spread, np.float32)
            self.sliders.set_axes(names, centres, reaches, self._notes())
        self._show_code()

    def _notes(self) -> list[str]:
        cloud = self._state.cloud
        if cloud is None or cloud.kl is None:
            return []
        return [f"{nats:.2f} nats on average" for nats in cloud.kl.tolist()]

    @Slot()
    def _show_code(self) -> None:
        code, cloud = self._state.code, self._state.cloud
        values = code
        if self._moves_directions and cloud is not None:
            values = np.asarray((code - cloud.centre) @ cloud.components.T, np.float32)
        if self.sliders.count == len(values):
            self.sliders.set_values(values)
        self._code_text.setText(f"Length of the code {float(np.linalg.norm(code)):.2f}")

    @Slot(int, float)
    def _on_slider(self, axis: int, value: float) -> None:
        cloud = self._state.cloud
        if self._moves_directions and cloud is not None:
            code = self._state.code
            now = float((code - cloud.centre) @ cloud.components[axis])
            self._state.set_code(code + (value - now) * cloud.components[axis], is_final=False)
        else:
            self._state.set_value(axis, value)

    @Slot()
    def _show_picture(self) -> None:
        self.picture.set_pixels(self._state.picture)

    @Slot()
    def _show_second(self) -> None:
        self.second_picture.set_pixels(self.second.picture)

    @Slot(object)
    def _on_compare(self, source: LatentSource | None) -> None:
        self._second_box.setVisible(source is not None)
        if source is not None:
            self.second.open(source)


def _column(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID_PX)
    return layout
