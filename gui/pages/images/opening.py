"""Opens what a person asks for: a folder, pictures, samples, annotation files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.api.pictures import PICTURE_SUFFIXES, ListSamples, SampleCard
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.long_lived import MANY, settle
from gui.document.session import Session
from gui.pages.images.browser import Browser
from gui.pages.images.listing import FolderListing
from gui.pages.images.navigator import Navigator
from gui.pages.images.sample_files import sample_file
from gui.settings import Settings

ANNOTATION_SUFFIXES = frozenset({".json", ".xml", ".txt", ".yaml", ".yml"})
FIRST_LOOK_MS = 250
"""A picture is shown after this long, though the listing goes on."""
RECURSIVE = "images/recursive"


class Opener(QObject):
    """Fills the browser and the session; the navigator shows the first picture."""

    opening = Signal(object)  # Path of the folder whose pictures will be shown
    annotations_wanted = Signal(object)  # Path of an annotation file
    samples_listed = Signal(object)  # tuple[SampleCard, ...]
    emptied = Signal(str, str)  # nothing to show: title, text
    message = Signal(str)
    problem = Signal(str)

    def __init__(
        self,
        client: EngineClient,
        session: Session,
        settings: Settings,
        browser: Browser,
        navigator: Navigator,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._browser, self._navigator = browser, navigator
        self._listing = FolderListing(client, self)
        self._asking = PageRequest(client, self, "browse")
        self._asking.answered.connect(self._on_samples)
        self._folder: Path | None = None
        self._wanted: Path | None = None
        self._samples: tuple[SampleCard, ...] = ()
        self._wants_first_sample = False
        self._first_look = QTimer(self)
        self._first_look.setSingleShot(True)
        self._first_look.setInterval(FIRST_LOOK_MS)
        self._first_look.timeout.connect(self._look_at_first)
        self._listing.batch.connect(self._on_batch)
        self._listing.finished.connect(self._on_listed)
        self._listing.failed.connect(self._on_listing_failed)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open a folder or pictures, and import an annotation file; nothing opens the samples."""
        paths = [path.absolute() for path in paths]
        if not paths:
            if self._browser.current is None and not self._listing.is_running:
                self.open_samples()
            return
        annotations = [p for p in paths if p.suffix.lower() in ANNOTATION_SUFFIXES]
        pictures = [p for p in paths if p.suffix.lower() in PICTURE_SUFFIXES]
        folders = [p for p in paths if p not in annotations and p not in pictures]
        last = self._settings.text("session/current")
        wanted = Path(last) if last and paths == self._settings.session_paths else None
        if folders:
            self.open_folder(folders[0], wanted)
            if len(folders) > 1:
                self.message.emit(f"One folder at a time: {folders[0].name} is opened")
        elif pictures:
            self.open_files(pictures, wanted)
        if annotations:
            self.annotations_wanted.emit(annotations[0])

    def open_folder(self, folder: Path, wanted: Path | None = None) -> None:
        """List a folder; pictures show while the disk is still being read."""
        self._folder, self._wanted = folder, wanted
        self._session.enter(folder)
        self.opening.emit(folder)
        self._browser.begin_listing(folder.name or str(folder), str(folder))
        self._listing.start(folder, self.is_recursive)
        self._first_look.start()

    def open_files(self, files: Sequence[Path], wanted: Path | None = None) -> None:
        """Show these files, and the wanted or the first of them."""
        self._stop_listing()
        self._folder = None
        self._session.enter(files[0].parent)
        self.opening.emit(files[0].parent)
        title = files[0].name if len(files) == 1 else f"{len(files):,} chosen pictures"
        self._browser.set_title(title, "\n".join(str(file) for file in files[:20]))
        self._browser.finish_listing(files)
        self._session.set_files(files)
        self._navigator.go_to(wanted if wanted in files and wanted is not None else files[0])

    @Slot()
    def open_samples(self) -> None:
        """List the samples and show the first of them."""
        self._wants_first_sample = True
        self.list_samples()

    def list_samples(self) -> None:
        """Answer `samples_listed`."""
        if self._samples:
            self._take_samples(self._samples)
            return
        self._asking.ask(ListSamples())

    @Slot(str)
    def open_sample(self, key: str) -> None:
        """Show a sample, with all of them in the list."""
        self._show_samples_in_list()
        self._navigator.go_to(sample_file(key))

    @Slot()
    def refresh(self) -> None:
        """List the folder again."""
        if self._folder is not None:
            self.open_folder(self._folder, self._browser.current)

    @property
    def is_recursive(self) -> bool:
        """Whether folders are listed with all that lies below."""
        return self._settings.text(RECURSIVE) == "yes"

    @Slot(bool)
    def set_recursive(self, is_recursive: bool) -> None:
        """List folders with all that lies below, or without."""
        self._settings.set_text(RECURSIVE, "yes" if is_recursive else "no")
        self.refresh()

    def stop(self) -> None:
        """List no further."""
        self._stop_listing()

    def _stop_listing(self) -> None:
        self._first_look.stop()
        self._listing.stop()

    def _show_samples_in_list(self) -> None:
        self._stop_listing()
        self._folder = None
        self._session.enter(None)
        files = [sample_file(card.key) for card in self._samples]
        titles = [card.title for card in self._samples]
        self._navigator.set_titles(dict(zip(files, titles, strict=True)))
        self._browser.set_title("Samples", "Pictures that come with the program")
        self._browser.finish_listing(files, titles)
        self._session.set_files(())

    @Slot(object, object)
    def _on_samples(self, _: ListSamples, cards: tuple[SampleCard, ...]) -> None:
        self._take_samples(cards)

    def _take_samples(self, cards: tuple[SampleCard, ...]) -> None:
        self._samples = cards
        self.samples_listed.emit(cards)
        if self._wants_first_sample and cards:
            self._wants_first_sample = False
            self.open_sample(cards[0].key)

    @Slot(object)
    def _on_batch(self, paths: tuple[Path, ...]) -> None:
        count = len(self._browser.model.paths)
        self._browser.add_batch(paths)
        if count < MANY <= count + len(paths):
            settle(MANY)  # now, for the objects of the whole program are searched with them

    @Slot()
    def _look_at_first(self) -> None:
        first = self._browser.model.path(0)
        if self._browser.current is None and first is not None:
            self._navigator.go_to(first)

    @Slot(object)
    def _on_listed(self, paths: tuple[Path, ...]) -> None:
        self._first_look.stop()
        settle(len(paths))
        self._browser.finish_listing(paths)
        self._session.set_files(paths, self._folder)
        if not paths:
            self._navigator.leave()
            name = self._folder.name if self._folder else ""
            self.emptied.emit("No pictures here", f"{name} has no picture of a known format.")
        elif self._browser.current is None:
            wanted = self._wanted
            is_listed = wanted is not None and self._browser.model.number_of(wanted) >= 0
            self._navigator.go_to(wanted if is_listed and wanted is not None else paths[0])
        else:
            self._browser.show_current(self._browser.current)

    @Slot(str)
    def _on_listing_failed(self, text: str) -> None:
        self._first_look.stop()
        self._browser.stop_listing()
        self._session.set_files(tuple(self._browser.model.paths), self._folder)
        self.problem.emit(text)
        if not self._browser.model.paths:
            self._navigator.leave()
            self.emptied.emit("The folder cannot be listed", text)
