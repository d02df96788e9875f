"""Panels of a step: table rows, bars and curves as they are painted."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.api.traces import BarsMark, CurveMark, TableMark
from gui.theme import THEME, plot_role_colour
from gui.widgets.trace_bars import TraceBars
from gui.widgets.trace_curves import TraceCurves
from gui.widgets.trace_panels import TracePanels
from gui.widgets.trace_table import TraceTable

TABLE = TableMark(("box", "score"), (("a", "0.90"), ("b", "0.80")), ("kept", "removed"), 1)
BARS = BarsMark(("one", "two"), np.array([0.25, 0.75]), "Title", ("candidate", "removed"))
CURVE = CurveMark(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "rise", "x", "y", "removed")


def show(qtbot: QtBot, widget: QWidget, width: int = 400, height: int = 240) -> None:
    qtbot.addWidget(widget)
    widget.resize(QSize(width, height))
    widget.show()


def where(widget: QWidget, colour: QColor | str) -> NDArray[np.bool_]:
    """Pixels of a colour, give or take antialiasing."""
    image = widget.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    wanted = np.array(QColor(colour).getRgb()[:3])
    found: NDArray[np.bool_] = np.abs(rows[..., 2::-1].astype(int) - wanted).max(axis=2) < 8
    return found


# Table


def test_a_table_shows_its_cells_and_selects_the_current_row(qtbot: QtBot) -> None:
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TABLE)
    model = table.model()
    texts = [[model.index(r, c).data() for c in range(2)] for r in range(2)]
    assert texts == [["a", "0.90"], ["b", "0.80"]]
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Score"
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]


def test_numbers_stand_right_and_words_left(qtbot: QtBot) -> None:
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TableMark(("a", "b"), (("1", "-2.50"), ("x", "word"))))
    alignments = [
        table.model().index(row, 1).data(Qt.ItemDataRole.TextAlignmentRole) for row in range(2)
    ]
    assert alignments[0] & Qt.AlignmentFlag.AlignRight
    assert alignments[1] & Qt.AlignmentFlag.AlignLeft


def test_a_longer_text_in_a_later_step_is_not_cut_off(qtbot: QtBot) -> None:
    table = TraceTable()
    show(qtbot, table, 600)
    table.set_mark(TableMark(("box", "fate"), (("0", "left"), ("1", "left"))))
    table.set_mark(TableMark(("box", "fate"), (("0", "kept"), ("1", "removed by 0, IoU 0.83"))))
    needed = table.fontMetrics().horizontalAdvance("removed by 0, IoU 0.83")
    assert table.columnWidth(1) > needed
    before = table.columnWidth(1)
    table.set_mark(TableMark(("box", "fate"), (("0", "kept"), ("1", "left"))))
    assert table.columnWidth(1) == before


def test_stepping_keeps_the_scroll_position_of_a_long_table(qtbot: QtBot) -> None:
    rows = tuple((str(row), "") for row in range(500))
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TableMark(("n", "fate"), rows))
    table.verticalScrollBar().setValue(200)
    table.set_mark(TableMark(("n", "fate"), (*rows[:-1], ("499", "kept"))))
    assert table.verticalScrollBar().value() == 200


def test_the_current_row_is_scrolled_into_view(qtbot: QtBot) -> None:
    rows = tuple((str(row),) for row in range(500))
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TableMark(("n",), rows, current=0))
    table.set_mark(TableMark(("n",), rows, current=400))
    assert table.viewport().rect().contains(table.visualRect(table.model().index(400, 0)))


def test_a_removed_row_is_muted_and_its_dot_has_the_colour_of_its_role(qtbot: QtBot) -> None:
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TABLE)
    assert table.model().index(1, 0).data(Qt.ItemDataRole.ForegroundRole) == QColor(
        THEME.tokens.muted
    )
    assert where(table, plot_role_colour("kept")).any()
    assert where(table, plot_role_colour("removed")).any()


def test_enter_picks_the_selected_row(qtbot: QtBot) -> None:
    table = TraceTable()
    show(qtbot, table)
    table.set_mark(TABLE)
    with qtbot.waitSignal(table.row_picked) as picked:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert picked.args == [TABLE, 1]


# Bars


def lengths(bars: TraceBars, role: str) -> list[int]:
    """Length in pixels of each bar of a colour, from the top."""
    painted = where(bars, plot_role_colour(role))  # type: ignore[arg-type]
    rows = painted.sum(axis=1)
    starts = np.flatnonzero((rows[1:] > 4) & (rows[:-1] <= 4))
    return [int(rows[start + 5]) for start in starts]


def test_bars_are_as_long_as_their_values(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars)
    bars.set_mark(BARS)
    (short,), (long,) = lengths(bars, "candidate"), lengths(bars, "removed")
    assert long == pytest.approx(3 * short, abs=4)


def test_shares_are_drawn_against_one(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars)
    bars.set_mark(BarsMark(("a", "b"), np.array([0.5, 1.0]), roles=("kept", "removed")))
    half, whole = lengths(bars, "kept")[0], lengths(bars, "removed")[0]
    bars.set_mark(BarsMark(("a",), np.array([0.5]), roles=("kept",)))
    qtbot.waitUntil(lambda: lengths(bars, "removed") == [])
    assert lengths(bars, "kept")[0] == pytest.approx(half, abs=6)
    assert whole == pytest.approx(2 * half, abs=4)


def test_the_limit_is_drawn_across_all_bars_and_named(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars)
    bars.set_mark(BARS)
    plain = where(bars, THEME.tokens.text)
    limited = BarsMark(
        *[getattr(BARS, name) for name in ("names", "values", "title", "roles")],
        limit=0.5,
        limit_name="IoU threshold",
    )
    bars.set_mark(limited)

    def dashes() -> int:
        added = where(bars, THEME.tokens.text) & ~plain
        return int(added.sum(axis=0).max())

    qtbot.waitUntil(lambda: dashes() >= 20)


def test_bars_say_their_values_also_to_those_who_cannot_see_them(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars)
    bars.set_mark(BarsMark(("a", "b"), np.array([1.0, 3.0]), "Count", before=np.array([2.0, 3.0])))
    assert bars.accessibleName() == "Count"
    assert bars.accessibleDescription() == "a 2 → 1, b 3"


def test_odd_bars_are_drawn_without_trouble(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars, 90, 60)
    for mark in (
        BarsMark((), np.zeros(0), "nothing"),
        BarsMark(("zero",), np.zeros(1)),
        BarsMark(("less",), np.array([-1.0]), limit=-0.5),
        BarsMark(("a" * 200,), np.array([1e9]), current=0),
    ):
        bars.set_mark(mark)
        assert not bars.grab().isNull()


# Curves


def test_a_rising_curve_rises_across_the_plot(qtbot: QtBot) -> None:
    curves = TraceCurves()
    show(qtbot, curves)
    curves.set_marks([CURVE])
    rows, columns = np.nonzero(where(curves, plot_role_colour("removed")))
    assert np.ptp(columns) > 300
    assert np.corrcoef(columns, rows)[0, 1] < -0.99


def test_points_are_drawn_where_the_values_are(qtbot: QtBot) -> None:
    values = np.array([0.0, 0.25, 1.0])
    curves = TraceCurves()
    show(qtbot, curves)
    curves.set_marks([CurveMark(values, values, "at", "x", "y", "kept", "points")])
    found = where(curves, plot_role_colour("kept"))
    for axis, direction in ((0, 1), (1, -1)):
        places = np.flatnonzero(found.any(axis=axis))[::direction]
        blobs = np.split(places, np.flatnonzero(np.abs(np.diff(places)) > 1) + 1)
        centres = [float(blob.mean()) for blob in blobs]
        assert len(centres) == 3
        shares = (centres[1] - centres[0]) / (centres[2] - centres[0])
        assert shares == pytest.approx(0.25, abs=0.02)


def test_odd_curves_are_drawn_without_trouble(qtbot: QtBot) -> None:
    curves = TraceCurves()
    show(qtbot, curves, 90, 60)
    for x, y in (
        ([], []),
        ([1.0], [2.0]),
        ([0.0, 1.0], [np.nan, np.inf]),
        ([0.0, 1.0], [3.0, 3.0]),
    ):
        curves.set_marks([CurveMark(np.array(x), np.array(y), "odd")])
        assert not curves.grab().isNull()


# All of them


def test_curves_with_the_same_axes_share_a_panel(qtbot: QtBot) -> None:
    panels = TracePanels("demo")
    show(qtbot, panels)
    other = CurveMark(CURVE.x, CURVE.y, "other axes", "time", "loss")
    panels.set_marks((CURVE, TABLE, CURVE, other))
    assert [type(panel) for panel in panels.shown] == [TraceTable, TraceCurves, TraceCurves]
    shared = panels.shown[1]
    assert isinstance(shared, TraceCurves)
    assert len(shared.marks) == 2


def test_panels_are_kept_from_step_to_step(qtbot: QtBot) -> None:
    panels = TracePanels("demo")
    show(qtbot, panels)
    panels.set_marks((TABLE, BARS))
    table, bars = panels.shown
    panels.set_marks((TABLE,))
    assert panels.shown == (table,)
    assert not bars.isVisible()
    panels.set_marks((TABLE, BARS))
    assert panels.shown == (table, bars)
    assert bars.isVisible()
    assert [panel.objectName() for panel in panels.shown] == ["demo.table", "demo.bars"]


def test_two_tables_have_names_of_their_own(qtbot: QtBot) -> None:
    panels = TracePanels("demo")
    show(qtbot, panels)
    panels.set_marks((TABLE, TABLE))
    assert [panel.objectName() for panel in panels.shown] == ["demo.table", "demo.table2"]


@pytest.mark.parametrize("is_beside", [True, False])
def test_panels_stand_where_there_is_room(qtbot: QtBot, is_beside: bool) -> None:
    panels = TracePanels("demo")
    show(qtbot, panels, 600, 600)
    panels.set_beside(is_beside)
    panels.set_marks((TABLE, BARS, CURVE))
    qtbot.waitUntil(lambda: panels.shown[1].width() > 0 and panels.shown[0].y() >= 0)
    table, bars, curves = (panel.geometry() for panel in panels.shown)
    assert curves.top() > bars.bottom()
    if is_beside:
        assert bars.left() > table.right()
    else:
        assert bars.top() > table.bottom()


def test_the_current_bar_is_scrolled_into_view(qtbot: QtBot) -> None:
    bars = TraceBars()
    show(qtbot, bars, 300, 120)
    names = tuple(str(number) for number in range(20))
    marked = BarsMark(names, np.ones(20), roles=("candidate",) * 15 + ("kept",) * 5, current=15)
    bars.set_mark(marked)
    assert lengths(bars, "kept")
    bars.set_mark(BarsMark(names, np.ones(20), roles=("candidate",) * 15 + ("kept",) * 5))
    assert not lengths(bars, "kept")
