"""MJPEG over HTTP, served on this machine."""

import threading
from contextlib import suppress

import pytest

from engine.api.errors import ConfigError, SourceError
from engine.api.live import NetworkSource
from engine.live.network_stream import open_network_stream
from tests.engine.live.parts import LIMIT_S, grey, mjpeg_server, serving, write_film


def test_pictures_of_a_stream_come_in_order_until_it_ends():
    def script(connection):
        for number in range(12):
            yield grey(20 * number, (64, 48))

    levels = []
    with mjpeg_server(script) as address:
        reader = open_network_stream(NetworkSource(address))
        assert reader.is_live
        with suppress(SourceError):  # how the end shows depends on the moment
            while reader.grab() is not None:
                levels.append(round(float(reader.retrieve().mean()) / 20))
        reader.close()
    assert levels == list(range(12))


def test_the_size_may_change_in_mid_stream():
    def script(connection):
        for number in range(20):
            yield grey(100, (64, 48) if number < 10 else (96, 80))

    sizes = []
    with mjpeg_server(script) as address:
        reader = open_network_stream(NetworkSource(address))
        while (96, 80) not in sizes:
            assert reader.grab() is not None
            height, width = reader.retrieve().shape[:2]
            sizes.append((width, height))
        reader.close()
    assert set(sizes) == {(64, 48), (96, 80)}


def test_a_stream_that_falls_silent_is_given_up_after_its_patience():
    is_over = threading.Event()

    def script(connection):
        for number in range(6):
            yield grey(20 * number, (64, 48))
        is_over.wait(LIMIT_S)

    with mjpeg_server(script) as address:
        reader = open_network_stream(NetworkSource(address, patience_s=0.2))
        for _ in range(6):
            assert reader.grab() is not None
        with pytest.raises(SourceError, match="no answer in time"):
            reader.grab()
        reader.close()
        is_over.set()


def test_nobody_at_the_address_is_told_in_one_line_without_the_password():
    with mjpeg_server(lambda connection: iter(())) as address:
        pass  # the port is free again
    secret = address.replace("http://", "http://anna:secret@")
    with pytest.raises(SourceError) as caught:
        open_network_stream(NetworkSource(secret))
    message = str(caught.value)
    assert address.partition("://")[2] in message
    assert "secret" not in message
    assert "\n" not in message


def test_what_is_no_stream_is_refused():
    with mjpeg_server(lambda connection: iter(())) as address, pytest.raises(SourceError):
        open_network_stream(NetworkSource(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "camera",
        "file:///etc/hosts",
        "concat:a|b",
        "http://",
        "ftp://host/film",
        "http://[",
        "://",
    ],
)
def test_only_addresses_of_streams_are_taken(address):
    with pytest.raises(ConfigError, match="no address of a stream"):
        NetworkSource(address)


def test_a_playlist_from_the_network_cannot_open_files_of_this_machine(tmp_path):
    film = write_film(tmp_path / "private.mp4", 5)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{film}\n#EXT-X-ENDLIST\n"
    kind = "application/vnd.apple.mpegurl"
    with serving(playlist.encode(), kind) as address, pytest.raises(SourceError):
        _first_picture(NetworkSource(address + ".m3u8"))


def test_a_film_at_an_address_is_played_like_one_on_the_disk(tmp_path):
    path = write_film(tmp_path / "numbers.mkv", 15)
    with serving(path.read_bytes(), "video/x-matroska") as address:
        reader = open_network_stream(NetworkSource(address))
        times = []
        while (time_s := reader.grab()) is not None:
            times.append(time_s)
        reader.close()
    assert not reader.is_live
    assert reader.duration_s == pytest.approx(1.5, abs=0.05)
    assert times == sorted(set(times))
    assert times[-1] == pytest.approx(1.4, abs=0.01)


def _first_picture(source):
    reader = open_network_stream(source)
    try:
        if reader.grab() is None:
            raise SourceError("no picture")
        return reader.retrieve()
    finally:
        reader.close()
