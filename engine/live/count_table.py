"""The counts of lines and zones as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from engine.api.live_analysis import ExportCounts
from engine.core.files import write_text

COLUMNS = ("kind", "name", "class", "in", "out", "inside", "so far")


def export_counts(request: ExportCounts) -> Path:
    """Write one row for each class of each line and zone; one without counts has a row of zeros.

    Raises:
        StorageError: the target cannot be written.
    """
    rows: list[tuple[object, ...]] = []
    for line in request.analysis.lines:
        for label in sorted({*line.crossed_in, *line.crossed_out}) or [""]:
            numbers = (line.crossed_in.get(label, 0), line.crossed_out.get(label, 0))
            rows.append(("line", line.name, label, *numbers, "", ""))
    for zone in request.analysis.zones:
        for label in sorted({*zone.inside, *zone.visitors}) or [""]:
            numbers = (zone.inside.get(label, 0), zone.visitors.get(label, 0))
            rows.append(("zone", zone.name, label, "", "", *numbers))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    write_text(request.target, text.getvalue())
    return request.target
