"""Traversals: a row for each axis, what it costs in nats, and a second model beside."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import DecodedPictures, Floats, LatentSource
from engine.api.latent_space import TraverseLatents
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.model_beside import ModelBeside
from gui.pages.latent.traversal_view import TraversalView
from gui.theme import GRID_PX
from gui.widgets.named import caption, heading, named, narrow, push_button
from gui.workbench import Workbench

MOST_ROWS = 40


class TraversalPanel(QWidget):
    """The traversal of one model."""

    def __init__(self, state: LatentState, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._order: list[int] = []
        self._rows_in_all = 0
        self._latents: Floats | None = None
        self._shown_source: LatentSource | None = None
        self._options = (9, 3.0, "axes", True, False)
        self._traversing = state.new_request(self)
        self._traversing.answered.connect(self._on_rows)
        self._title = heading("")
        self.view = named(TraversalView(), f"{prefix}.traversal", "One row an axis")
        self.about = caption(name=f"{prefix}.traversal_text")
        scroll = QScrollArea()
        scroll.setWidget(self.view)
        scroll.setWidgetResizable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._title)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.about)
        state.opened.connect(self.refresh)
        state.cloud_changed.connect(self.refresh)
        state.code_changed.connect(self.refresh)
        self.view.code_picked.connect(self._on_picked)

    def set_options(
        self, count: int, reach: float, basis: str, is_sorted: bool, is_sampled: bool
    ) -> None:
        """Choose pictures a row, how far it goes, along what, in which order, and from where."""
        self._options = (count, reach, basis, is_sorted, is_sampled)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask for the rows of the present code; only while somebody looks."""
        facts, cloud = self._state.facts, self._state.cloud
        if facts is None or not self.isVisible():
            return
        count, reach, basis, is_sorted, is_sampled = self._options
        if facts.source != self._shown_source:
            self._shown_source, self._latents = facts.source, None
            self.view.set_rows(None)
            self.about.clear()
        self._title.setText(f"{facts.weights}")
        directions = np.eye(facts.latent_dimensions, dtype=np.float32)
        if basis == "pca" and cloud is not None:
            directions = cloud.components * cloud.deviations[:, None]
        elif cloud is not None and facts.prior not in ("gaussian", "uniform"):
            directions = np.diag(cloud.spread)
        self._rows_in_all = len(directions)
        order = np.arange(len(directions))
        if is_sorted and basis == "axes" and cloud is not None and cloud.kl is not None:
            order = np.argsort(-cloud.kl, kind="stable")
        self._order = [int(index) for index in order[:MOST_ROWS]]
        base = self._posterior_sample() if is_sampled else self._state.code
        request = TraverseLatents(
            facts.source, base, directions[self._order], count, reach, self._state.class_index
        )
        self._traversing.ask(request, about=facts.source)

    def _posterior_sample(self) -> Floats:
        """Return a draw from the posterior around the code, as wide as posteriors are here."""
        cloud = self._state.cloud
        if cloud is None or cloud.log_variances is None:
            return self._state.code
        deviations = np.exp(0.5 * cloud.log_variances.mean(axis=0))
        noise = np.random.default_rng(0).standard_normal(len(self._state.code))
        return np.asarray(self._state.code + deviations * noise, np.float32)

    @Slot(object, object)
    def _on_rows(self, request: TraverseLatents, found: DecodedPictures) -> None:
        count, _, basis, _, _ = self._options
        if len(found.latents) != len(self._order) * count:
            return
        self._latents = found.latents
        letter = "PC" if basis == "pca" else "z"
        names = [f"{letter}{index + 1}" for index in self._order]
        cloud = self._state.cloud
        nats = active = None
        if basis == "axes" and cloud is not None and cloud.kl is not None:
            nats = cloud.kl[self._order].tolist()
            active = [] if cloud.is_active is None else cloud.is_active[self._order].tolist()
        self.view.set_rows(found.pixels[0], names, count, nats, active or ())
        self.about.setText(self._say())

    def _say(self) -> str:
        cloud, parts = self._state.cloud, []
        if len(self._order) < self._rows_in_all:
            parts.append(f"The first {len(self._order)} of {self._rows_in_all} rows.")
        if cloud is not None and cloud.kl is not None and cloud.is_active is not None:
            active, nats = int(cloud.is_active.sum()), float(cloud.kl.sum())
            parts.append(
                f"{active} of {len(cloud.is_active)} axes in use (the posterior mean varies by "
                f"more than 0.01); {nats:.1f} nats together."
            )
        return " ".join((*parts, "A click on a picture takes its code."))

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        if self._latents is not None and index < len(self._latents):
            self._state.set_code(self._latents[index])


