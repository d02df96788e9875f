"""Cameras, with OpenCV's place taken by one that has cameras to give."""

from typing import ClassVar

import cv2
import numpy as np
import pytest
from cv2_enumerate_cameras.camera_info import CameraInfo

from engine.api.errors import ConfigError, SourceError
from engine.api.live import CameraSource
from engine.live import camera
from engine.live.camera import CameraReader, list_cameras

FIRST, SECOND = cv2.CAP_V4L2, cv2.CAP_GSTREAMER


class FakeCapture:
    """One of OpenCV's captures, on cameras of the test."""

    works: ClassVar[dict[tuple[int, int], list]] = {}
    tried: ClassVar[list[tuple[int, int]]] = []
    released: ClassVar[list[tuple[int, int]]] = []

    def __init__(self, index, backend):
        self.place = (backend, index)
        self.tried.append(self.place)
        self.frames = list(self.works.get(self.place, []))
        self.asked = {}
        self.current = None

    def isOpened(self):
        return self.place in self.works

    def set(self, key, value):
        self.asked[key] = value
        return True

    def grab(self):
        if not self.frames:
            return False
        self.current = self.frames.pop(0)
        return True

    def retrieve(self):
        return self.current is not None, self.current

    def release(self):
        self.released.append(self.place)


@pytest.fixture
def machine(monkeypatch):
    """Returns what sets the machine up: the cameras that each backend lists, and what opens."""
    monkeypatch.setattr(FakeCapture, "works", {})
    monkeypatch.setattr(FakeCapture, "tried", [])
    monkeypatch.setattr(FakeCapture, "released", [])
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    monkeypatch.setattr(camera, "_backends", lambda: (FIRST, SECOND))
    listed = {}
    monkeypatch.setattr(
        camera,
        "enumerate_cameras",
        lambda backend: [CameraInfo(i, n, None, None, None, backend) for i, n in listed[backend]],
    )

    def set_up(lists, works):
        listed.update({FIRST: [], SECOND: [], **lists})
        FakeCapture.works = works
        return FakeCapture

    return set_up


def test_cameras_are_listed_by_name_once(machine):
    both = [(2, "Desk"), (0, "Door")]
    machine({FIRST: both, SECOND: both}, {})
    names = cv2.videoio_registry.getBackendName(FIRST)
    assert list_cameras() == (CameraSource(0, "Door", names), CameraSource(2, "Desk", names))


def test_where_one_backend_finds_none_the_next_is_asked(machine):
    machine({SECOND: [(1, "")]}, {})
    assert [found.title for found in list_cameras()] == ["Camera 1"]


def test_no_cameras_are_no_failure(machine):
    machine({}, {})
    assert list_cameras() == ()


def test_pictures_are_rgb(machine):
    blue = np.zeros((4, 6, 3), np.uint8)
    blue[..., 0] = 255  # OpenCV's order
    grey = np.full((4, 6), 7, np.uint8)
    machine({}, {(FIRST, 0): [blue, grey]})
    reader = CameraReader(CameraSource(0))
    assert reader.is_live
    reader.grab()
    assert reader.retrieve()[0, 0].tolist() == [0, 0, 255]
    reader.grab()
    assert reader.retrieve()[0, 0].tolist() == [7, 7, 7]


def test_a_backend_that_does_not_open_makes_room_for_the_next(machine):
    fake = machine({}, {(SECOND, 1): []})
    CameraReader(CameraSource(1))
    assert fake.tried == [(FIRST, 1), (SECOND, 1)]
    assert fake.released == [(FIRST, 1)]


def test_the_backend_that_listed_a_camera_is_tried_first(machine):
    fake = machine({}, {(SECOND, 1): []})
    name = cv2.videoio_registry.getBackendName(SECOND)
    CameraReader(CameraSource(1, backend=name))
    assert fake.tried == [(SECOND, 1)]


def test_a_camera_is_found_by_name_after_its_number_changed(machine):
    fake = machine({FIRST: [(0, "Door"), (3, "Desk")]}, {(FIRST, 3): []})
    CameraReader(CameraSource(1, "Desk"))
    assert fake.tried == [(FIRST, 3)]


def test_of_two_cameras_of_one_name_the_number_decides(machine):
    fake = machine({FIRST: [(0, "Desk"), (2, "Desk")]}, {(FIRST, 0): [], (FIRST, 2): []})
    CameraReader(CameraSource(2, "Desk"))
    assert fake.tried == [(FIRST, 2)]


def test_a_camera_that_does_not_open_is_named_with_the_cure(machine):
    machine({FIRST: [(0, "Desk")]}, {})
    with pytest.raises(SourceError, match="Desk does not open; is it plugged in"):
        CameraReader(CameraSource(0, "Desk"))


@pytest.mark.parametrize("source", [CameraSource(0), CameraSource(0, "x"), CameraSource(7)])
def test_a_computer_without_cameras_is_told_so(machine, source):
    machine({}, {})
    with pytest.raises(SourceError, match="there is no camera on this computer"):
        CameraReader(source)


def test_a_camera_that_is_none_names_those_there_are(machine):
    machine({FIRST: [(0, "Door"), (2, "Desk")]}, {(FIRST, 0): []})
    for source, name in ((CameraSource(0, "x"), "x"), (CameraSource(7), "Camera 7")):
        with pytest.raises(SourceError, match=f"no camera called {name} here") as caught:
            CameraReader(source)
        assert str(caught.value).endswith("there are: 0 (Door), 2 (Desk)")


def test_no_other_camera_is_opened_in_place_of_the_one_that_is_named(machine):
    fake = machine({FIRST: [(0, "Door")]}, {(FIRST, 0): []})
    with pytest.raises(SourceError):
        CameraReader(CameraSource(0, "Desk"))
    assert fake.tried == []


def test_a_camera_that_gives_no_more_pictures_is_lost(machine):
    machine({}, {(FIRST, 0): []})
    with pytest.raises(SourceError, match="Camera 0 gives no pictures"):
        CameraReader(CameraSource(0)).grab()


def test_an_empty_picture_is_unreadable(machine):
    machine({}, {(FIRST, 0): [None, np.zeros((0, 0, 3), np.uint8)]})
    reader = CameraReader(CameraSource(0))
    for _ in range(2):
        reader.grab()
        assert reader.retrieve() is None


def test_a_size_is_asked_for_and_the_camera_is_let_go(machine):
    fake = machine({}, {(FIRST, 0): []})
    reader = CameraReader(CameraSource(0, width_px=1280, height_px=720))
    asked = reader._capture.asked
    assert asked == {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FRAME_HEIGHT: 720}
    reader.close()
    assert fake.released == [(FIRST, 0)]


def test_this_machine_can_be_asked_for_its_cameras():
    assert isinstance(list_cameras(), tuple)


@pytest.mark.parametrize("field", [{"index": -1}, {"width_px": 0}, {"height_px": 100_000}])
def test_values_out_of_range_are_refused(field):
    with pytest.raises(ConfigError, match=next(iter(field))):
        CameraSource(**field)
