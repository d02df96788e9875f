"""What a person reads where a data set cannot be had."""

from __future__ import annotations

from engine.api.errors import DownloadError, EngineError


def why_no_data(error: EngineError, data: str, button: str) -> str:
    """Return one line: what is missing, and the button that says where it lies."""
    if isinstance(error, DownloadError):
        # The page never downloads by itself, so that the error's own cure would not be found.
        return f"{data} is not on this machine; choose its folder by {button}"
    return str(error)
