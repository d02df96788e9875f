"""Arithmetic: A - B + C, and attributes as the difference between two groups of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import (
    DecodedPictures,
    DecodeLatents,
    Floats,
    attribute_direction,
    combine,
)
from engine.api.latent_space import LatentCloud
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.picture_grid import PictureGrid
from gui.pages.latent.picture_well import PictureWell
from gui.theme import GRID_PX, ROLE_COLOURS
from gui.widgets.named import caption, heading, named, push_button
from gui.workbench import Workbench

SHOWN = 120
STRENGTH_STEPS = 100
LARGEST_STRENGTH = 2.0
WITH, WITHOUT = "with", "without"


Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Attribute:
    """Pictures of a cloud with it and without; another model's codes of them have it too.

    Attributes:
        class_indices: of the whole cloud, by which the same pictures are known again.
    """

    class_indices: Indices
    with_it: Indices
    without: Indices


class ArithmeticTab(QWidget):
    """Wells above, groups below; both end in the code of the page."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._state = workbench, state
        hint = "Drop a picture, or click for the current code"
        self.wells = {
            name: named(PictureWell(name, hint), f"latent.well_{name.lower()}", f"Well {name}")
            for name in "ABC"
        }
        self.result = named(PictureWell("A − B + C", "Fill all three"), "latent.result", "Result")
        self.current = named(
            PictureWell("Current code", "Loading"), "latent.current", "Picture of the current code"
        )
        self._use = push_button("latent.use_result", "Use as current code")
        self.pictures = named(PictureGrid(), "latent.cloud_pictures", "Encoded pictures")
        self._about = caption(name="latent.cloud_about")
        self._with = push_button("latent.group_with", "With it")
        self._without = push_button("latent.group_without", "Without it")
        self._clear = push_button("latent.group_clear", "Clear")
        self._name = named(QLineEdit(), "latent.attribute_name", "Name of the attribute")
        self._keep = push_button("latent.attribute_keep", "Keep attribute")
        self._attributes = named(QComboBox(), "latent.attributes", "Attribute to apply")
        self._strength = named(
            QSlider(Qt.Orientation.Horizontal), "latent.strength", "Strength of the attribute"
        )
        self._strength_text = QLabel()
        self._decoding = state.new_request(self)
        self._decoding_cloud = state.new_request(self, is_current=self._is_shown)
        self._groups: dict[str, set[int]] = {WITH: set(), WITHOUT: set()}
        self._kept: dict[str, _Attribute] = {}
        self._directions: dict[str, Floats] = {}  # of the kept ones, for the present model
        self._chosen: Indices = np.zeros(0, np.int64)  # of the cloud, what is shown
        self._base: Floats | None = None
        self._applied: Floats | None = None  # what the strength slider made last
        self._class_shown: int | None = None
        self._shown: Floats = np.zeros((0, 0), np.float32)
        self._build()
        self._connect()
        self._on_cloud()

    def _build(self) -> None:
        wells = QHBoxLayout()
        wells.setSpacing(GRID_PX)
        parts: list[QWidget] = [self.wells["A"], _sign("−"), self.wells["B"], _sign("+")]
        for part in (*parts, self.wells["C"], _sign("="), self.result):
            wells.addWidget(part)
        after = QVBoxLayout()
        after.addStretch(1)
        after.addWidget(self._use)
        after.addStretch(1)
        wells.addLayout(after)
        wells.addSpacing(2 * GRID_PX)
        wells.addWidget(self.current)
        wells.addStretch(1)
        choice = QButtonGroup(self)
        for button, role in ((self._with, "kept"), (self._without, "removed")):
            button.setCheckable(True)
            choice.addButton(button)
            button.setProperty("role", role)
        self._with.setChecked(True)
        self._name.setPlaceholderText("name, such as glasses")
        self._name.setFixedWidth(220)
        self._attributes.setPlaceholderText("none kept yet")
        self._strength.setRange(
            -round(LARGEST_STRENGTH * STRENGTH_STEPS), round(LARGEST_STRENGTH * STRENGTH_STEPS)
        )
        self._strength_text.setFixedWidth(56)
        scroll = QScrollArea()
        scroll.setWidget(self.pictures)
        scroll.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(heading("A − B + C"))
        layout.addLayout(wells)
        layout.addWidget(heading("Attributes from two groups"))
        layout.addLayout(self._group_row())
        layout.addLayout(self._attribute_row())
        layout.addWidget(scroll, 1)
        layout.addWidget(self._about)

    def _group_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(QLabel("A click puts a picture into the group"))
        for part in (self._with, self._without, self._clear, self._name, self._keep):
            row.addWidget(part)
        row.addStretch(1)
        return row

    def _attribute_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(QLabel("Apply"))
        row.addWidget(self._attributes)
        row.addWidget(self._strength, 1)
        row.addWidget(self._strength_text)
        return row

    def _connect(self) -> None:
        state = self._state
        state.opened.connect(self._on_opened)
        state.cloud_changed.connect(self._on_cloud)
        state.code_changed.connect(self._on_code)
        state.picture_changed.connect(self._show_current)
        for name, well in self.wells.items():
            well.code_dropped.connect(partial(self.fill, name))
            well.clicked.connect(partial(self._fill_with_current, name))
        self._decoding.answered.connect(self._on_wells)
        self._decoding_cloud.answered.connect(self._on_cloud_pictures)
        self._use.clicked.connect(self._on_use)
        self.pictures.picked.connect(self._on_picked)
        self.pictures.activated.connect(self._on_activated)
        self._clear.clicked.connect(self._on_clear)
        self._keep.clicked.connect(self.keep_attribute)
        self._attributes.activated.connect(self._on_attribute)
        self._strength.valueChanged.connect(self._on_strength)
        self._strength.sliderReleased.connect(state.settle)

    # A - B + C

    def fill(self, letter: str, code: Floats) -> None:
        """Put a code into a well; one of another model is refused."""
        if self._state.facts is None or code.shape != self._state.code.shape:
            self._workbench.problem.emit("That code is of another model; choose that model first.")
            return
        self.wells[letter].set_code(code)
        self._decode_wells()

    def _fill_with_current(self, letter: str) -> None:
        self.fill(letter, self._state.code.copy())

    def _decode_wells(self) -> None:
        facts = self._state.facts
        codes = {name: well.code for name, well in self.wells.items() if well.code is not None}
        if len(codes) == len(self.wells):
            codes["="] = combine(*(codes[name] for name in "ABC"))
            self.result.set_code(codes["="])
        self._use.setEnabled(self.result.code is not None)
        if facts is None or not codes:
            return
        request = DecodeLatents(
            facts.source, np.stack(list(codes.values())), self._state.classes_for(len(codes))
        )
        self._decoding.ask(request, about=facts.source)

    @Slot(object, object)
    def _on_wells(self, request: DecodeLatents, found: DecodedPictures) -> None:
        for well in (*self.wells.values(), self.result):
            if well.code is None:
                continue
            # A code that has come meanwhile gets its picture with the next answer.
            same = np.flatnonzero((request.latents == well.code).all(axis=1))
            if same.size:
                well.set_pixels(found.pixels[same[0]])

    @Slot()
    def _show_current(self) -> None:
        self.current.set_code(self._state.code)
        self.current.set_pixels(self._state.picture)
        if self._state.class_index != self._class_shown:
            self._class_shown = self._state.class_index  # the same codes are other pictures now
            self._decode_wells()

    @Slot()
    def _on_use(self) -> None:
        if self.result.code is not None:
            self._state.set_code(self.result.code)

    # Groups and attributes

    @Slot()
    def _on_opened(self) -> None:
        for well in (*self.wells.values(), self.result):
            well.set_code(None)
        self._use.setEnabled(False)

    @Slot()
    def _on_cloud(self) -> None:
        cloud, facts = self._state.cloud, self._state.facts
        self._groups = {WITH: set(), WITHOUT: set()}
        self._find_directions()
        if cloud is None or facts is None:
            self.pictures.set_pictures(None)
            self.pictures.set_empty_text(
                "No encoded pictures yet; the map on Explore encodes some."
            )
            self._about.clear()
            self._show_groups()
            return
        count = min(SHOWN, len(cloud.latents))
        chosen = np.unique(np.linspace(0, len(cloud.latents) - 1, count).round().astype(int))
        self._chosen, self._shown = chosen, cloud.latents[chosen]
        if cloud.thumbnails is not None:
            self.pictures.set_pictures(cloud.thumbnails[chosen], self._shown)
        else:
            classes = cloud.class_indices[chosen] if facts.classes else None
            request = DecodeLatents(facts.source, self._shown, classes)
            self._decoding_cloud.ask(request, about=cloud)
        made = "as they were" if cloud.thumbnails is not None else "as the model rebuilds them"
        self._about.setText(f"{count} of {cloud.about}, {made}. Drag one into a well.")
        self._show_groups()

    def _find_directions(self) -> None:
        """Find each kept attribute in the codes of the present model, of the same pictures."""
        cloud, present = self._state.cloud, self._attributes.currentText()
        if cloud is not None:
            for ready in cloud.attributes:
                sides = (np.array(ready.with_it), np.array(ready.without))
                self._kept.setdefault(ready.name, _Attribute(cloud.class_indices, *sides))
        self._directions = {
            name: attribute_direction(cloud.latents[kept.with_it], cloud.latents[kept.without])
            for name, kept in self._kept.items()
            if cloud is not None and np.array_equal(cloud.class_indices, kept.class_indices)
        }
        self._attributes.clear()
        self._attributes.addItems(list(self._directions))
        self._attributes.setCurrentIndex(max(0, self._attributes.findText(present)))

    def _is_shown(self, cloud: LatentCloud) -> bool:
        return cloud is self._state.cloud

    @Slot(object, object)
    def _on_cloud_pictures(self, _: DecodeLatents, found: DecodedPictures) -> None:
        self.pictures.set_pictures(found.pixels, found.latents)
        self._show_groups()

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        group = WITH if self._with.isChecked() else WITHOUT
        other = WITHOUT if group == WITH else WITH
        self._groups[other].discard(index)
        self._groups[group] ^= {index}
        self._show_groups()

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self._state.set_code(self._shown[index])

    @Slot()
    def _on_clear(self) -> None:
        self._groups = {WITH: set(), WITHOUT: set()}
        self._show_groups()

    def _show_groups(self) -> None:
        colours = {WITH: QColor(ROLE_COLOURS["kept"]), WITHOUT: QColor(ROLE_COLOURS["removed"])}
        marks = {i: colours[name] for name, group in self._groups.items() for i in group}
        self.pictures.set_marks(marks)
        self._with.setText(f"With it ({len(self._groups[WITH])})")
        self._without.setText(f"Without it ({len(self._groups[WITHOUT])})")
        self._keep.setEnabled(all(self._groups.values()))
        self._clear.setEnabled(any(self._groups.values()))
        self._strength.setEnabled(self._attributes.count() > 0)
        self._attributes.setEnabled(self._attributes.count() > 0)

    @Slot()
    def keep_attribute(self) -> None:
        """Make a direction of the two groups, and choose it."""
        if not all(self._groups.values()):
            return
        name = self._name.text().strip() or f"attribute {len(self._directions) + 1}"
        cloud = self._state.cloud
        assert cloud is not None  # there are pictures in the groups
        sides = [self._chosen[sorted(self._groups[group])] for group in (WITH, WITHOUT)]
        self._kept[name] = _Attribute(cloud.class_indices, *sides)
        self._find_directions()
        self._attributes.setCurrentIndex(self._attributes.findText(name))
        self._name.clear()
        self._on_attribute()
        self._show_groups()

    @Slot()
    def _on_attribute(self) -> None:
        """Strength counts from the code as it is now."""
        self._base = self._state.code.copy()
        self._strength.blockSignals(True)
        self._strength.setValue(0)
        self._strength.blockSignals(False)
        self._strength_text.setText("0.00")

    @Slot()
    def _on_code(self) -> None:
        is_own = self._applied is not None and np.array_equal(self._state.code, self._applied)
        if not is_own:
            self._on_attribute()

    @Slot(int)
    def _on_strength(self, position: int) -> None:
        direction = self._directions.get(self._attributes.currentText())
        strength = position / STRENGTH_STEPS
        self._strength_text.setText(f"{strength:+.2f}")
        if direction is None or self._base is None or self._base.shape != direction.shape:
            return
        self._applied = np.asarray(self._base + strength * direction, np.float32)
        self._state.set_code(self._applied, is_final=not self._strength.isSliderDown())


def _sign(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("class", "title")
    return label
