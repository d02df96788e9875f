"""Shapes on the clipboard while the program ends."""

import subprocess
import sys

COPY_AND_END = """
from PySide6.QtWidgets import QApplication
from engine.api.annotations import Shape
from gui.widgets.canvas.shape_clipboard import forget_shapes, put_shapes, take_shapes

def main():
    application = QApplication([])
    put_shapes([Shape.box("a", 1, 2, 3, 4)])
    assert [shape.label for shape in take_shapes()] == ["a"]
    forget_shapes()
    assert take_shapes() == []
    application.clipboard().setText("of another program")
    forget_shapes()
    assert application.clipboard().text() == "of another program"
    put_shapes([Shape.box("a", 1, 2, 3, 4)])

main()
"""


def test_the_program_ends_well_after_shapes_were_copied() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", COPY_AND_END], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
