"""The map of a model's codes with its controls, or the manifold of two axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from PySide6.QtCore import QRectF, QTimer, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import DecodedPictures, DecodeLatents, LatentSource
from engine.api.latent_space import (
    STORED,
    DrawManifold,
    LatentCloud,
    LatentMap,
    MapMethod,
    ProjectLatents,
)
from gui.pages.latent import map_words
from gui.pages.latent.latent_map import LatentMap as MapView
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.manifold_view import ManifoldView
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import folder_to_open
from gui.widgets.named import caption, named, narrow

COARSE, FINE = 8, 20
SETTLE_MS = 180
AXIS_WIDTH_PX = 78
REACH = 3.0
_FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class _Region:
    """A model, and the part of its map that pictures were asked for; they go where they belong."""

    source: LatentSource
    view: QRectF = field(compare=False)


class MapPanel(QWidget):
    """Shows the cloud of a model; dragging in it moves the code."""

    def __init__(self, state: LatentState, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._plane: LatentMap | None = None
        self._method = named(
            QComboBox(), f"{prefix}.map_method", "How codes are laid out", map_words.METHOD_TIP
        )
        self._axes = [QSpinBox(), QSpinBox()]
        self._layer = named(
            QComboBox(), f"{prefix}.map_layer", "What the map shows", map_words.LAYER_TIP
        )
        self._data = named(QComboBox(), f"{prefix}.map_data", "Whose codes", map_words.DATA_TIP)
        self.map = named(MapView(), f"{prefix}.map", "Map of codes", map_words.MAP_TIP)
        self.manifold = named(ManifoldView(), f"{prefix}.manifold", "Manifold of two axes")
        self._stack = QStackedWidget()
        self._about = caption(name=f"{prefix}.map_about")
        self._settle = QTimer(self)
        self._projecting = state.new_request(self, is_current=self._is_laid_out)
        self._hovering = state.new_request(self)
        self._drawing = state.new_request(self, is_current=self._is_of_region)
        self._drawing_manifold = state.new_request(self)
        self._build(prefix)
        self._connect()

    def _build(self, prefix: str) -> None:
        for key, title in (("pca", "PCA"), ("axes", "Two axes"), ("t-sne", "t-SNE")):
            self._method.addItem(title, key)
        layers = (
            ("points", "Points"),
            ("both", "Points on pictures"),
            ("pictures", "Pictures"),
            ("manifold", "Equally likely steps"),
        )
        for key, title in layers:
            self._layer.addItem(title, key)
        for chooser in (self._layer, self._data, self._method):
            narrow(chooser, 7)
        for box, name in zip(self._axes, ("x", "y"), strict=True):
            named(box, f"{prefix}.map_{name}", f"Axis along {name}")
            box.setPrefix(f"{name}: ")
            box.setFixedWidth(AXIS_WIDTH_PX)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((first, (self._data, self._layer)), (second, (self._method,))):
            row.setSpacing(GRID_PX)
            for part in parts:
                row.addWidget(part, 1)
        for box in self._axes:
            second.addWidget(box)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._stack.addWidget(self.map)
        self._stack.addWidget(self.manifold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._about)

    def _connect(self) -> None:
        state = self._state
        state.opened.connect(self._on_opened)
        state.cloud_changed.connect(self._on_cloud)
        state.code_changed.connect(self._on_code)
        state.picture_changed.connect(self._on_picture)
        self._method.activated.connect(self._project)
        self._layer.activated.connect(self._on_layer)
        self._data.activated.connect(self._on_data)
        for box in self._axes:
            box.valueChanged.connect(self._project)
        self.map.place_dragged.connect(self._on_dragged)
        self.map.view_changed.connect(self._on_view)
        self.map.place_hovered.connect(self._on_hovered)
        self.manifold.place_dragged.connect(self._on_manifold)
        for view in (self.map, self.manifold):
            view.place_released.connect(state.settle)
        self._settle.timeout.connect(self._draw_fine)
        self._projecting.answered.connect(self._on_projected)
        self._projecting.cancelled.connect(self._on_stopped)
        self._projecting.busy_changed.connect(self._say)
        state.encoding_changed.connect(self._say)
        self._hovering.answered.connect(self._on_hovered_picture)
        self._drawing.answered.connect(self._on_pictures)
        self._drawing_manifold.answered.connect(self._on_manifold_pictures)

    @property
    def layer(self) -> str:
        """What is shown: points, both, pictures or manifold."""
        return str(self._layer.currentData())

    @property
    def plane(self) -> LatentMap | None:
        """How codes lie on the map; None before the first cloud."""
        return self._plane

    @Slot()
    def _on_opened(self) -> None:
        facts = self._state.facts
        if facts is None:
            return
        length = facts.latent_dimensions
        for place, box in enumerate(self._axes):
            box.blockSignals(True)
            box.setRange(1, max(1, length))
            box.setValue(min(place + 1, length))
            box.blockSignals(False)
        self._method.setCurrentIndex(self._method.findData("axes" if length <= 2 else "pca"))
        self.manifold.set_sheet(None)
        self._list_data()

    def _list_data(self) -> None:
        facts = self._state.facts
        self._data.clear()
        if facts is None:
            return
        if not facts.has_encoder:
            self._data.addItem("Draws of the prior", STORED)
            return
        if facts.has_stored_codes:
            self._data.addItem("Stored codes", STORED)
        if facts.data_key:
            self._data.addItem(f"Encode {facts.data_key}", facts.data_key)
        self._data.addItem("Encode a folder…", _FOLDER)

    @Slot()
    def _on_data(self) -> None:
        data = self._data.currentData()
        if data == _FOLDER:
            data = folder_to_open(self, "Pictures to encode")
        if data:
            self._state.encode_data(str(data))

    @Slot()
    def _on_cloud(self) -> None:
        cloud = self._state.cloud
        self._plane = None
        self.map.set_background(None)
        self.map.set_hovered(None)
        if cloud is None:
            self.map.set_points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), ())
            self._projecting.drop()  # of the model before: nobody waits for its places any more
            self.map.set_current(None)
        else:
            self._project()
        self._say()
        self._draw_coarse()

    @Slot()
    def _say(self) -> None:
        """Say whose codes these are, or what is being done about there being none."""
        cloud = self._state.cloud
        if self._state.is_encoding:
            self.map.set_empty_text("The codes are being read…")
        elif cloud is None:
            self.map.set_empty_text("No codes yet: choose pictures to encode in the list above.")
        else:
            self.map.set_empty_text("The map is being laid out…")
        about = "" if cloud is None else map_words.about(cloud)
        is_slow = self._method.currentData() == "t-sne" and self._projecting.is_busy
        working = "t-SNE is at work; the points come when it is done. " if is_slow else ""
        self._about.setText(working + about)

    @Slot()
    def _on_stopped(self) -> None:
        """Lay out as before what a person did not want to wait for."""
        if self._state.cloud is not None and not self._projecting.is_busy:
            before = self._plane.method if self._plane is not None else "pca"
            self._method.setCurrentIndex(self._method.findData(before))
            self._project()

    @Slot()
    def _project(self) -> None:
        cloud = self._state.cloud
        method = self._method.currentData()
        for box in self._axes:
            box.setVisible(method != "t-sne")
        self._allow_pictures(method != "t-sne")
        if cloud is None:
            return
        axes = (self._axes[0].value() - 1, self._axes[1].value() - 1)
        if method != "t-sne" and axes[0] == axes[1] and cloud.latents.shape[1] > 1:
            return  # on the way from one pair to another
        self._projecting.ask(
            ProjectLatents(cloud.latents, method, axes),
            about=(method, cloud),
            lane="work" if method == "t-sne" else "interactive",
        )

    def _is_laid_out(self, about: tuple[MapMethod, LatentCloud]) -> bool:
        """Whether an answer is about the cloud and the method of now."""
        method, cloud = about
        return method == self._method.currentData() and cloud is self._state.cloud

    def _is_of_region(self, region: _Region) -> bool:
        return self._state.is_of(region.source)

    def _allow_pictures(self, are_allowed: bool) -> None:
        """t-SNE has no plane: no grid of codes lies behind its points."""
        model = self._layer.model()
        assert isinstance(model, QStandardItemModel)
        for key in ("both", "pictures"):
            model.item(self._layer.findData(key)).setEnabled(are_allowed)
        if not are_allowed and self.layer in ("both", "pictures"):
            self._layer.setCurrentIndex(self._layer.findData("points"))
            self._on_layer()

    @Slot(object, object, object)
    def _on_projected(
        self, _: ProjectLatents, plane: LatentMap, about: tuple[MapMethod, LatentCloud]
    ) -> None:
        cloud = about[1]
        self._plane = plane
        self.map.set_points(plane.positions, cloud.class_indices, cloud.classes)
        self._on_code()
        self._draw_coarse()

    @Slot()
    def _on_code(self) -> None:
        if self._plane is not None and self._plane.latents.shape[1] == len(self._state.code):
            x, y = self._plane.place_of(self._state.code[None])[0].tolist()
            self.map.set_current((x, y))
        self.manifold.set_current(self._share_of_code())

    @Slot()
    def _on_picture(self) -> None:
        """What the other axes are decides what lies between the points."""
        facts = self._state.facts
        if facts is not None and facts.latent_dimensions > 2 and self.layer != "points":
            self._draw_coarse()

    @Slot(float, float)
    def _on_dragged(self, x: float, y: float) -> None:
        if self._plane is not None:
            self._state.set_code(self._plane.code_at(x, y, self._state.code), is_final=False)

    @Slot(float, float)
    def _on_hovered(self, x: float, y: float) -> None:
        facts, state = self._state.facts, self._state
        if self._plane is None or facts is None:
            return
        code = self._plane.code_at(x, y, state.code)
        request = DecodeLatents(facts.source, code[None], state.classes_for(1))
        self._hovering.ask(request, about=facts.source)

    @Slot(object, object)
    def _on_hovered_picture(self, _: DecodeLatents, found: DecodedPictures) -> None:
        self.map.set_hovered(found.pixels[0])

    # Pictures between the points

    @Slot()
    def _on_layer(self) -> None:
        self._stack.setCurrentWidget(self.manifold if self.layer == "manifold" else self.map)
        self.map.set_points_visible(self.layer != "pictures")
        if self.layer == "points":
            self.map.set_background(None)
        self._draw_coarse()

    @Slot()
    def _on_view(self) -> None:
        self._draw_coarse()

    def _draw_coarse(self) -> None:
        """Few pictures at once, many as soon as nothing moves."""
        self._draw(COARSE)
        if self.layer != "points":
            self._settle.start()

    @Slot()
    def _draw_fine(self) -> None:
        self._draw(FINE)

    def _draw(self, count: int) -> None:
        facts = self._state.facts
        if facts is None or self.layer == "points":
            return
        if self.layer == "manifold":
            self._draw_manifold(count)
            return
        if self._plane is None or self._plane.directions is None:
            self.map.set_background(None)
            return
        view, middle = self.map.view, self.map.view.center()
        base = self._plane.code_at(middle.x(), middle.y(), self._state.code)
        halves = np.array([[view.width() / 2], [-view.height() / 2]], np.float32)
        directions = self._plane.directions * halves * (1 - 1 / count)
        request = DrawManifold(
            facts.source, base, directions, count, False, 1.0, self._state.class_index
        )
        self._drawing.ask(request, about=_Region(facts.source, view))

    def _draw_manifold(self, count: int) -> None:
        facts = self._state.facts
        assert facts is not None
        x, y = self._shown_axes()
        base = self._state.code.copy()
        directions = np.zeros((2, facts.latent_dimensions), np.float32)
        base[[x, y]] = 0
        directions[0, x] = 1
        directions[1, y] = -1
        request = DrawManifold(
            facts.source, base, directions, count, True, REACH, self._state.class_index
        )
        self._drawing_manifold.ask(request, about=facts.source)

    @Slot(object, object, object)
    def _on_pictures(self, _: DrawManifold, found: DecodedPictures, region: _Region) -> None:
        if self.layer in ("both", "pictures"):
            self.map.set_background(found.pixels[0], region.view)

    @Slot(object, object)
    def _on_manifold_pictures(self, _: DrawManifold, found: DecodedPictures) -> None:
        self.manifold.set_sheet(found.pixels[0])

    def _shown_axes(self) -> tuple[int, int]:
        length = len(self._state.code)
        x, y = (min(box.value() - 1, length - 1) for box in self._axes)
        return x, y

    def _share_of_code(self) -> tuple[float, float] | None:
        """Return where the code lies on the manifold: shares of the unit Gaussian."""
        if not len(self._state.code):
            return None
        x, y = self._shown_axes()
        gaussian = NormalDist()
        return gaussian.cdf(float(self._state.code[x])), 1 - gaussian.cdf(
            float(self._state.code[y])
        )

    @Slot(float, float)
    def _on_manifold(self, right: float, down: float) -> None:
        code = self._state.code.copy()
        x, y = self._shown_axes()
        gaussian = NormalDist()
        code[x] = gaussian.inv_cdf(min(0.999, max(0.001, right)))
        code[y] = gaussian.inv_cdf(min(0.999, max(0.001, 1 - down)))
        self._state.set_code(code, is_final=False)
