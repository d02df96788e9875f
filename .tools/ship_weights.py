"""Puts the best weights of a run among those that ship with the project.

Usage: python .tools/ship_weights.py RUN NAME [--half]
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.api.errors import EngineError
from engine.api.tasks import TaskContext
from engine.training.shipping import ship_weights


def main() -> int:
    """Return 0 when the weights are there."""
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", metavar="RUN", type=Path, help="folder of the finished run")
    parser.add_argument("name", metavar="NAME", help="of the weights, such as unet-camvid")
    parser.add_argument(
        "--half", action="store_true", help="in half precision; scored again on the run's data"
    )
    options = parser.parse_args()
    try:
        weights = ship_weights(
            options.run, options.name, options.half, TaskContext(lambda progress: None)
        )
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{weights}: {weights.stat().st_size / 2**20:.2f} MiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
