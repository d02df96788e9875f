"""Where the runs of this person lie, for the page that makes them and those that use them."""

from __future__ import annotations

from pathlib import Path

from gui.settings import Settings

_SETTING = "train/root"


def runs_folder(settings: Settings) -> Path:
    """Return the folder whose runs are listed; new ones go there."""
    import platformdirs  # not before the first paint

    default = Path(platformdirs.user_data_dir("vision-workbench")) / "runs"
    return Path(settings.text(_SETTING) or default)


def remember_runs_folder(settings: Settings, folder: Path) -> None:
    """List runs of another folder from now on."""
    settings.set_text(_SETTING, str(folder))
