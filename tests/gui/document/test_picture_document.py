"""Edits, undo, redo and selection of one document."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.api.annotations import Shape
from gui.document.picture_document import PictureDocument

A, B, C = Shape.box("a", 0, 0, 10, 10), Shape.box("b", 5, 5, 20, 20), Shape.box("c", 1, 2, 3, 4)
coordinates = st.integers(0, 50).map(float)
shapes = st.builds(
    Shape.box, st.sampled_from("abc"), coordinates, coordinates, coordinates, coordinates
)
choices = st.sets(st.integers(0, 30))


class AnyEdits(RuleBasedStateMachine):
    """The document beside a plain list of states: undo and redo walk along it."""

    @initialize(start=st.lists(shapes, max_size=4))
    def open(self, start):
        self.document = PictureDocument(None, start)
        self.states = [(self.document.shapes, self.document.selection)]
        self.place = 0

    def _chosen(self, indices):
        return sorted({i % len(self.document.shapes) for i in indices})

    def _record(self, merges=False):
        state = (self.document.shapes, self.document.selection)
        stack = self.document.undo_stack
        if stack.index() == self.place and not merges:
            return  # nothing was changed
        self.states[stack.index() :] = [state]
        self.place = stack.index()

    def _remember_selection(self):
        self.states[self.place] = (self.states[self.place][0], self.document.selection)

    @rule(new=st.lists(shapes, min_size=1, max_size=3))
    def add(self, new):
        before = self.document.shapes
        self.document.add(new)
        assert self.document.shapes == (*before, *new)
        assert self.document.selection == set(range(len(before), len(before) + len(new)))
        self._record()

    @precondition(lambda self: self.document.shapes)
    @rule(indices=choices, new=shapes)
    def change(self, indices, new):
        self.document.change(dict.fromkeys(self._chosen(indices), new))
        self._record()

    @precondition(lambda self: self.document.shapes)
    @rule(indices=choices)
    def remove(self, indices):
        chosen = self._chosen(indices)
        expected = tuple(s for i, s in enumerate(self.document.shapes) if i not in chosen)
        kept = [self.document.shapes[i] for i in sorted(self.document.selection - set(chosen))]
        self.document.remove(chosen)
        assert self.document.shapes == expected
        if chosen:
            assert [expected[i] for i in sorted(self.document.selection)] == kept
        self._record()

    @precondition(lambda self: self.document.shapes)
    @rule(indices=choices)
    def bring_to_front(self, indices):
        chosen = self._chosen(indices)
        before = self.document.shapes
        rest = [s for i, s in enumerate(before) if i not in chosen]
        selected = [before[i] for i in sorted(self.document.selection)]
        self.document.bring_to_front(chosen)
        assert self.document.shapes == (*rest, *(before[i] for i in chosen))
        after = [self.document.shapes[i] for i in self.document.selection]
        assert sorted(after, key=repr) == sorted(selected, key=repr)
        self._record()

    @rule(new=st.lists(shapes, max_size=4))
    def replace_all(self, new):
        self.document.replace_all(new, "Load")
        assert self.document.shapes == tuple(new)
        self._record()

    @precondition(lambda self: self.document.shapes)
    @rule(indices=choices, dx=st.integers(-3, 3), dy=st.integers(-3, 3))
    def move(self, indices, dx, dy):
        self.document.move(self._chosen(indices), dx, dy)
        self._record()

    @precondition(lambda self: self.document.shapes)
    @rule(indices=choices, dx=st.integers(1, 3))
    def nudge(self, indices, dx):
        chosen = self._chosen(indices)
        self.document.nudge(chosen, dx, 0)
        self._record(merges=bool(chosen))

    @rule(indices=choices)
    def select(self, indices):
        self.document.select(indices)
        self._remember_selection()

    @rule()
    def undo(self):
        self.document.undo_stack.undo()
        self.place = max(0, self.place - 1)

    @rule()
    def redo(self):
        self.document.undo_stack.redo()
        self.place = min(len(self.states) - 1, self.place + 1)

    @invariant()
    def shapes_are_those_of_the_present_state(self):
        if hasattr(self, "document"):
            assert self.document.undo_stack.index() == self.place
            assert self.document.shapes == self.states[self.place][0]
            assert all(i < len(self.document.shapes) for i in self.document.selection)

    def teardown(self):
        if not hasattr(self, "document"):
            return
        stack = self.document.undo_stack
        while stack.canRedo():
            stack.redo()
        end = self.document.shapes
        while stack.canUndo():
            stack.undo()
        assert self.document.shapes == self.states[0][0]
        while stack.canRedo():
            stack.redo()
        assert self.document.shapes == end


TestAnyEdits = AnyEdits.TestCase
TestAnyEdits.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.fixture
def document(qapp):
    return PictureDocument(None, [A, B, C])


def test_indices_always_fit_the_shapes_whenever_a_listener_looks(document):
    def look():
        assert all(index < len(document.shapes) for index in document.selection)

    document.shapes_changed.connect(look)
    document.selection_changed.connect(look)
    document.select([2])
    document.remove([1, 2])
    document.undo_stack.undo()
    document.replace_all([A], "Load")
    document.undo_stack.undo()
    assert document.selection == {2}


def test_undo_selects_what_was_selected_and_redo_what_was_made(document):
    document.select([0])
    document.add([Shape.box("d", 0, 0, 1, 1)])
    assert document.selection == {3}
    document.undo_stack.undo()
    assert document.selection == {0}
    document.undo_stack.redo()
    assert document.selection == {3}


def test_nudges_run_together_until_a_save(document):
    document.nudge([0], 1, 0)
    document.nudge([0], 1, 0)
    assert document.undo_stack.count() == 1
    document.mark_saved()
    document.nudge([0], 1, 0)
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert not document.is_modified
    assert document.shapes[0].box_xyxy == (2, 0, 12, 10)


def test_an_undo_or_another_edit_ends_a_run_of_nudges(document):
    document.nudge([0], 1, 0)
    document.undo_stack.undo()
    document.undo_stack.redo()
    document.nudge([0], 1, 0)
    document.change({1: C})
    document.nudge([0], 1, 0)
    assert document.undo_stack.count() == 4


def test_nudges_of_different_shapes_undo_together_within_a_run(document):
    document.nudge([0], 1, 0)
    document.nudge([1], 0, 1)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.shapes == (A, B, C)


def test_a_run_of_scores_undoes_as_one_and_never_with_a_move(document):
    document.select([0])
    document.nudge([0], 1, 0)
    document.set_score([0], 0.95)
    document.set_score([0], 0.9)
    assert document.shapes[0].score == 0.9
    document.undo_stack.undo()
    assert document.shapes[0].score is None
    assert document.shapes[0].box_xyxy == (1, 0, 11, 10)


def test_an_edit_that_changes_nothing_is_no_step(document):
    document.change({0: A})
    document.move([1], 0, 0)
    document.nudge([1], 0, 0)
    document.remove([])
    document.add([])
    document.replace_all([A, B, C], "Load")
    document.bring_to_front([2])
    assert document.undo_stack.count() == 0


def test_ten_thousand_shapes_come_back_after_deleting_all(qapp):
    many = [Shape.box("a", i, i, i + 1, i + 1) for i in range(10_000)]
    document = PictureDocument(None, many)
    document.remove(range(10_000))
    assert document.shapes == ()
    document.undo_stack.undo()
    assert document.shapes == tuple(many)


def test_forgotten_documents_in_a_ring_of_references_are_collected_safely():
    # With commands made in Python, the collector crashed in most of a hundred such rounds.
    for count in range(100):
        document = PictureDocument(None)
        document.ring = document
        for side in range(count % 20):
            document.add([Shape.box("a", 0, 0, side + 1, 5)])
        del document
        if count % 3 == 0:
            gc.collect()
    gc.collect()
