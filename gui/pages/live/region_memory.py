"""Lines and zones of each source, kept from one session to the next."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Slot

from engine.api.errors import EngineError
from engine.api.live import LiveSource, NetworkSource, PictureFolderSource, VideoFileSource
from engine.api.live_analysis import CountingLine, Zone
from gui.pages.live.region_drawer import RegionDrawer
from gui.pages.live.region_panel import RegionPanel
from gui.settings import Settings

MOST_SOURCES = 40
NAME = "live/regions"

Regions = tuple[tuple[CountingLine, ...], tuple[Zone, ...]]


class RegionMemory:
    """Keeps what was drawn for the sources that were run last, without passwords."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def regions_of(self, source: LiveSource) -> Regions:
        """Return the lines and zones that were drawn for a source."""
        kept: Any = self._kept().get(_key(source))
        try:
            lines = [CountingLine(str(n), _point(a), _point(b)) for n, a, b in kept["lines"]]
            zones = [Zone(str(n), tuple(_point(each) for each in p)) for n, p in kept["zones"]]
        except (EngineError, TypeError, ValueError, KeyError, IndexError):
            return (), ()  # none were drawn, or the settings were changed by hand
        return tuple(lines), tuple(zones)

    def keep(self, source: LiveSource, regions: Regions) -> None:
        """Remember what is drawn for a source."""
        lines, zones = regions
        kept = self._kept()
        kept.pop(_key(source), None)
        if lines or zones:
            kept[_key(source)] = {
                "lines": [(line.name, line.start, line.end) for line in lines],
                "zones": [(zone.name, zone.points) for zone in zones],
            }
        newest = dict(list(kept.items())[-MOST_SOURCES:])
        self._settings.set_text(NAME, json.dumps(newest))

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._settings.text(NAME, "{}"))
        except (ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}


class RegionWork(QObject):
    """Lets lines and zones be drawn on the canvas, and keeps them with the source that runs."""

    def __init__(self, panel: RegionPanel, drawer: RegionDrawer, settings: Settings) -> None:
        super().__init__(drawer)
        self._panel, self._drawer = panel, drawer
        self._memory = RegionMemory(settings)
        self._source: LiveSource | None = None
        panel.draw_wanted.connect(self._on_draw_wanted)
        panel.changed.connect(self._on_changed)
        drawer.drawn.connect(panel.add)
        drawer.ended.connect(partial(panel.set_drawing, ""))

    def set_source(self, source: LiveSource) -> None:
        """Show what was drawn for a source, before it runs."""
        self._source = source
        self._panel.set_regions(*self._memory.regions_of(source))

    @Slot()
    def _on_changed(self) -> None:
        if self._source is not None:
            self._memory.keep(self._source, (self._panel.lines, self._panel.zones))

    @Slot(str)
    def _on_draw_wanted(self, kind: str) -> None:
        self._drawer.cancel()
        if kind in ("line", "zone"):
            self._panel.set_drawing(kind)
            self._drawer.begin("line" if kind == "line" else "zone")


def _key(source: LiveSource) -> str:
    match source:
        case VideoFileSource():
            return str(source.path)
        case PictureFolderSource():
            return str(source.folder)
        case NetworkSource():
            return source.address_without_secrets
    return source.title


def _point(values: Any) -> tuple[float, float]:
    x, y = values
    return float(x), float(y)
