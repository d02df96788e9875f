"""How a run goes: rates, latency, dropped frames, and the last minute as curves."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from engine.api.live import LastMinute, LiveStatistics
from gui.pages.live.minute_graph import MinuteGraph
from gui.theme import GRID_PX
from gui.widgets.named import caption

NOTHING = "–"
ROWS = (
    ("source", "Source"),
    ("inference", "Inference"),
    ("display", "Display"),
    ("latency", "Latency"),
    ("screen", "To the screen"),
    ("dropped", "Dropped"),
    ("runtime", "Runs on"),
)
TIPS = {
    "latency": "From the arrival of a frame to its answer: half of them, and 95 in 100",
    "screen": "From the arrival of a frame to the screen: half of them, and 95 in 100",
    "dropped": "Left out, because a newer frame came before the model was free",
    "runtime": "A network begins with PyTorch, and goes on with the fastest runtime that answers "
    "alike; a detector of OpenCV has no choice",
}


class NumbersPanel(QWidget):
    """Refreshed about once a second.

    Attributes:
        rates, ages: graphs of the last minute, which have a place of their own.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, QLabel] = {}
        self.rates = MinuteGraph("live.rates", "Frames a second over the last minute", "fps")
        self.ages = MinuteGraph("live.latencies", "Latency over the last minute", "ms")
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setVerticalSpacing(GRID_PX // 2)
        grid.setColumnStretch(1, 1)
        for row, (key, title) in enumerate(ROWS):
            value = QLabel(NOTHING)
            value.setObjectName(f"live.number_{key}")
            value.setAccessibleName(title)
            self._values[key] = value
            value.setToolTip(TIPS.get(key, ""))
            grid.addWidget(caption(title), row, 0)
            grid.addWidget(value, row, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(grid)

    def show_numbers(self, statistics: LiveStatistics, minute: LastMinute) -> None:
        """Show the numbers of this moment and the curves of the last minute."""
        values = self._values
        values["source"].setText(f"{statistics.source_fps:.1f} fps")
        values["inference"].setText(f"{statistics.inference_fps:.1f} fps")
        values["display"].setText(f"{statistics.display_fps:.1f} fps")
        ages = {"latency": statistics.latency, "screen": statistics.display_latency}
        for key, age in ages.items():
            text = f"p50 {age.p50_ms:.0f} ms, p95 {age.p95_ms:.0f} ms" if age else NOTHING
            values[key].setText(text)
        values["dropped"].setText(f"{statistics.dropped:,} of {statistics.read:,} frames")
        self.rates.set_values(
            minute.ages_s,
            {
                "source": minute.source_fps,
                "inference": minute.inference_fps,
                "display": minute.display_fps,
            },
        )
        self.ages.set_values(minute.ages_s, {"latency": minute.latency_ms})

    def show_runtime(self, runtime: str) -> None:
        """Say what the model runs on."""
        self._values["runtime"].setText(runtime)

    def clear(self) -> None:
        """Show that nothing runs."""
        for value in self._values.values():
            value.setText(NOTHING)
        for graph in (self.rates, self.ages):
            graph.clear()
