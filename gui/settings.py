"""Typed wrapper over QSettings: one property a setting, defaults and limits in one place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, cast, get_args

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from engine.api.pictures import DEFAULT_PIXEL_LIMIT, ValueRange
from engine.api.regular_files import read_regular

ThemeName = Literal["system", "light", "dark"]
THEMES: dict[ThemeName, str] = {"system": "As the system", "light": "Light", "dark": "Dark"}
PIXEL_LIMITS = (1_000_000, 4_000_000_000)
AUTOSAVE_LIMITS_S = (2, 30)
RECENT_LIMIT = 12
_NAME = "vision-workbench"
_FILE_LIMIT_BYTES = 4 << 20
_SERIALISED = re.compile(rb"=.*@(Variant|DateTime|Rect|Size|Point)\(", re.IGNORECASE)
"""Values that Qt builds objects of; one that claims two thousand million parts ends the program.
This program writes texts, lists of texts and bytes alone."""


def open_store() -> tuple[QSettings, str]:
    """Open the settings file of this person.

    A line that holds what this program never writes is taken out, the others stay. A file that
    cannot be parsed is put aside under another name, never overwritten.

    Returns:
        The store, and one line about what was taken out or put aside, empty when all is well.
    """
    path = _path()
    size = path.stat().st_size if path.is_file() else 0
    removed = _without_objects(path) if 0 < size <= _FILE_LIMIT_BYTES else ""
    is_other = path.exists() and not path.is_file()  # Qt would wait for ever for a pipe
    if size <= _FILE_LIMIT_BYTES and not is_other:
        store = _ini_store()
        if not _is_broken(store, path):
            return store, removed
    aside = path.with_suffix(".broken.ini")
    try:
        path.replace(aside)
    except OSError:
        # Nothing is written then: the store lives in memory until the window closes.
        return QSettings(str(path) + ".unused", QSettings.Format.IniFormat), (
            f"{path}: the settings cannot be read; the defaults are used."
        )
    return _ini_store(), (
        f"{path.name}: the settings cannot be read; the defaults are used and the old file is "
        f"kept as {aside.name}."
    )


def _path() -> Path:
    """Where the settings lie; asked by another name, so that nothing of them is read yet."""
    ini, person = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return Path(QSettings(ini, person, _NAME, f"{_NAME}.none").fileName()).with_name(f"{_NAME}.ini")


def _without_objects(path: Path) -> str:
    """Take out lines with values of other kinds than this program writes; say which."""
    try:
        lines = read_regular(path, _FILE_LIMIT_BYTES).splitlines(keepends=True)
        strange = [line for line in lines if _SERIALISED.search(line)]
        if not strange:
            return ""
        beside = path.with_suffix(".ini.new")
        beside.write_bytes(b"".join(line for line in lines if line not in strange))
        beside.replace(path)
    except OSError as error:
        return f"{path}: the settings cannot be read ({error.strerror}); the defaults are used."
    names = ", ".join(line.partition(b"=")[0].decode("utf-8", "replace") for line in strange[:3])
    return f"{path.name}: the setting {names} cannot be read; its default is used."


def _is_broken(store: QSettings, path: Path) -> bool:
    """Qt skips over lines that mean nothing and would write them away."""
    try:
        content = read_regular(path, _FILE_LIMIT_BYTES)
    except OSError:
        return False
    has_nothing = bool(content.strip()) and not store.allKeys()
    return store.status() == QSettings.Status.FormatError or has_nothing or b"\0" in content


def _ini_store() -> QSettings:
    ini, person = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(ini, person, _NAME, _NAME)


class Settings(QObject):
    """What is remembered between sessions.

    A value that cannot be understood counts as absent: a broken file never stops the program.
    """

    changed = Signal(str)  # name of the property
    recent_changed = Signal()

    def __init__(self, store: QSettings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store if store is not None else QSettings()

    @property
    def theme(self) -> ThemeName:
        """Light, dark, or as the system."""
        value = self._text("theme", "system")
        return cast(ThemeName, value) if value in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, value: ThemeName) -> None:
        self._put("theme", value)

    @property
    def device(self) -> str:
        """Key of the device to run on, or `auto`."""
        return self._text("device", "auto")

    @device.setter
    def device(self, value: str) -> None:
        self._put("device", value)

    @property
    def pixel_limit(self) -> int:
        """Largest picture that is opened, in pixels."""
        return self._number("pixel_limit", DEFAULT_PIXEL_LIMIT, *PIXEL_LIMITS)

    @pixel_limit.setter
    def pixel_limit(self, value: int) -> None:
        self._put("pixel_limit", value)

    @property
    def value_range(self) -> ValueRange:
        """Which values of pictures with 16 bits a value become black and white."""
        text = self._text("value_range", "automatic")
        return cast(ValueRange, text) if text in get_args(ValueRange) else "automatic"

    @value_range.setter
    def value_range(self, value: ValueRange) -> None:
        self._put("value_range", value)

    @property
    def autosave_interval_s(self) -> int:
        """How long an edit may wait until it is in the journal on the disk."""
        return self._number("autosave_interval_s", 20, *AUTOSAVE_LIMITS_S)

    @autosave_interval_s.setter
    def autosave_interval_s(self, value: int) -> None:
        self._put("autosave_interval_s", value)

    @property
    def wheel_zooms(self) -> bool:
        """Whether the wheel zooms (True) or scrolls and Ctrl+wheel zooms."""
        return self._text("wheel_zooms", "true") == "true"

    @wheel_zooms.setter
    def wheel_zooms(self, value: bool) -> None:
        self._put("wheel_zooms", "true" if value else "false")

    @property
    def has_seen_tour(self) -> bool:
        """Whether the first-run tour was shown."""
        return self._text("has_seen_tour", "false") == "true"

    @has_seen_tour.setter
    def has_seen_tour(self, value: bool) -> None:
        self._put("has_seen_tour", "true" if value else "false")

    @property
    def recent(self) -> list[Path]:
        """Files and folders opened lately, newest first."""
        return [Path(text) for text in self._texts("recent")]

    def remember(self, path: Path) -> None:
        """Put a file or folder on top of the recent list."""
        rest = [old for old in self.recent if old != path]
        self._store.setValue("recent", [str(p) for p in (path, *rest)][:RECENT_LIMIT])
        self.recent_changed.emit()

    def forget_recent(self) -> None:
        """Empty the recent list."""
        self._store.remove("recent")
        self.recent_changed.emit()

    @property
    def session_paths(self) -> list[Path]:
        """Pictures or the folder that were open last time."""
        return [Path(text) for text in self._texts("session/paths")]

    @session_paths.setter
    def session_paths(self, value: list[Path]) -> None:
        self._store.setValue("session/paths", [str(path) for path in value])

    def text(self, name: str, default: str = "") -> str:
        """A page's own small memory, such as the model chosen last; name as `page/thing`."""
        return self._text(name, default)

    def set_text(self, name: str, value: str) -> None:
        """Remember a page's own small thing."""
        self._put(name, value)

    def blob(self, name: str) -> QByteArray:
        """Window geometry and splitter states."""
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, name: str, value: QByteArray) -> None:
        """Remember window geometry and splitter states."""
        self._store.setValue(name, value)

    def flush(self) -> bool:
        """Write to disk now; whether that went well."""
        self._store.sync()
        return self._store.status() == QSettings.Status.NoError

    def _text(self, name: str, default: str) -> str:
        value = self._store.value(name, default)
        return value if isinstance(value, str) else default

    def _texts(self, name: str) -> list[str]:
        value: Any = self._store.value(name, [])
        if isinstance(value, str):  # a list of one comes back as its element
            return [value]
        return [text for text in value or [] if isinstance(text, str)]

    def _number(self, name: str, default: int, low: int, high: int) -> int:
        try:
            value = int(cast(str, self._store.value(name, default)))
        except (TypeError, ValueError):
            return default
        return value if low <= value <= high else default

    def _put(self, name: str, value: Any) -> None:
        self._store.setValue(name, value)
        self.changed.emit(name)
