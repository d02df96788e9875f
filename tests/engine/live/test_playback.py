"""Playing a film by a clock that flies: the whole day of a player in no time."""

import itertools

import pytest

from engine.api.errors import ConfigError
from engine.live.playback import FilmPlayer, Playback, Stage
from tests.engine.live.parts import FlyingClock, NumberedFilm


class Theatre:
    """A player, its controls, and what it showed when."""

    def __init__(self, count=10, pacing="time", showing_s=0.0):
        self.clock = FlyingClock()
        self.film = NumberedFilm(count)
        self.playback = Playback(self.clock, pacing)
        self.shown: list[tuple[int, float]] = []
        self.skipped = self.ends = self.waits_for_room = 0
        self.showing_s = showing_s
        self.at: dict[int, object] = {}  # after so many pictures: a call
        self.begin_s = self.clock.now_s()
        self.time_of = lambda number: number / 10

    def play(self, *when_idle):
        """Play; each time nothing is left to do the next of the calls is made, at last a stop."""
        self.clock.when_idle.extend([*when_idle, self.playback.stop])
        stage = Stage(
            show=self._show,
            skip=self._skip,
            changed=lambda: None,
            ended=self._end,
            is_over=lambda: False,
            wait_free=self._wait_free,
            waits=lambda is_waiting: None,
        )
        FilmPlayer(self.film, self.playback, self.clock, stage).run()
        return self

    @property
    def numbers(self):
        return [number for number, _ in self.shown]

    @property
    def moments(self):
        return [round(moment - self.begin_s, 6) for _, moment in self.shown]

    def _show(self, pixels, time_s):
        number = int(pixels[0, 0, 0])
        assert time_s == pytest.approx(self.time_of(number))
        self.shown.append((number, self.clock.now_s()))
        self.clock.time_s += self.showing_s
        if len(self.shown) in self.at:
            self.at[len(self.shown)]()

    def _skip(self):
        self.skipped += 1

    def _end(self):
        self.ends += 1

    def _wait_free(self):
        self.waits_for_room += 1
        return True


def test_each_picture_is_shown_at_its_time():
    theatre = Theatre().play()
    assert theatre.numbers == list(range(10))
    assert theatre.moments == pytest.approx([n / 10 for n in range(10)])
    assert theatre.ends == 1


@pytest.mark.parametrize("speed", [0.5, 2.0, 4.0])
def test_speed_stretches_the_times(speed):
    theatre = Theatre()
    theatre.playback.set_speed(speed)
    theatre.play()
    assert theatre.numbers == list(range(10))
    assert theatre.moments == pytest.approx([n / 10 / speed for n in range(10)])


def test_speed_changes_in_the_middle_from_the_place_reached():
    theatre = Theatre()
    theatre.at[6] = lambda: theatre.playback.set_speed(0.5)
    theatre.play()
    assert theatre.moments == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.1, 1.3])


@pytest.mark.parametrize("speed", [0.0, -1.0, 17.0, float("nan")])
def test_speeds_out_of_range_are_refused(speed):
    with pytest.raises(ConfigError, match="speed"):
        Theatre().playback.set_speed(speed)


def test_late_pictures_are_left_out_and_the_film_stays_true_to_time():
    theatre = Theatre(count=100, showing_s=0.24).play()
    numbers, moments = theatre.numbers, theatre.moments
    assert numbers == sorted(set(numbers))
    assert len(numbers) + theatre.skipped == 100
    assert 30 <= len(numbers) <= 60
    lateness = [moment - number / 10 for number, moment in zip(numbers, moments, strict=True)]
    assert max(lateness) <= 0.24 + 0.1 + 1e-6  # one picture, and the wait for the next
    assert moments[-1] == pytest.approx(9.9, abs=0.3)


def test_a_late_picture_that_stays_for_long_is_not_left_out():
    theatre = Theatre(count=10)
    times = [0.0, 0.1, 0.2, 0.3, 5.0, 5.1, 5.2, 9.0, 9.1, 9.2]
    film = theatre.film
    grab, seek = film.grab, film.seek
    film.grab = lambda: None if grab() is None else times[film._next - 1]
    film.seek = lambda time_s: seek(max(n for n, t in enumerate(times) if t <= time_s) / 10)
    theatre.time_of = times.__getitem__
    theatre.at[2] = lambda: setattr(theatre.clock, "time_s", theatre.clock.time_s + 0.24)
    theatre.play()
    assert theatre.numbers == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert theatre.moments[:3] == pytest.approx([0, 0.1, 0.34])
    assert theatre.moments[3:] == pytest.approx(times[4:])
    assert theatre.skipped == 1


def test_the_last_picture_is_shown_however_late():
    theatre = Theatre(count=10, showing_s=0.24)
    theatre.play()
    assert theatre.numbers[-1] == 9


def test_after_a_long_standstill_the_film_goes_on_where_it_was():
    theatre = Theatre(count=20)

    def sleep_of_the_machine():
        theatre.clock.time_s += 3600

    theatre.at[5] = sleep_of_the_machine
    theatre.play()
    assert theatre.numbers == list(range(20))
    assert theatre.skipped == 0
    assert theatre.moments[-1] == pytest.approx(3600 + 1.9, abs=0.11)


