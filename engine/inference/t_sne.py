"""t-SNE of codes, in a process of its own.

van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html

Scikit-learn's cannot be interrupted, and beside another computation its threads wait for each
other: with two it was seen to take thirty times as long as with one. A process can be ended at any
moment, and has a number of threads of its own.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from engine.api.errors import ConfigError
from engine.api.latent import Floats
from engine.api.tasks import TaskContext

_PERPLEXITY = 30.0
_FEWEST = 10
_POLL_S = 0.05
_PROJECT = Path(__file__).parents[2]


def t_sne(latents: Floats, seed: int, context: TaskContext) -> Floats:
    """Return a place on a plane for each code (N, Z), (N, 2).

    Raises:
        ConfigError: fewer than 10 codes.
        TaskCancelled: cancelled; nothing goes on computing.
    """
    if len(latents) < _FEWEST:
        raise ConfigError(f"{len(latents)} codes: t-SNE needs {_FEWEST} or more")
    context.report(None, f"t-SNE of {len(latents)} codes")
    command = [sys.executable, "-m", __name__, str(seed)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=_PROJECT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    ) as process:
        try:
            answer, complaint = _conversation(process, _packed(latents), context)
        finally:
            process.kill()  # does nothing to one that has ended
    if process.returncode:
        raise RuntimeError(f"t-SNE ended with {process.returncode}: {complaint.decode()}")
    return np.asarray(np.load(io.BytesIO(answer), allow_pickle=False), np.float32)


def _conversation(
    process: subprocess.Popen[bytes], question: bytes, context: TaskContext
) -> tuple[bytes, bytes]:
    asked: bytes | None = question
    while True:
        context.raise_if_cancelled()
        try:
            return process.communicate(asked, timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            asked = None  # waited for again, it goes on where it was


def _packed(values: Floats) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=False)
    return stream.getvalue()


def _main() -> None:
    from sklearn.manifold import TSNE

    latents = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    perplexity = min(_PERPLEXITY, (len(latents) - 1) / 3)
    seed = int(sys.argv[1])
    found = TSNE(perplexity=perplexity, random_state=seed, init="pca").fit_transform(latents)
    sys.stdout.buffer.write(_packed(found))


if __name__ == "__main__":
    _main()