class TraversalsTab(QWidget):
    """The model of the page, and another one beside it where that is chosen."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self.second = LatentState(workbench.client, "latent.beside", self)
        self._basis = named(QComboBox(), "latent.traverse_basis", "What the rows go along")
        self._count = named(QSpinBox(), "latent.traverse_count", "Pictures a row")
        self._reach = named(QDoubleSpinBox(), "latent.traverse_reach", "How far a row goes")
        self._sorted = named(QCheckBox("Most nats first"), "latent.traverse_sorted", "Sort by nats")
        self._sampled = named(
            QCheckBox("From a posterior sample"),
            "latent.traverse_sampled",
            "Start at a draw of the posterior in place of its mean",
        )
        self._base = push_button(
            "latent.traverse_base", "From a picture", "Start at the code of another encoded picture"
        )
        self._seed = 0
        self.compare = named(ModelBeside(), "latent.traverse_compare", "Model to compare with")
        narrow(self.compare, 22)
        self.first_panel = TraversalPanel(state, "latent")
        self.second_panel = TraversalPanel(self.second, "latent.second")
        self._build()
        self._connect()

    def _build(self) -> None:
        self._basis.addItem("Axes", "axes")
        self._basis.addItem("PCA directions", "pca")
        self._count.setRange(3, 15)
        self._count.setValue(9)
        self._count.setSuffix(" pictures")
        self._reach.setRange(0.5, 6.0)
        self._reach.setSingleStep(0.5)
        self._reach.setValue(3.0)
        self._reach.setPrefix("± ")
        self._sorted.setChecked(True)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        parts = (self._basis, self._count, self._reach, self._base, self._sorted, self._sampled)
        for part in parts:
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(QLabel("Beside it"))
        row.addWidget(self.compare)
        panels = QHBoxLayout()
        panels.setSpacing(2 * GRID_PX)
        panels.addWidget(self.first_panel, 1)
        panels.addWidget(self.second_panel, 1)
        self.second_panel.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addLayout(panels, 1)

    def _connect(self) -> None:
        self._basis.activated.connect(self._on_options)
        self._base.clicked.connect(self._on_base)
        self._count.valueChanged.connect(self._on_options)
        self._reach.valueChanged.connect(self._on_options)
        self._sorted.toggled.connect(self._on_options)
        self._sampled.toggled.connect(self._on_options)
        self.compare.chosen.connect(self._on_compare)
        self._state.cloud_changed.connect(self._on_cloud)
        for panel in (self.first_panel, self.second_panel):
            panel.view.rows_changed.connect(self._on_rows)

    def showEvent(self, event: object) -> None:
        """Ask for what nobody looked at before."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.first_panel.refresh()
        self.second_panel.refresh()

    @Slot()
    def _on_rows(self) -> None:
        """Bars of two models that stand side by side have one scale."""
        views = [self.first_panel.view]
        if not self.second_panel.isHidden():
            views.append(self.second_panel.view)
        longest = max(view.most_nats for view in views)
        for view in views:
            view.set_bars_end(longest)

    @Slot()
    def _on_options(self) -> None:
        self._on_cloud()
        for panel in (self.first_panel, self.second_panel):
            panel.set_options(
                self._count.value(),
                self._reach.value(),
                str(self._basis.currentData()),
                self._sorted.isChecked(),
                self._sampled.isChecked(),
            )

    @Slot()
    def _on_base(self) -> None:
        """Both models go from the same picture, where both encoded the same ones."""
        share = float(np.random.default_rng(self._seed).random())
        self._seed += 1
        for state in (self._state, self.second):
            if state.cloud is not None:
                state.set_code(state.cloud.latents[int(share * len(state.cloud.latents))])

    @Slot()
    def _on_cloud(self) -> None:
        cloud = self._state.cloud
        has_posterior = cloud is not None and cloud.log_variances is not None
        self._base.setEnabled(cloud is not None)
        self._sampled.setEnabled(has_posterior)
        # Nats belong to axes; principal directions come by their deviation in any case.
        self._sorted.setEnabled(has_posterior and self._basis.currentData() == "axes")

    @Slot(object)
    def _on_compare(self, source: LatentSource | None) -> None:
        self.second_panel.setVisible(source is not None)
        self._on_rows()
        if source is not None:
            self.second.open(source)