def test_something_is_seen_even_where_every_picture_is_late():
    theatre = Theatre(count=100)
    grab = theatre.film.grab

    def slow_grab():
        theatre.clock.time_s += 0.12  # for pictures of a tenth of a second
        return grab()

    theatre.film.grab = slow_grab
    theatre.play()
    assert 25 <= len(theatre.numbers) < 100
    gaps = [after - before for before, after in itertools.pairwise(theatre.moments)]
    assert max(gaps) <= 0.5


def test_every_picture_is_shown_once_as_soon_as_there_is_room_where_time_does_not_count():
    theatre = Theatre(pacing="every-frame", showing_s=0.5)
    theatre.play()
    assert theatre.numbers == list(range(10))
    assert theatre.skipped == 0
    assert theatre.waits_for_room == 10
    assert theatre.moments == pytest.approx([n / 2 for n in range(10)])


def test_a_loop_keeps_the_beat_at_its_seam():
    theatre = Theatre(count=3)
    theatre.playback.set_looped(True)
    theatre.at[8] = lambda: theatre.playback.set_looped(False)
    theatre.play()
    assert theatre.numbers == [0, 1, 2] * 3
    assert theatre.moments == pytest.approx([n / 10 for n in range(9)])
    assert theatre.ends == 1


def test_a_film_at_its_end_begins_anew_when_a_loop_is_asked_for():
    theatre = Theatre(count=3)
    theatre.at[5] = lambda: theatre.playback.set_looped(False)
    theatre.play(lambda: theatre.playback.set_looped(True))
    assert theatre.numbers == [0, 1, 2] * 2
    assert theatre.ends == 2


def test_play_at_the_end_begins_anew():
    theatre = Theatre(count=3)
    theatre.play(theatre.playback.play)
    assert theatre.numbers == [0, 1, 2, 0, 1, 2]


def test_a_pause_stands_still_and_play_goes_on_with_the_next():
    theatre = Theatre(count=6)
    theatre.at[3] = theatre.playback.pause

    def later():
        theatre.clock.time_s += 100
        theatre.playback.play()

    theatre.play(later)
    assert theatre.numbers == list(range(6))
    assert theatre.moments[:3] == pytest.approx([0, 0.1, 0.2])
    assert theatre.moments[3] == pytest.approx(100.2, abs=0.11)
    assert theatre.moments[5] - theatre.moments[3] == pytest.approx(0.2)


def test_a_film_that_is_paused_from_the_start_shows_its_first_picture():
    theatre = Theatre()
    theatre.playback.pause()
    assert theatre.play().numbers == [0]


def test_seeking_shows_the_picture_of_that_time_paused_or_not():
    theatre = Theatre()
    theatre.at[2] = theatre.playback.pause
    theatre.play(
        lambda: theatre.playback.seek(0.75),
        lambda: theatre.playback.seek(0.31),
        theatre.playback.play,
    )
    assert theatre.numbers == [0, 1, 7, 3, 4, 5, 6, 7, 8, 9]


def test_of_several_seeks_the_latest_wins():
    theatre = Theatre()
    theatre.playback.pause()

    def drag():
        for time_s in (0.1, 0.5, 0.9):
            theatre.playback.seek(time_s)

    assert theatre.play(drag).numbers == [0, 9]


def test_after_a_seek_the_film_plays_true_to_time_from_there():
    theatre = Theatre()
    theatre.at[2] = lambda: theatre.playback.seek(0.6)
    theatre.play()
    assert theatre.numbers == [0, 1, 6, 7, 8, 9]
    assert theatre.moments == pytest.approx([0, 0.1, 0.1, 0.2, 0.3, 0.4])


def test_seeking_back_from_the_end_plays_again():
    theatre = Theatre(count=4)
    theatre.play(lambda: theatre.playback.seek(0.2))
    assert theatre.numbers == [0, 1, 2, 3, 2, 3]
    assert theatre.ends == 2


def test_steps_go_forwards_and_backwards_and_pause():
    theatre = Theatre()
    theatre.at[4] = lambda: theatre.playback.step(1)
    step = theatre.playback.step
    theatre.play(
        lambda: step(1), lambda: step(-1), lambda: step(-2), lambda: step(3), lambda: step(-100)
    )
    assert theatre.numbers == [0, 1, 2, 3, 4, 5, 4, 2, 5, 0]
    assert theatre.playback.is_paused


def test_a_step_back_from_the_end_shows_the_picture_before_the_last():
    theatre = Theatre(count=5)
    theatre.play(lambda: theatre.playback.step(-1), lambda: theatre.playback.step(1))
    assert theatre.numbers == [0, 1, 2, 3, 4, 3, 4]


def test_a_step_beyond_the_end_changes_nothing():
    theatre = Theatre(count=3)
    theatre.play(lambda: theatre.playback.step(5))
    assert theatre.numbers == [0, 1, 2]
