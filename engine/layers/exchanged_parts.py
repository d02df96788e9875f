"""A network that shares everything with another one but some of its parts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn

WHOLE = ""
"""Path of the network itself."""


def with_parts(network: nn.Module, parts: Mapping[str, nn.Module]) -> Any:
    """Return a network that has other parts at some paths; the one given stays as it is.

    Parameters are shared, plain attributes are its own: it may be set up otherwise while others
    run the first.

    Args:
        network: of which a copy is made, one level deep along each path.
        parts: by path, as `get_submodule` takes it.
    """
    if WHOLE in parts:
        return parts[WHOLE]
    changed = copy.copy(network)
    changed._modules = dict(network._modules)
    for name in {path.partition(".")[0] for path in parts}:
        inner = {p.partition(".")[2]: part for p, part in parts.items() if _begins(p, name)}
        changed._modules[name] = with_parts(network.get_submodule(name), inner)
    return changed


def _begins(path: str, name: str) -> bool:
    return path.partition(".")[0] == name
