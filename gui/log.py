"""The rotating log file, and the report that a person can send when something went wrong."""

from __future__ import annotations

import logging
import os
import platform
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler, qVersion

from engine.api.regular_files import read_regular
from engine.api.version import VERSION

LOG = logging.getLogger("vision_workbench")
FILE_BYTES, FILE_COUNT = 1_000_000, 3
REPORT_LINES = 60
LIBRARIES = (
    "PySide6-Essentials",
    "torch",
    "torchvision",
    "opencv-python",
    "onnxruntime",
    "numpy",
    "pyqtgraph",
)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_folder() -> Path:
    """Return where the log files lie."""
    return Path(platformdirs.user_log_dir("vision-workbench"))


def log_file() -> Path:
    """Return the newest log file; it need not exist."""
    return log_folder() / "vision-workbench.log"


def start_logging() -> None:
    """Write messages of all libraries to the log file, 1 MB in each of three files.

    Without a folder to write to, messages go to standard error alone.
    """
    stop_logging()
    handler: logging.Handler
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            log_file(), maxBytes=FILE_BYTES, backupCount=FILE_COUNT - 1, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.set_name("vision-workbench")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.info("started with Python %s on %s", platform.python_version(), platform.platform())


def stop_logging() -> None:
    """Write out what is held back and close the file."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if h.get_name() == "vision-workbench"]:
        root.removeHandler(handler)
        handler.close()


def log_qt_messages() -> None:
    """Send Qt's own warnings to the log instead of the terminal."""
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", text)


def bug_report(device: str, trouble: str = "") -> str:
    """Return versions, platform, device, the trouble and the last lines of the log.

    The home folder is written as `~`, so that the report names no person.
    """
    parts = [
        f"Vision Workbench {VERSION}",
        f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}",
        f"device: {device or 'not known yet'}",
        "libraries: " + ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
    ]
    if trouble:
        parts += ["", trouble.strip()]
    parts += ["", f"last {REPORT_LINES} lines of the log:", *_last_lines()]
    return without_home("\n".join(parts)) + "\n"


def without_home(text: str) -> str:
    """Return the text with the person's home folder replaced by `~`."""
    home = str(Path.home())
    if home == os.path.sep:
        return text
    text = text.replace(home, "~").replace(Path(home).as_posix(), "~")
    return text.replace(repr(home)[1:-1], "~") if sys.platform == "win32" else text


def _last_lines() -> list[str]:
    try:
        return read_regular(log_file()).decode("utf-8", "replace").splitlines()[-REPORT_LINES:]
    except OSError:
        return ["(no log file)"]


def _version(name: str) -> str:
    from importlib import metadata  # 14 ms that the start does not have

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
