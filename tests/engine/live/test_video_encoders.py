"""Which encoder is taken."""

import pytest

from engine.api.errors import StorageError
from engine.live import video_encoders
from engine.live.video_encoders import ENCODERS, VideoEncoder, choose_encoder


def names() -> list[str]:
    return [encoder.name for encoder in ENCODERS]


def test_encoders_under_the_gpl_come_after_all_others_of_h264():
    assert names().index("libx264") > max(
        index for index, name in enumerate(names()) if "h264" in name
    )


def test_the_chosen_encoder_is_the_first_that_gives_a_packet_for_each_frame():
    chosen = choose_encoder(96, 64, 25)
    earlier = names()[: names().index(chosen.name)]
    assert not any(video_encoders._works(name, 96, 64, 25) for name in earlier)
    assert video_encoders._works(chosen.name, 96, 64, 25)


def test_an_encoder_that_is_always_there_comes_last():
    assert names()[-1] == "mpeg4"
    assert video_encoders._works("mpeg4", 96, 64, 25)


def test_no_encoder_at_all_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(video_encoders, "ENCODERS", (VideoEncoder("no_such_encoder"),))
    with pytest.raises(StorageError, match="no_such_encoder"):
        choose_encoder(94, 62, 25)
