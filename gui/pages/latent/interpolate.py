"""Interpolate: from keyframe to keyframe, straight beside along the sphere; played and exported."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.api.latent import DecodedPictures, DecodeLatents, Floats
from engine.api.latent_pictures import Blend, Interpolate, LatentPath, SaveAnimation
from gui.bridge.page_request import PageRequest
from gui.pages.latent.filmstrip import Filmstrip
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.picture_grid import PictureGrid, code_from_mime
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import file_to_save
from gui.widgets.named import caption, heading, named, push_button
from gui.widgets.picture_area import PictureArea
from gui.workbench import Workbench

BLENDS: tuple[tuple[Blend, str], ...] = (
    ("lerp", "Straight (lerp)"),
    ("slerp", "Along the sphere (slerp)"),
)
FILMS = "Film (*.gif *.mp4)"
KEYFRAME_PX = 64
PICTURE_PX = 160


class InterpolateTab(QWidget):
    """Keyframes above, both walks below, at the same frame."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._state = workbench, state
        self._keyframes: list[Floats] = []
        self._decoding = state.new_request(self)
        self._walks_asked = {blend: state.new_request(self) for blend, _ in BLENDS}
        self._saving = PageRequest(workbench.client, self)
        self._paths: dict[str, LatentPath] = {}
        self.grid = named(PictureGrid(), "latent.keyframes", "Keyframes")
        self._add = push_button("latent.keyframe_add", "Add current code", "Ctrl+K")
        self._two = push_button("latent.keyframe_random", "Add a random one")
        self._earlier = push_button("latent.keyframe_earlier", "Earlier")
        self._later = push_button("latent.keyframe_later", "Later")
        self._remove = push_button("latent.keyframe_remove", "Remove")
        self._clear = push_button("latent.keyframe_clear", "Clear")
        self._frames = named(QSpinBox(), "latent.frames", "Frames from one keyframe to the next")
        self._speed = named(QSpinBox(), "latent.fps", "Frames a second")
        self._closed = named(QCheckBox("Return to the first"), "latent.closed", "Closed walk")
        self._play = push_button("latent.play", "Play", "Play both walks")
        self._play.setCheckable(True)
        self.strips = {blend: named(Filmstrip(), f"latent.strip_{blend}", t) for blend, t in BLENDS}
        self._areas = {
            blend: named(PictureArea(), f"latent.frame_{blend}", title) for blend, title in BLENDS
        }
        self._exports = {
            blend: push_button(f"latent.export_{blend}", "Export…", f"{title} as GIF or MP4")
            for blend, title in BLENDS
        }
        self._text = caption(name="latent.walk_text")
        self._timer = QTimer(self)
        self._seed = 0
        self._class_shown: int | None = None
        self._build()
        self._connect()
        self._on_opened()

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.grid.set_cell_px(KEYFRAME_PX)
        self.grid.set_empty_text(
            "No keyframes yet: add the current code, or drop samples here. Two make a walk."
        )
        self._frames.setRange(1, 60)
        self._frames.setValue(12)
        self._frames.setSuffix(" frames a step")
        self._speed.setRange(1, 60)
        self._speed.setValue(12)
        self._speed.setSuffix(" a second")
        scroll = QScrollArea()
        scroll.setWidget(self.grid)
        scroll.setWidgetResizable(True)
        scroll.setFixedHeight(KEYFRAME_PX + 3 * GRID_PX)
        keys, walk = QHBoxLayout(), QHBoxLayout()
        buttons = (self._add, self._two, self._earlier, self._later, self._remove, self._clear)
        for part in buttons:
            keys.addWidget(part)
        keys.addStretch(1)
        for option in (self._frames, self._closed, self._speed, self._play):
            walk.addWidget(option)
        walk.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(scroll)
        layout.addLayout(keys)
        layout.addLayout(walk)
        layout.addLayout(self._walks(), 1)
        layout.addWidget(self._text)

    def _walks(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID_PX)
        grid.setColumnStretch(1, 1)
        for row, (blend, title) in enumerate(BLENDS):
            area = self._areas[blend]
            area.setMinimumSize(PICTURE_PX, PICTURE_PX // 2)
            area.setFixedWidth(PICTURE_PX)
            head = QHBoxLayout()
            head.addWidget(heading(title))
            about = caption("frames, and the length of each code")
            about.setWordWrap(False)
            head.addWidget(about)
            head.addStretch(1)
            head.addWidget(self._exports[blend])
            side = QVBoxLayout()
            side.addLayout(head)
            side.addWidget(self.strips[blend], 1)
            grid.addWidget(area, row, 0)
            grid.addLayout(side, row, 1)
            grid.setRowStretch(row, 1)
        return grid

    def _connect(self) -> None:
        self._state.opened.connect(self._on_opened)
        self._state.encoded.connect(self._say)
        self._add.clicked.connect(self.add_current)
        self._two.clicked.connect(self._on_random)
        self._earlier.clicked.connect(self._on_earlier)
        self._later.clicked.connect(self._on_later)
        self._remove.clicked.connect(self._on_remove)
        self._clear.clicked.connect(self._on_clear)
        self.grid.activated.connect(self._on_activated)
        self.grid.picked.connect(self._say)
        self.grid.moved.connect(self._say)
        self._state.picture_changed.connect(self._on_class)
        self._frames.valueChanged.connect(self._walk)
        self._closed.toggled.connect(self._walk)
        self._speed.valueChanged.connect(self._on_speed)
        self._play.toggled.connect(self._on_play)
        self._timer.timeout.connect(self._on_tick)
        for blend, strip in self.strips.items():
            strip.scrubbed.connect(self._show_frame)
            self._exports[blend].clicked.connect(partial(self._choose_film, blend))
            self._walks_asked[blend].answered.connect(self._on_walk)
        self._decoding.answered.connect(self._on_keyframes)
        self._saving.answered.connect(self._on_exported)

    # Keyframes

    @property
    def keyframes(self) -> list[Floats]:
        """Codes to walk between, in order."""
        return list(self._keyframes)

    @Slot()
    def add_current(self) -> None:
        """Make the code of the sliders a keyframe."""
        if self._state.facts is not None:
            self.add(self._state.code.copy())

    def add(self, code: Floats) -> None:
        """Add a keyframe; one of another model is refused."""
        facts = self._state.facts
        if facts is None or code.shape != (facts.latent_dimensions,):
            self._workbench.problem.emit("That code is of another model; choose that model first.")
            return
        self._set([*self._keyframes, code], len(self._keyframes))

    @Slot()
    def _on_random(self) -> None:
        cloud = self._state.cloud
        random = np.random.default_rng(self._seed)
        self._seed += 1
        if cloud is not None:
            self.add(cloud.latents[int(random.integers(len(cloud.latents)))].copy())
        else:
            self.add(random.standard_normal(len(self._state.code)).astype(np.float32))

    @Slot()
    def _on_earlier(self) -> None:
        self._move(-1)

    @Slot()
    def _on_later(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        index, target = self.grid.index, self.grid.index + by
        if index >= 0 and 0 <= target < len(self._keyframes):
            codes = self.keyframes
            codes[index], codes[target] = codes[target], codes[index]
            self._set(codes, target)

    @Slot()
    def _on_remove(self) -> None:
        if self.grid.index >= 0:
            codes = self.keyframes
            del codes[self.grid.index]
            self._set(codes, min(self.grid.index, len(codes) - 1))

    @Slot()
    def _on_clear(self) -> None:
        self._set([], -1)

    def _set(self, codes: list[Floats], chosen: int) -> None:
        self._keyframes = codes
        self.grid.index = chosen
        facts = self._state.facts
        if facts is None or not codes:
            self.grid.set_pictures(None)
        else:
            request = DecodeLatents(
                facts.source, np.stack(codes), self._state.classes_for(len(codes))
            )
            self._decoding.ask(request, about=facts.source)
        self._walk()

    @Slot(object, object)
    def _on_keyframes(self, request: DecodeLatents, found: DecodedPictures) -> None:
        if self._are_present(request.latents):
            index = self.grid.index
            self.grid.set_pictures(found.pixels, found.latents)
            self.grid.choose(index)
            self._say()

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self._state.set_code(self._keyframes[index])

    @Slot()
    def _on_opened(self) -> None:
        self._class_shown = self._state.class_index
        self._set([], -1)

    @Slot()
    def _on_class(self) -> None:
        """The same codes of another class are other pictures."""
        if self._state.class_index != self._class_shown:
            self._class_shown = self._state.class_index
            self._set(self._keyframes, self.grid.index)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take codes."""
        if code_from_mime(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add a code that was dragged here."""
        code = code_from_mime(event.mimeData())
        if code is not None:
            event.acceptProposedAction()
            self.add(code)

    # Walks

    @Slot()
    def _walk(self) -> None:
        facts = self._state.facts
        if facts is None or len(self._keyframes) < 2:
            self._paths = {}
            self._play.setChecked(False)
            self._show_paths()
            return
        for blend, _ in BLENDS:
            request = Interpolate(
                facts.source,
                np.stack(self._keyframes),
                self._frames.value(),
                blend,
                self._closed.isChecked(),
                self._state.class_index,
            )
            self._walks_asked[blend].ask(request, about=facts.source)

    @Slot(object, object)
    def _on_walk(self, request: Interpolate, path: LatentPath) -> None:
        if self._are_present(request.keyframes):
            self._paths[request.blend] = path
            self._show_paths()

    def _are_present(self, codes: Floats) -> bool:
        """Whether an answer is about the keyframes of now: some may have been taken away."""
        return np.array_equal(codes, np.asarray(self._keyframes))

    def _show_paths(self) -> None:
        highest = max((float(p.lengths.max()) for p in self._paths.values()), default=1.0)
        for blend, strip in self.strips.items():
            path = self._paths.get(blend)
            if path is None:
                strip.set_path(None)
                self._areas[blend].set_pixels(None)
                self._areas[blend].set_text("Two keyframes make a walk")
            else:
                strip.set_path(path.pixels, path.lengths, self._frames.value(), highest)
            self._exports[blend].setEnabled(path is not None)
        self._play.setEnabled(bool(self._paths))
        self._show_frame(self.strips["lerp"].index)

    @Slot(int)
    def _show_frame(self, index: int) -> None:
        for blend, path in self._paths.items():
            frame = min(index, len(path.pixels) - 1)
            self.strips[blend].set_index(frame)  # type: ignore[index]
            self._areas[blend].set_pixels(path.pixels[frame])  # type: ignore[index]
        self._say()

    @Slot()
    def _say(self) -> None:
        count = len(self._keyframes)
        has_choice = self.grid.index >= 0
        for button in (self._earlier, self._later, self._remove):
            button.setEnabled(has_choice)
        self._clear.setEnabled(count > 0)
        if not self._paths:
            self._text.setText(
                "A straight walk between two draws of a Gaussian passes short codes."
            )
            return
        parts = []
        for blend, strip in self.strips.items():
            path = self._paths.get(blend)
            if path is not None:
                length = path.lengths[min(strip.index, len(path.lengths) - 1)]
                parts.append(f"{blend}: length {float(length):.2f}")
        frames = len(next(iter(self._paths.values())).latents)
        self._text.setText(f"{count} keyframes, {frames} frames · " + " · ".join(parts))

    @Slot(bool)
    def _on_play(self, is_playing: bool) -> None:
        self._play.setText("Pause" if is_playing else "Play")
        if is_playing:
            self._timer.start(round(1000 / self._speed.value()))
        else:
            self._timer.stop()

    @Slot()
    def _on_speed(self) -> None:
        self._timer.setInterval(round(1000 / self._speed.value()))

    @Slot()
    def _on_tick(self) -> None:
        frames = max((len(path.latents) for path in self._paths.values()), default=0)
        if frames:
            self._show_frame((self.strips["lerp"].index + 1) % frames)

    def hideEvent(self, event: object) -> None:
        """Play no more once nobody looks."""
        self._play.setChecked(False)
        super().hideEvent(event)  # type: ignore[arg-type]

    def _choose_film(self, blend: Blend, _is_checked: bool = False) -> None:
        target = file_to_save(self, "Export the walk", f"walk-{blend}.gif", FILMS)
        if target is not None:
            self.export(blend, target)

    def export(self, blend: str, target: Path) -> None:
        """Write a walk as GIF or MP4."""
        path = self._paths.get(blend)
        if path is not None:
            request = SaveAnimation(path.pixels, target, self._speed.value())
            self._saving.add(request)

    @Slot(object, object)
    def _on_exported(self, _: SaveAnimation, target: Path) -> None:
        self._workbench.message.emit(f"Saved {target.name}")
