"""Drives the real window through its pages and saves what it looks like, light and dark.

Usage: with_display.sh python .tools/screenshots.py FOLDER
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
# A private home: the pictures must not depend on the settings of whoever takes them.
os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
    os.environ[name] = os.environ["HOME"]

from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QMainWindow, QPushButton  # noqa: E402

from engine.api.live import MovingSceneSource  # noqa: E402
from gui.application import build_window  # noqa: E402
from gui.pages.live.analysis_panel import AnalysisPanel  # noqa: E402
from gui.widgets.step_player import StepPlayer  # noqa: E402

SIZE = (1440, 900)
LIMIT_S = 60


def until(holds: Callable[[], object]) -> None:
    """Let the window live until something holds."""
    end_s = time.monotonic() + LIMIT_S
    while not holds():
        QApplication.processEvents()
        if time.monotonic() > end_s:
            raise TimeoutError("the window did not come to the expected state")
        time.sleep(0.005)


def rest(seconds: float = 0.4) -> None:
    """Let late paints and thumbnails arrive."""
    end_s = time.monotonic() + seconds
    until(lambda: time.monotonic() > end_s)


def shoot(window: QMainWindow, folder: Path, name: str) -> None:
    """Save the window in both themes."""
    for theme in ("light", "dark"):
        window.workbench.settings.theme = theme
        rest()
        window.grab().save(str(folder / f"{name}-{theme}.png"))


def shoot_segment(window: QMainWindow, folder: Path) -> None:
    """Save drawn shapes with their scores, and a topic step by step."""
    session = window.workbench.session
    window.findChild(QAbstractButton, "images.sample.scene-sparse").click()
    until(lambda: session.current is not None and session.current.shapes)
    until(lambda: session.current.picture is not None)
    window.pages.show_page("segment")
    page = window.pages.page("segment")
    for name, data in (("model", "unet"), ("weights", "unet-shapes"), ("truth", "drawn")):
        box = window.findChild(QComboBox, f"segment.{name}")
        box.setCurrentIndex(box.findData(data))
    until(lambda: window.findChild(QPushButton, "segment.run").isEnabled())
    page.run()
    until(lambda: page.result("first") is not None and page.result("first").scores is not None)
    rest(1.0)
    shoot(window, folder, "segment")
    page.tabs.setCurrentWidget(page.steps)
    page.steps.build()
    until(lambda: page.steps.player.trace is not None)
    page.steps.player.go_to(len(page.steps.player.trace) // 2)
    rest(2.0)
    shoot(window, folder, "segment-steps")


def shoot_live(window: QMainWindow, folder: Path) -> None:
    """Save the moving scene: a face that is followed, a line and a zone that count it."""
    window.pages.show_page("live")
    page = window.pages.page("live")
    page.choose_model("viola-jones-face")
    analysis = window.findChild(AnalysisPanel)
    analysis.add_region("line", ((0.5, 0.05), (0.5, 0.95)))
    analysis.add_region("zone", ((0.05, 0.55), (0.4, 0.55), (0.4, 0.95), (0.05, 0.95)))
    page.open(MovingSceneSource())
    until(lambda: page.answer is not None)
    rest(15.0)  # for the curves, and for the face to cross the line
    until(lambda: len(page.answer.analysis.tracked.ids) > 0)
    shoot(window, folder, "live")
    page.stop()
    until(lambda: not page.is_running)


def shoot_latent(window: QMainWindow, folder: Path) -> None:
    """Save the map of digits on the pictures that lie between them, and a trace."""
    window.pages.show_page("latent")
    page = window.pages.page("latent")
    until(lambda: page.state.picture is not None and page.explore.map_panel.plane is not None)
    layer = window.findChild(QComboBox, "latent.map_layer")
    layer.setCurrentIndex(layer.findData("both"))
    layer.activated.emit(layer.currentIndex())
    rest(2.0)  # the fine grid
    shoot(window, folder, "latent")
    page.tabs.setCurrentWidget(page.steps)
    page.steps.build()
    until(lambda: page.steps.player.trace is not None)
    page.steps.player.go_to(len(page.steps.player.trace) // 2)
    rest(2.0)
    shoot(window, folder, "latent-steps")


def main(folder: Path) -> int:
    """Take every screenshot."""
    folder.mkdir(parents=True, exist_ok=True)
    window = build_window([])  # the first run opens the gallery
    window.workbench.settings.has_seen_tour = True
    window.resize(*SIZE)
    window.show()
    session = window.workbench.session
    until(lambda: session.current is not None and session.current.picture is not None)
    until(lambda: window.workbench.models)
    window.pages.show_page("images")
    rest(1.0)
    shoot(window, folder, "images")

    window.pages.show_page("detect")
    model = window.findChild(QComboBox, "detect.model")
    model.setCurrentIndex(model.findData("viola-jones-face"))
    run = window.findChild(QPushButton, "detect.run")
    run.click()
    rest()
    until(run.isEnabled)
    window.findChild(QPushButton, "detect.step").click()
    player = window.findChild(StepPlayer)
    until(lambda: player.trace is not None)
    player.go_to(len(player.trace) // 2)
    rest(2.0)  # the first formula waits for matplotlib
    shoot(window, folder, "detect")

    shoot_segment(window, folder)
    shoot_live(window, folder)
    shoot_latent(window, folder)

    window.pages.show_page("train")
    start = window.findChild(QPushButton, "train.start")
    until(start.isEnabled)
    start.click()
    rest(15.0)  # a few epochs for the curves
    shoot(window, folder, "train")
    window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "assets/screenshots")))
