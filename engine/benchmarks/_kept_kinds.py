"""What the program writes itself and reads again, codes, and films."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.benchmarks._file_kinds import SIDE_PX, Kind, context, pixels


def kinds() -> tuple[Kind, ...]:
    """Return every kind."""
    return (
        Kind("journal", _journal, _read_journal, is_text=True),
        Kind("detection log", _log, _read_log, is_text=True),
        Kind("remembered runtimes", _runtimes, _recall_runtimes, is_text=True),
        Kind("codes, npz", _codes, _read_codes),
        Kind("codes, npy", _plain_codes, _read_codes),
        Kind("codes, JSON", _codes_as_text, _read_codes, is_text=True),
        Kind("film", _film, _read_film),
    )


def _runtimes(folder: Path) -> Path:
    from engine.api.runtimes import RuntimeCard, RuntimeTrial
    from engine.inference.runtimes.remembered import Remembered, remember

    card = RuntimeCard("eager", "torch", "as it is")
    trials = (RuntimeTrial(card, 1.5, 0.0), RuntimeTrial(card, None, float("inf"), "differs"))
    file = folder / "choice.json"
    remember(file, Remembered("eager", trials))
    return file


def _recall_runtimes(file: Path) -> object:
    from engine.inference.runtimes.remembered import recall

    return recall(file)


def _plain_codes(folder: Path) -> Path:
    file = folder / "a.npy"
    np.save(file, np.arange(8, dtype=np.float64).reshape(4, 2))
    return file


def _journal(folder: Path) -> Path:
    from engine.api.annotations import PictureAnnotations, Shape
    from engine.data.journal import write_journal

    shapes = (
        Shape("cat", ((1.0, 2.0), (8.0, 9.0))),
        Shape("dog", ((1, 1), (9, 1), (5, 7)), "polygon"),
    )
    file = folder / "journal"
    write_journal(file, [PictureAnnotations(folder / "a.png", SIDE_PX, SIDE_PX, shapes)])
    return file


def _read_journal(file: Path) -> object:
    from engine.data.journal import read_journal

    return read_journal(file, context())


def _log(folder: Path) -> Path:
    row = {"box": [1.0, 2.0, 8.0, 9.0], "score": 0.5, "label": "cat", "id": 3}
    frame = {"frame": 0, "time_s": 0.5, "width": 24, "height": 24, "detections": [row]}
    file = folder / "a.jsonl"
    file.write_text(3 * (json.dumps(frame) + "\n"))
    return file


def _read_log(file: Path) -> object:
    from engine.live.detection_log import read_log

    return list(read_log(file))


def _codes(folder: Path) -> Path:
    file = folder / "a.npz"
    latents = np.arange(8, dtype=np.float32).reshape(4, 2)
    np.savez_compressed(file, latents=latents, class_indices=np.arange(4))
    return file


def _codes_as_text(folder: Path) -> Path:
    file = folder / "a.json"
    file.write_text(json.dumps({"images": [{"latent": [0.5, 1.0]}, {"latent": [2.0, -1.0]}]}))
    return file


def _read_codes(file: Path) -> object:
    from engine.data.code_files import read_codes

    return read_codes(file)


def _film(folder: Path) -> Path:
    import av

    file = folder / "a.mp4"
    with av.open(str(file), "w") as film:
        stream: Any = film.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 2 * SIDE_PX
        stream.pix_fmt = "yuv420p"
        for shift in range(6):
            frame = np.roll(np.kron(pixels(), np.ones((2, 2, 1), np.uint8)), shift, axis=1)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode())
    return file


def _read_film(file: Path) -> object:
    from engine.live.video_file import open_video_file

    reader = open_video_file(file)
    try:
        frames = 0
        while frames < 8 and reader.grab() is not None:
            frames += reader.retrieve() is not None
        return frames
    finally:
        reader.close()
