"""Annotation files of a test, and the answers to what the page asks about them."""

import json

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from gui.pages.images.findings_dialog import FindingsDialog


def coco(folder, *entries, classes=("car", "person")):
    """Write a COCO file with one box for each (file name, class, x, y, width, height)."""
    names = list(dict.fromkeys(entry[0] for entry in entries))
    document = {
        "images": [
            {"id": i, "file_name": name, "width": 160, "height": 120}
            for i, name in enumerate(names, 1)
        ],
        "categories": [{"id": i, "name": name} for i, name in enumerate(classes, 1)],
        "annotations": [
            {
                "id": number,
                "image_id": names.index(name) + 1,
                "category_id": classes.index(label) + 1,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
            }
            for number, (name, label, *box) in enumerate(entries, 1)
        ],
    }
    target = folder / "instances.json"
    target.write_text(json.dumps(document), encoding="utf-8")
    return target


def dialog_of(user) -> FindingsDialog:
    user.until(lambda: user.page.findChild(FindingsDialog))
    dialog = user.page.findChild(FindingsDialog)
    user.until(dialog.isVisible)
    return dialog


def answer(user, name: str) -> None:
    dialog = dialog_of(user)
    button = dialog.findChild(QPushButton, f"images.findings_{name}")
    user.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    user.until(lambda: not user.page.findChild(FindingsDialog))
