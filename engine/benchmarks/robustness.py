"""Every kind of file that the program reads, mutilated: a line says what is wrong, nothing else.

Ten thousand files of each kind are changed at random in a few places, and read. A fault is any
exception that is not the program's own, five seconds, or two gigabytes more memory.
"""

from __future__ import annotations

import logging
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter

import psutil

from engine.api.errors import EngineError
from engine.api.measurements import Measurement
from engine.benchmarks._sound_files import Kind, kinds

COUNT = 10_000
LONGEST_S, MOST_BYTES = 5.0, 2 << 30
_WORDS = (
    *(b"null", b"true", b"-1", b"0", b"1e400", b"-1e308", b"NaN", b"Infinity", b"9" * 400),
    *(b"[]", b"{}", b'""', b'"x"', b"[[1]]", b'{"a": 1}', b"!!int x", b"!!bool", b"*a", b"&a"),
    *(b"../../..", b"/dev/zero", b"\\u0000", b"\xff\xfe", b"<a/>", b"&b;", b"[" * 3000),
)


@dataclass(slots=True)
class Tally:
    """What happened to the files of one kind.

    Attributes:
        faults: the traceback of each file that was no EngineError, or what it cost.
        slowest_s: the longest that a file took.
        bytes: by how much the memory grew.
    """

    name: str
    count: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


def measure() -> list[Measurement]:
    """Mutilate and read; one row a kind."""
    return [_row(mutilate(kind, max(1, COUNT // kind.cost))) for kind in kinds()]


def _row(tally: Tally) -> Measurement:
    name = f"robustness: {tally.name}, {tally.count:,} files, {tally.refused:,} refused in a line"
    faults = len(tally.faults)
    return Measurement(name, float(faults), None, "faults", "0 tracebacks, 5 s or 2 GB", not faults)


def mutilate(kind: Kind, count: int, seed: int = 0) -> Tally:
    """Read so many mutilated files of a kind."""
    random, tally, process = (
        Random(f"{kind.name} {seed}"),
        Tally(kind.name, count),
        psutil.Process(),
    )
    logging.getLogger("engine.data.journal").setLevel(logging.CRITICAL)  # a line a damaged journal
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = kind.make(folder)
        sound = file.read_bytes()
        kind.read(file)  # a sound one is read; libraries are loaded before memory is looked at
        at_first = process.memory_info().rss
        for _ in range(count):
            file.write_bytes(_changed(sound, random, kind.is_text))
            _read(kind, file, tally)
        tally.bytes = max(0, process.memory_info().rss - at_first)
        if tally.bytes > MOST_BYTES:
            tally.faults.append(f"{tally.bytes / 2**30:.1f} GiB of memory")
    return tally


def _read(kind: Kind, file: Path, tally: Tally) -> None:
    begin_s = perf_counter()
    try:
        kind.read(file)
    except EngineError as error:
        tally.refused += 1
        if "\n" in str(error):
            tally.faults.append(f"more than one line: {error}")
    except Exception:  # noqa: BLE001  any other exception is what is looked for
        tally.faults.append(traceback.format_exc())
    spent_s = perf_counter() - begin_s
    tally.slowest_s = max(tally.slowest_s, spent_s)
    if spent_s > LONGEST_S:
        tally.faults.append(f"{spent_s:.1f} s")


def _changed(sound: bytes, random: Random, is_text: bool) -> bytes:
    """Flip, cut, repeat or replace a few places; of texts also whole values by other ones."""
    data = bytearray(sound)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(data) + 1)
        end = min(len(data), place + random.choice((0, 1, 1, 4, 16)))
        choice = random.random()
        if is_text and choice < 0.6:
            place, end = _value_at(data, place)
            data[place:end] = random.choice(_WORDS)
        elif choice < 0.7:
            data[place:end] = random.randbytes(end - place or 1)
        elif choice < 0.8:
            data[place:end] = b""
        elif choice < 0.9:
            data[place:place] = data[place:end] * 3
        else:
            del data[place:]
    return bytes(data)


def _value_at(data: bytearray, place: int) -> tuple[int, int]:
    """Return where the value about a place begins and ends, by the signs that part values."""
    signs = b" ,:;[]{}<>\n\t"
    start = max(data.rfind(bytes([sign]), 0, place) for sign in signs) + 1
    ends = [found for sign in signs if (found := data.find(bytes([sign]), start)) >= 0]
    return start, min(ends, default=len(data))
