"""Measures weights that ship with the project anew and writes what they reach into their cards.

Usage: python .tools/score_again.py DATA NAME...
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.api.errors import EngineError
from engine.api.tasks import TaskContext
from engine.core.shipped_weights import FOLDER
from engine.training.shipping import score_again


def main() -> int:
    """Return 0 when all cards are written."""
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", metavar="DATA", help="a data set by name, or its folder")
    parser.add_argument("names", metavar="NAME", nargs="+", help="of weights, as vae-mnist-2d")
    options = parser.parse_args()
    for name in options.names:
        try:
            score_again(
                FOLDER / f"{name}.safetensors", options.data, TaskContext(lambda progress: None)
            )
        except EngineError as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        sys.stdout.write(f"{name}: scored\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
