"""YAML as text: every value stays what is written, and what nests without end is refused."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

DEEPEST = 50


class TextLoader(yaml.BaseLoader):  # type: ignore[misc]
    """PyYAML's loader without types, which compares each bracket with all that are open."""

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:
        """Go into brackets or braces; raises yaml.YAMLError where that is too deep."""
        if self.flow_level >= DEEPEST:
            problem = f"more than {DEEPEST} brackets within each other"
            raise yaml.scanner.ScannerError(None, None, problem, self.get_mark())
        super().fetch_flow_collection_start(TokenClass)
