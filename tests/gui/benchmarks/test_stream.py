"""The stream that the benchmark of live pictures is measured on."""

from __future__ import annotations

from pathlib import Path

from engine.api.live import NetworkSource
from engine.live.sources import plan_of
from gui.benchmarks._stream import pictures_of, serve
from tests.engine.live.parts import number_of, write_film


def test_the_pictures_of_a_film_are_sent_in_order_and_again(tmp_path: Path) -> None:
    pictures = pictures_of(write_film(tmp_path / "film.mp4", 3))
    assert [picture[:2] for picture in pictures] == [b"\xff\xd8"] * 3  # as JPEG files begin
    with serve(pictures) as stream:
        reader = plan_of(NetworkSource(stream.address)).open()
        seen = []
        while len(seen) < 7 and reader.grab() is not None:
            pixels = reader.retrieve()
            assert pixels is not None
            seen.append(number_of(pixels))
        reader.close()
    assert seen == [0, 1, 2, 0, 1, 2, 0]
