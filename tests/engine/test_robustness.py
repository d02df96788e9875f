"""Files of every kind, mutilated: each is read or refused in a line, quickly and in little memory.

The long form of this is `main.py bench robustness`.
"""

import pytest

from engine.benchmarks._sound_files import Kind, kinds
from engine.benchmarks.robustness import mutilate

COUNT = 1000


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_mutilated_file_is_read_or_refused_in_a_line(kind: Kind) -> None:
    tally = mutilate(kind, COUNT // kind.cost, seed=1)
    assert tally.faults == []
