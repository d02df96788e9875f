"""Keeps unsaved shapes on the disk, so that neither a crash nor closing loses them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLockFile, QObject, QTimer, Signal, Slot

from engine.api.annotations import PictureAnnotations, ReadJournal, WriteJournal
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.session import Session
from gui.document.slices import SlicedRun
from gui.settings import Settings

CLOSING_S = 1.5
WINDOWS = 8
KEPT = "images/kept_journal"


def journal_folder() -> Path:
    """Return where the journals lie."""
    return Path(platformdirs.user_state_dir("vision-workbench"))


class Journal(QObject):
    """One file for each window that is open; locks tell those of living windows from leftovers."""

    offered = Signal(int)  # a crashed session left so many pictures: restore() or discard()
    restored = Signal(object, bool)  # tuple[Path, ...], whether the last session ended properly
    problem = Signal(str)

    def __init__(
        self, client: EngineClient, session: Session, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._client, self._session, self._settings = client, session, settings
        self._offer: dict[Path, PictureAnnotations] = {}
        self._unread: list[Path] = []
        self._merged: list[Path] = []
        self._is_dirty = self._is_on_disk = self._has_failed = False
        self._locks = _free_locks()
        # Two windows at once: each writes its own file.
        self.file = next(iter(self._locks), None)
        self._reading = PageRequest(client, self, "browse", quiet=True)
        self._reading.answered.connect(self._on_read)
        self._writing = PageRequest(client, self, "browse")
        self._writing.answered.connect(self._on_written)
        self._writing.failed.connect(self._on_failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write)
        session.undo_group.indexChanged.connect(self._on_edited)
        session.modified_changed.connect(self._on_edited)
        for lock in self._locks.values():
            self.destroyed.connect(lock.unlock)

    def look(self) -> None:
        """Look for what earlier sessions left; answers `offered` or `restored` or nothing."""
        if self.file is None:
            self.problem.emit(
                f"What is not saved would be lost in a crash: {journal_folder()} cannot be written"
                " to. Save often, or make room there."
            )
        self._unread = list(self._locks)
        for file in self._unread:
            self._reading.add(ReadJournal(file))

    @Slot()
    def restore(self) -> None:
        """Bring back what was offered, as one step to undo a picture."""
        self._take_in(is_proper=False)

    @Slot()
    def discard(self) -> None:
        """Throw away what was offered."""
        self._offer = {}
        self._is_dirty = True
        self.write()

    @Slot()
    def write(self) -> None:
        """Write now what is not saved, and what is still offered."""
        self._timer.stop()
        if self.file is None or not self._is_dirty:
            return
        self._is_dirty = False
        pictures = self._pictures()
        if not pictures and not self._is_on_disk:
            return
        lock = self._locks.get(self.file)
        if lock is not None and not lock.isLocked():  # closing was refused by another page
            lock.tryLock(0)
        self._writing.ask(WriteJournal(self.file, pictures))
        self._is_on_disk = bool(pictures)

    def close(self) -> bool:
        """Write for the last time; whether all unsaved work is on the disk.

        A second call gives up, so that a full disk cannot keep the window open.
        """
        self._timer.stop()
        if self.file is None:
            return True
        pictures = self._pictures()
        if pictures or self._is_on_disk:
            task = self._client.start(WriteJournal(self.file, pictures), "browse", quiet=True)
            if not task.wait(CLOSING_S) and not self._has_failed:
                self._has_failed = True
                self.problem.emit(
                    f"Unsaved work could not be kept in {self.file}; save it, or close again"
                    " to give it up"
                )
                return False
        # What is offered and unanswered stays an offer.
        is_kept = bool(pictures) and not self._offer
        self._settings.set_text(KEPT, str(self.file) if is_kept else "")
        self._is_dirty = False
        for lock in self._locks.values():
            lock.unlock()
        return True

    def _pictures(self) -> tuple[PictureAnnotations, ...]:
        merged = {**self._offer, **{p.file: p for p in self._session.modified()}}
        return tuple(merged.values())

    @Slot()
    def _on_edited(self) -> None:
        self._is_dirty = True
        if not self._timer.isActive():
            self._timer.start(1000 * self._settings.autosave_interval_s)

    @Slot(object, object)
    def _on_read(self, request: ReadJournal, pictures: tuple[PictureAnnotations, ...]) -> None:
        file = request.journal
        self._unread.remove(file)
        if pictures and file != self.file:
            self._merged.append(file)
        if pictures:
            self._is_on_disk = self._is_on_disk or file == self.file
            self._offer.update((picture.file, picture) for picture in pictures)
        if not self._unread:
            self._on_all_read()

    def _on_all_read(self) -> None:
        was_proper = bool(self.file) and self._settings.text(KEPT) == str(self.file)
        self._settings.set_text(KEPT, "")
        # Two windows at once: what is left of the second is not restored unasked.
        if self._offer and was_proper and not self._merged:
            self._take_in(is_proper=True)
        elif self._offer:
            self._is_dirty = bool(self._merged)
            self.write()
            self.offered.emit(len(self._offer))

    def _take_in(self, is_proper: bool) -> None:
        pictures, self._is_proper = tuple(self._offer.values()), is_proper
        steps = self._session.taking_in(pictures, "Restore unsaved work", is_saved=False)
        self._run = SlicedRun(steps, self)
        self._run.finished.connect(self._on_taken_in)

    @Slot()
    def _on_taken_in(self) -> None:
        files, self._offer = tuple(self._offer), {}
        self._session.add_classes(_labels(self._session.modified()))
        self._is_dirty = True
        self.write()
        self.restored.emit(files, self._is_proper)

    @Slot()
    def _on_written(self) -> None:
        for file in self._merged:  # now held by this window's own journal
            self._client.start(WriteJournal(file, ()), "browse", quiet=True)
        self._merged = []

    @Slot()
    def _on_failed(self) -> None:
        self._is_dirty = True
        self._timer.start()


def _free_locks() -> dict[Path, QLockFile]:
    """Take the journals that no living window has: the first free one, and leftovers."""
    folder = journal_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    locks: dict[Path, QLockFile] = {}
    for number in range(1, WINDOWS + 1):
        file = folder / f"unsaved-{number}.jsonl"
        if locks and not file.exists():
            continue
        lock = QLockFile(str(file.with_suffix(".lock")))
        lock.setStaleLockTime(0)  # only a dead process gives its lock up
        if lock.tryLock(0):
            locks[file] = lock
    return locks


def _labels(pictures: Iterable[PictureAnnotations]) -> Iterable[str]:
    return dict.fromkeys(shape.label for picture in pictures for shape in picture.shapes)
