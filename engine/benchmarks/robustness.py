"""Every kind of file that the program reads, mutilated: a line says what is wrong, nothing else.

Ten thousand files of each kind are changed at random in a few places, and read. A fault is any
exception that is not the program's own, five seconds for one file, two gigabytes more memory at
any moment of it, or the end of the process. Each kind has a process of its own.
"""

from __future__ import annotations

import faulthandler
import logging
import multiprocessing
import tempfile
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter

from engine.api.errors import EngineError
from engine.api.measurements import Measurement
from engine.api.wording import size_text
from engine.benchmarks._file_kinds import Kind
from engine.benchmarks._peak_memory import PeakMemory
from engine.benchmarks._sound_files import kinds, kinds_of_window

COUNT = 10_000
LONGEST_S, MOST_BYTES = 5.0, 2 << 30
_ENDED_AFTER_S = 60.0
_WORDS = (
    *(b"null", b"true", b"-1", b"0", b"1e400", b"-1e308", b"NaN", b"Infinity", b"9" * 400),
    *(b"[]", b"{}", b'""', b'"x"', b"[[1]]", b'{"a": 1}', b"!!int x", b"!!bool", b"*a", b"&a"),
    *(b"../../..", b"/dev/zero", b"\\u0000", b"\xff\xfe", b"<a/>", b"&b;", b"[" * 3000),
    *(b"/", b'"/"', b'"\\ud800"', b"\0", b"~", b'"' + b"a" * 5000 + b'"', b"@Variant(\\0"),
)


@dataclass(slots=True)
class Tally:
    """What happened to the files of one kind.

    Attributes:
        faults: the traceback of each file that was no EngineError, or what it cost.
        slowest_s: the longest that a file took.
        bytes: the most memory that the reading of a file took at any moment, beyond what the
            process had before it.
    """

    name: str
    count: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


def measure() -> list[Measurement]:
    """Mutilate and read; one row a kind."""
    return [_row(_in_a_process(kind)) for kind in (*kinds(), *kinds_of_window())]


def _row(tally: Tally) -> Measurement:
    counts = f"{tally.count:,} files, {tally.refused:,} refused in a line"
    cost = f"at most {tally.slowest_s:.2g} s and {size_text(tally.bytes)} more memory a file"
    faults = len(tally.faults)
    return Measurement(
        f"robustness: {tally.name}, {counts}, {cost}",
        *(float(faults), None, "faults", "0 tracebacks, 5 s or 2 GB", not faults),
    )


def _in_a_process(kind: Kind) -> Tally:
    """Mutilate files of a kind in a process of its own, which a file may end."""
    count = max(1, COUNT // kind.cost)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as processes:
        try:
            return processes.submit(_by_name, kind.name, count).result()
        except BrokenProcessPool:
            fault = f"the process ended, by itself or after {_ENDED_AFTER_S:.0f} s for one file"
            return Tally(kind.name, count, faults=[fault])


def _by_name(name: str, count: int) -> Tally:
    """Mutilate files of the kind of that name: what a process can be told."""
    kind = next(kind for kind in (*kinds(), *kinds_of_window()) if kind.name == name)
    return mutilate(kind, count, ends_after_s=_ENDED_AFTER_S)


def mutilate(kind: Kind, count: int, seed: int = 0, ends_after_s: float | None = None) -> Tally:
    """Read so many mutilated files of a kind.

    Args:
        ends_after_s: for one file, after which the process ends with a traceback; None for never.
    """
    random, tally, memory = Random(f"{kind.name} {seed}"), Tally(kind.name, count), PeakMemory()
    with _quiet(), tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = kind.make(folder)
        sound = file.read_bytes()
        kind.read(file)  # a sound one is read; libraries are loaded before memory is looked at
        for _ in range(count):
            file.unlink(missing_ok=True)  # a file that is overwritten waits for the disk
            file.write_bytes(_changed(sound, random, kind.is_text))
            if ends_after_s is not None:
                faulthandler.dump_traceback_later(ends_after_s, exit=True)
            _read(kind, file, tally, memory)
            faulthandler.cancel_dump_traceback_later()
    return tally


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log free of a line for each damaged journal."""
    log = logging.getLogger("engine.data.journal")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _read(kind: Kind, file: Path, tally: Tally, memory: PeakMemory) -> None:
    memory.begin()
    begin_s = perf_counter()
    try:
        kind.read(file)
    except EngineError as error:
        tally.refused += 1
        if not str(error).isprintable():
            tally.faults.append(f"more than one line: {error}")
    except Exception:  # noqa: BLE001  any other exception is what is looked for
        tally.faults.append(traceback.format_exc())
    spent_s, peak = perf_counter() - begin_s, memory.peak_bytes()
    tally.slowest_s, tally.bytes = max(tally.slowest_s, spent_s), max(tally.bytes, peak)
    if spent_s > LONGEST_S:
        tally.faults.append(f"{spent_s:.1f} s")
    if peak > MOST_BYTES:
        tally.faults.append(f"{size_text(peak)} of memory")


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
