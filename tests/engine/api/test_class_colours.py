import colorsys

import pytest
from PySide6.QtGui import QColor

from engine.api.class_colours import _SEEN_TOGETHER, _STREET, OKABE_ITO, class_rgb, distinct_rgbs


@pytest.mark.parametrize("names", [tuple(_STREET), *_SEEN_TOGETHER])
def test_classes_that_are_seen_together_have_colours_of_their_own(names: tuple[str, ...]) -> None:
    assert len({class_rgb(name) for name in names}) == len(names)


def test_a_class_has_one_colour_whatever_else_is_seen() -> None:
    assert class_rgb("anything") == class_rgb("anything")
    assert class_rgb("circle") == tuple(bytes.fromhex(OKABE_ITO[0][1:]))


def test_lighter_colours_are_those_of_qt() -> None:
    reference = QColor(OKABE_ITO[2]).lighter(125)
    found = {class_rgb(f"class {number}") for number in range(200)}
    near = min(
        found,
        key=lambda rgb: max(abs(a - b) for a, b in zip(rgb, reference.getRgb()[:3], strict=True)),
    )
    assert max(abs(a - b) for a, b in zip(near, reference.getRgb()[:3], strict=True)) <= 1


def test_unknown_names_use_every_hue() -> None:
    hues = {
        round(colorsys.rgb_to_hsv(*(v / 255 for v in class_rgb(f"n{i}")))[0], 1) for i in range(300)
    }
    assert len(hues) >= 5


def test_colours_of_classes_at_hand_are_all_different_and_hang_on_their_order() -> None:
    coco = ["person", "bicycle", "car", "motorcycle", "airplane", "bus", "bench", "broccoli"]
    names = coco + [f"class {number}" for number in range(300)]
    found = distinct_rgbs(names)
    assert len(set(found.values())) == len(names)
    more = distinct_rgbs([*names, "one more"], found)
    assert {name: more[name] for name in names} == found
    unknown = [f"class {number}" for number in range(7)]
    assert list(distinct_rgbs(unknown).values()) == [
        tuple(bytes.fromhex(code[1:])) for code in OKABE_ITO
    ]


def test_a_kept_colour_stays_and_a_known_class_has_its_own_where_it_is_free() -> None:
    assert distinct_rgbs(["anything", "car"])["car"] == class_rgb("car")
    found = distinct_rgbs(["anything", "car"], {"anything": class_rgb("car")})
    assert found["anything"] == class_rgb("car")
    assert found["car"] != class_rgb("car")
