"""A model that was chosen for a running picture, with what is set of it meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from engine.api.detection import SuppressionConfig
from engine.api.live_session import LiveModel
from engine.core.registry import MODELS


class ChosenModel:
    """Keeps thresholds and options while the model loads, runs, and is loaded again.

    Loading reads what is set and never writes it, so that nothing a person sets is lost to a load
    that began before.
    """

    def __init__(self, model: LiveModel) -> None:
        self._lock = threading.Lock()
        self._model = model

    @property
    def model(self) -> LiveModel:
        """As it is set now."""
        with self._lock:
            return self._model

    def set_thresholds(self, thresholds: SuppressionConfig) -> None:
        """Take other thresholds, from the next frame on."""
        with self._lock:
            self._model = replace(self._model, suppression=thresholds)

    def set_options(self, options: Any) -> bool:
        """Take other options, from the next frame on; whether they are of this model."""
        if type(options) is not MODELS.card(self._model.model_key).options_type:
            return False
        with self._lock:
            self._model = replace(self._model, options=options)
        return True
