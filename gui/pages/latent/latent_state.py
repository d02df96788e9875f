"""What the tabs of the Latent page share: one model, one code, its picture, the cloud."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.api.latent import (
    DecodedPictures,
    DecodeLatents,
    EncodedPictures,
    EncodePictures,
    Floats,
    LatentFacts,
    LatentSource,
    OpenLatents,
    Pixels,
)
from engine.api.latent_pictures import SampledPictures, SampleLatents
from engine.api.latent_space import STORED, EncodeData, LatentCloud
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest

KEPT_CODES = 200
LATEST_MS, FOLLOW_MS = 30, 4
"""While a code moves, sliders and maps wait no longer than this for its picture, and then let it
be painted first."""

PLANE = 2
Lane = Literal["interactive", "work"]


class LatentState(QObject):
    """One model at a time. Every change of the code asks for its picture; the latest wins.

    Attributes:
        facts: of the model; None until it is loaded.
        code: (Z,), what sliders and maps move.
        class_index: what the model is conditioned on; None for a model without classes.
        picture: RGB (H, W, 3) of the code; None before the first answer.
        cloud: encoded pictures, or draws of the prior; None until they are there.
    """

    opened = Signal()
    code_changed = Signal()
    picture_changed = Signal()
    cloud_changed = Signal()
    encoding_changed = Signal()  # codes are awaited, or are so no more
    encoded = Signal(object)  # EncodedPictures: a person's own picture
    problem = Signal(str)  # one line
    open_failed = Signal()  # `source` is the model before, or None

    def __init__(self, client: EngineClient, slot: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self._decoder = client.stream(f"{slot}.decode")
        self._decoder.answered.connect(self._on_decoded)
        self._opening = PageRequest(client, self, "interactive")  # about a source
        self._opening.answered.connect(self._on_opened)
        self._opening.failed.connect(self._on_open_failed)
        self._clouds = self.new_request(self, "work")
        self._clouds.answered.connect(self._on_cloud)
        self._clouds.failed.connect(self._on_no_cloud)
        self._clouds.cancelled.connect(self._on_no_cloud)
        self._clouds.busy_changed.connect(self.encoding_changed)
        self._draws = self.new_request(self)
        self._draws.answered.connect(self._on_drawn)
        self._codes = self.new_request(self)
        self._codes.answered.connect(self._on_encoded)
        self._source: LatentSource | None = None
        self._undo: list[Floats] = []
        self._redo: list[Floats] = []
        self._is_moving = False
        self._owed = QTimer(self)  # runs while `code_changed` waits for a picture
        self._owed.setSingleShot(True)
        self._owed.timeout.connect(self._tell)
        self.facts: LatentFacts | None = None
        self.code: Floats = np.zeros(0, np.float32)
        self.class_index: int | None = None
        self.picture: Pixels | None = None
        self.cloud: LatentCloud | None = None

    # The model

    def open(self, source: LatentSource) -> None:
        """Load another model; `opened` follows, then `cloud_changed`.

        Until its own picture comes there is none: that of another model would be taken for it.
        """
        if source != self._source:
            self.picture = None
            self.picture_changed.emit()
        self._source = source
        self._opening.start(OpenLatents(source))

    @property
    def source(self) -> LatentSource | None:
        """The model that was asked for last."""
        return self._source

    def is_of(self, source: LatentSource) -> bool:
        """Whether an answer is about the present model."""
        return self.facts is not None and self.facts.source == source

    def new_request(
        self,
        parent: QObject,
        lane: Lane = "interactive",
        *,
        quiet: bool = False,
        is_current: Callable[[Any], bool] | None = None,
    ) -> PageRequest:
        """Return what asks about a source; heard only while that is the present model.

        Where `is_current` is given, that says whether an answer is still wanted.
        """
        return PageRequest(
            self.client, parent, lane, quiet=quiet, is_current=is_current or self.is_of
        )

    @Slot(object, object)
    def _on_opened(self, _: OpenLatents, facts: LatentFacts) -> None:
        self.facts = facts
        self.code = np.zeros(facts.latent_dimensions, np.float32)
        self.class_index = 0 if facts.classes else None
        self.picture, self.cloud = None, None
        self._undo, self._redo, self._is_moving = [], [], False
        self.opened.emit()
        self.cloud_changed.emit()
        if facts.has_stored_codes or not facts.has_encoder:
            self.encode_data(STORED)  # the first code is one of them; zeros may look like noise
        else:
            self._decode()

    def encode_data(self, data: str) -> None:
        """Encode a data set by name or path, or take the codes stored beside the weights."""
        if self.facts is not None:
            source = self.facts.source
            self._clouds.start(EncodeData(source, data), about=source)

    @property
    def is_encoding(self) -> bool:
        """Whether the codes of the present model are on their way."""
        return self._clouds.is_busy

    @Slot(object, object)
    def _on_cloud(self, _: EncodeData, cloud: LatentCloud) -> None:
        self.cloud = cloud
        self.cloud_changed.emit()
        if not self.code.any() and not self._undo:
            self._take(self._middle())

    @Slot()
    def _on_no_cloud(self) -> None:
        if self.picture is None:
            self._decode()

    @Slot()
    def _on_open_failed(self) -> None:
        self._source = self.facts.source if self.facts is not None else None
        self.open_failed.emit()
        self._decode()

    # The code

    def set_code(self, code: Floats, is_final: bool = True) -> None:
        """Take another code; those of one drag are not final, and undone at once."""
        if code.shape != self.code.shape:
            return
        if is_final or not self._is_moving:
            self._keep()
        self._is_moving = not is_final
        self._take(np.asarray(code, np.float32).copy(), is_moving=self._is_moving)

    @Slot()
    def settle(self) -> None:
        """End a drag: undo comes back to here from whatever follows."""
        self._is_moving = False

    def _keep(self) -> None:
        if not self._undo or not np.array_equal(self._undo[-1], self.code):
            self._undo = [*self._undo[-KEPT_CODES:], self.code.copy()]
        self._redo = []

    @Slot()
    def undo(self) -> None:
        """Go back to the code before."""
        self._is_moving = False
        while self._undo:
            code = self._undo.pop()
            if code.shape == self.code.shape and not np.array_equal(code, self.code):
                self._redo.append(self.code.copy())
                self._take(code)
                return

    @Slot()
    def redo(self) -> None:
        """Go forward again."""
        self._is_moving = False
        if self._redo:
            self._undo.append(self.code.copy())
            self._take(self._redo.pop())

    def set_value(self, axis: int, value: float) -> None:
        """Change one number of the code, during a drag."""
        code = self.code.copy()
        code[axis] = value
        self.set_code(code, is_final=False)

    def set_class(self, class_index: int) -> None:
        """Condition the model on another class."""
        if self.facts is not None and 0 <= class_index < len(self.facts.classes):
            self.class_index = class_index
            self._decode()

    @Slot()
    def reset(self) -> None:
        """Go to the middle of the cloud, or to zero without one."""
        self.set_code(self._middle())

    def _middle(self) -> Floats:
        """Return the centre of the cloud; beyond a plane, the code that lies nearest to it.

        Zeros may be a hole of an autoencoder, and in many axes hardly any code lies near the
        centre: a generator was never asked for what it makes there.
        """
        if self.cloud is None:
            return np.zeros_like(self.code)
        if self.code.size <= PLANE:
            return self.cloud.centre.copy()
        distances = np.square(self.cloud.latents - self.cloud.centre).sum(axis=1)
        return np.asarray(self.cloud.latents[int(distances.argmin())], np.float32).copy()

    def draw_random(self, seed: int, truncation: float) -> None:
        """Draw a code: from the prior, or from a Gaussian fitted to the cloud without one."""
        if self.facts is None:
            return
        has_prior = self.facts.prior != "none"
        if not has_prior and self.cloud is None:
            self.problem.emit("There are no encoded pictures to draw from; encode a data set first")
            return
        request = SampleLatents(
            self.facts.source,
            1,
            self.class_index,
            seed,
            truncation,
            "prior" if has_prior else "gaussian",
            None if has_prior or self.cloud is None else self.cloud.latents,
        )
        self._draws.ask(request, about=request.source)

    @Slot(object, object)
    def _on_drawn(self, _: SampleLatents, found: SampledPictures) -> None:
        self.set_code(found.latents[0])

    # Pictures of the code, codes of pictures

    def encode_picture(self, pixels: Pixels) -> None:
        """Find the code of a person's picture, RGB (H, W, 3); editing goes on from there."""
        if self.facts is None:
            return
        # A search takes seconds, and shows its progress; an encoder answers at once.
        lane: Lane = "interactive" if self.facts.has_encoder else "work"
        request = EncodePictures(self.facts.source, (pixels,))
        self._codes.ask(request, request.source, lane)

    @Slot(object, object)
    def _on_encoded(self, _: EncodePictures, found: EncodedPictures) -> None:
        if self.facts is not None and self.facts.classes and found.class_indices is not None:
            self.class_index = int(found.class_indices[0])
        self.encoded.emit(found)
        self.set_code(found.latents[0])

    def classes_for(self, count: int) -> Any:
        """Return the class of now so many times; None for a model without classes."""
        if self.class_index is None:
            return None
        return np.full(count, self.class_index, np.int64)

    def _take(self, code: Floats, is_moving: bool = False) -> None:
        self.code = code
        self._decode()
        # While it moves, sliders and maps follow the picture, which a person looks at: beside the
        # worker that decodes, and before the picture is painted, there is nothing else to do.
        if not is_moving or self.facts is None:
            self._tell()
        elif not self._owed.isActive():
            self._owed.start(LATEST_MS)

    @Slot()
    def _tell(self) -> None:
        """Say that the code is another one."""
        self._owed.stop()
        self.code_changed.emit()

    def _decode(self) -> None:
        if self.facts is not None:
            source = self.facts.source
            self._decoder.ask(DecodeLatents(source, self.code[None], self.classes_for(1)))

    @Slot(object, object)
    def _on_decoded(self, request: DecodeLatents, found: DecodedPictures) -> None:
        if self.is_of(request.source) and request.source == self._source:
            self.picture = found.pixels[0]
            self.picture_changed.emit()
            if self._owed.remainingTime() > FOLLOW_MS:
                self._owed.start(FOLLOW_MS)


def describe_source(source: LatentSource) -> str:
    """Return how a model is called in a list."""
    weights = source.weights
    if weights is None:
        return source.model_key
    return weights.stem if isinstance(weights, Path) else weights
