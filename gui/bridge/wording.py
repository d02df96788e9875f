"""What a person reads when a task fails: a heading by the kind of failure, and a way on."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.errors import (
    ConfigError,
    DatasetError,
    DeviceError,
    DownloadError,
    EngineError,
    PictureError,
    SourceError,
    StorageError,
    TrainingError,
    WeightsError,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One failure in words.

    Attributes:
        heading: what could not be done, a few words.
        text: the error's own line: what, the limit, the cure.
        advice: what to try next where the line itself cannot know; may be empty.
    """

    heading: str
    text: str
    advice: str = ""

    @property
    def line(self) -> str:
        """All of it as one line."""
        parts = (f"{self.heading}: {self.text.rstrip('.')}.", self.advice)
        return " ".join(part for part in parts if part)


_WORDS: dict[type[EngineError], tuple[str, str]] = {
    PictureError: ("The picture cannot be used", ""),
    ConfigError: ("This setting does not work", ""),
    DatasetError: ("The data cannot be used", ""),
    WeightsError: ("The weights cannot be used", "What was loaded before stays in use."),
    DownloadError: ("The download did not finish", "Starting it again goes on where it stopped."),
    DeviceError: ("The device cannot do this", "Choose another one in the Device menu."),
    TrainingError: ("The training stopped", ""),
    StorageError: ("Nothing was written", ""),
    SourceError: ("There is no picture from this source", ""),
}


def wording(error: EngineError) -> Wording:
    """Return the words for a failure; a kind without an entry uses that of its base class."""
    for kind in type(error).__mro__:
        if kind in _WORDS:
            heading, advice = _WORDS[kind]
            return Wording(heading, str(error), advice)
    return Wording("This did not work", str(error))
