"""What a person reads of drawn codes, and where a data set cannot be had."""

from __future__ import annotations

from engine.api.errors import DownloadError, EngineError

TRUNCATION_TIP = (
    "A drawn code is moved so far from the middle: below 1 nearer to it, more typical and less "
    "varied; above 1 farther out"
)


def why_no_data(error: EngineError, data: str, button: str) -> str:
    """Return one line: what is missing, and the button that says where it lies."""
    if isinstance(error, DownloadError):
        # The page never downloads by itself, so that the error's own cure would not be found.
        return f"{data} is not on this machine; choose its folder by {button}"
    return str(error)
