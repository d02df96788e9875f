"""Attributes that come with the project: which pictures of a data set have them, and which not.

`assets/attributes/<name of the data set>.json`, by the numbers of the pictures. Glasses are noted
of the same people with and without them, so that the difference of the means is not who wears some.
"""

from __future__ import annotations

from pathlib import Path

from engine.api.latent_space import ReadyAttribute
from engine.api.regular_files import read_regular
from engine.core.json_text import parse_json

FOLDER = Path(__file__).parents[2] / "assets" / "attributes"


def ready_attributes(data: str, count: int, folder: Path = FOLDER) -> tuple[ReadyAttribute, ...]:
    """Return the attributes of a data set's pictures, in their order; none for other pictures.

    Args:
        data: plain name of the data set.
        count: how many pictures there are; the attributes are those of one number of them.
    """
    path = folder / f"{data}.json"
    if not data or not path.is_file():
        return ()
    found = parse_json(read_regular(path))
    if found["pictures"] != count:
        return ()
    return tuple(
        ReadyAttribute(name, tuple(sides["with"]), tuple(sides["without"]))
        for name, sides in found["attributes"].items()
    )
