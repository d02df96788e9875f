"""The order of steps, and when there is one."""

import json
from types import MappingProxyType

import numpy as np

from engine.api.traces import Step, TileArrow, Tiles
from engine.traces.marks import curve, text, tiles
from engine.traces.steps import Topic, explain, step


class Opening(Topic):
    stages = ("a", "b", "c")
    is_long = True

    @step
    def first(self) -> Step:
        return Step("first", "")

    @step(each="stages")
    def size(self, stage: str) -> Step:
        return Step(f"size of {stage}", "")

    @step(each="stages", when=lambda _, stage: stage != "c")
    def maps(self, stage: str) -> Step:
        return Step(f"maps of {stage}", "")

    def no_step(self) -> None:
        raise AssertionError("asked for a step that is none")

    @step(when=lambda self: self.is_long)
    def last(self) -> Step:
        return Step("last", "")


class Longer(Opening):
    @step
    def beyond(self) -> Step:
        return Step("beyond", "")

    @step
    def first(self) -> Step:
        return Step("first, anew", "")


def test_single_tiles_make_a_row_and_lists_are_rows_of_their_own() -> None:
    one, two, three, four, five = (text(name) for name in "abcde")
    curves = [curve([0, 1], [0, 1], name) for name in "fg"]
    made = explain("title", "text", curves[0], one, two, [three], [four, five], curves[1])
    assert made.marks[::2] == (curves[0], curves[1])
    assert isinstance(made.marks[1], Tiles)
    assert made.marks[1].rows == ((one, two), (three,), (four, five))


def test_arrows_lead_between_the_tiles_of_a_step() -> None:
    arrow = TileArrow("a", "b")
    made = explain("title", "text", text("a"), text("b"), arrows=[arrow])
    assert [each.arrows for each in made.marks if isinstance(each, Tiles)] == [(arrow,)]


def test_tiles_that_are_laid_out_already_stay_as_they_are() -> None:
    laid_out = tiles([text("a")], [text("b")])
    made = explain("title", "text", laid_out, formula="x")
    assert (made.marks, made.formula) == ((laid_out,), "x")


def titles(topic: Topic) -> list[str]:
    return [each.title for each in topic.trace("any")]


def test_steps_come_in_the_order_in_which_they_are_read() -> None:
    assert titles(Opening()) == [
        "first",
        *("size of a", "maps of a", "size of b", "maps of b", "size of c"),
        "last",
    ]


def test_a_step_is_left_out_where_it_does_not_apply() -> None:
    source = Opening()
    source.is_long = False
    source.stages = ()
    assert titles(source) == ["first"]


def test_steps_of_the_base_come_first_and_keep_their_place_when_written_anew() -> None:
    found = titles(Longer())
    assert found[0] == "first, anew"
    assert found[-2:] == ["last", "beyond"]


def test_a_step_of_the_base_can_come_after_all_others() -> None:
    class Closed(Topic):
        @step(at_end=True)
        def closing(self) -> Step:
            return Step("closing", "")

    class Own(Closed):
        @step
        def own(self) -> Step:
            return Step("own", "")

    assert titles(Own()) == ["own", "closing"]


def test_a_step_is_written_when_it_is_looked_at() -> None:
    class Counting(Topic):
        asked = 0
        numbers = range(1000)
        result = MappingProxyType({"answer": np.int64(1), "places": (np.arange(2), "b")})

        @step(each="numbers")
        def one(self, number: int) -> Step:
            self.asked += 1
            return Step(str(number), "")

    source = Counting()
    trace = source.trace("any")
    assert (len(trace), source.asked) == (1000, 0)
    assert (trace[700].title, source.asked) == ("700", 1)
    assert json.dumps(trace.result) == '{"answer": 1, "places": [[0, 1], "b"]}'
