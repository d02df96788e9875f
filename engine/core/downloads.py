"""Fetching a file over https: resumable, cancellable, verified, and whole or not there at all."""

from __future__ import annotations

import hashlib
import http.client
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.api.errors import DownloadError, StorageError
from engine.api.regular_files import open_regular
from engine.api.tasks import TaskContext
from engine.api.wording import size_text

TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18
_MOST_BYTES = 1 << 40
SPARE_BYTES = 50_000_000
"""Disk space left free after a download."""

Opener = Callable[[urllib.request.Request, float], Any]


class _HttpsOnlyRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never out of https."""

    def redirect_request(self, *arguments: Any) -> urllib.request.Request | None:
        request = super().redirect_request(*arguments)
        if request is not None:
            _require_https(request.full_url)
        return request


def open_https(request: urllib.request.Request, timeout_s: float) -> Any:
    """Open an https address; anything else is refused, also after a redirection."""
    _require_https(request.full_url)
    return urllib.request.build_opener(_HttpsOnlyRedirects).open(request, timeout=timeout_s)


def _require_https(url: str) -> None:
    if urllib.parse.urlsplit(url).scheme != "https":
        raise DownloadError(f"{url}: refused, only https addresses are downloaded")


def download(
    url: str,
    target: Path,
    expected_bytes: int,
    sha256_prefix: str,
    context: TaskContext,
    open_url: Opener = open_https,
) -> Path:
    """Fetch a file, unless it is there with the right checksum; returns `target`.

    What has arrived is kept beside it as `NAME.part` when the network fails or the person
    cancels, and the next call goes on from there.

    Args:
        expected_bytes: size where the server does not say; 0 where unknown.
        sha256_prefix: leading hexadecimal digits; empty to check the size alone.

    Raises:
        DownloadError: unreachable, refused, cut short, or another checksum.
        StorageError: the disk is full or not writable.
        TaskCancelled: between two chunks.
    """
    if target.is_file() and _is_intact(target, sha256_prefix, context):
        return target
    part = target.with_name(target.name + ".part")
    with _storing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _fetch(url, part, expected_bytes, context, open_url)
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(_network_text(url, target, part, error)) from error
    with _storing(part):
        if not _is_intact(part, sha256_prefix, context):
            part.unlink()
            raise DownloadError(
                f"{target.name}: the checksum differs from the published {sha256_prefix}…; "
                "what arrived was deleted, download it again"
            )
        part.replace(target)
    return target


@contextmanager
def _storing(part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{part}: cannot be written ({reason}); free some space") from error


def _network_text(url: str, target: Path, part: Path, error: Exception) -> str:
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    if isinstance(reason, OSError):
        reason = reason.strerror or str(reason)  # without its number, which says nothing
    if isinstance(error, urllib.error.HTTPError):
        reason = f"status {error.code} {error.reason}"
    if isinstance(error, http.client.IncompleteRead):
        reason = f"cut short, {error.expected} bytes are missing"
    kept = part.stat().st_size if part.is_file() else 0
    resume = f"{size_text(kept)} are kept and the next try goes on from there" if kept else "retry"
    host = urllib.parse.urlsplit(url).netloc
    by_hand = f"fetch {url} by hand and put it at {target}"
    return f"{host}: the download failed ({reason}); check the network and {resume}, or {by_hand}"


def _fetch(
    url: str, part: Path, expected_bytes: int, context: TaskContext, open_url: Opener
) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "vision-workbench"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = open_url(request, TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            error.close()
            _after_refused_range(error, url, part, expected_bytes, context, open_url)
            return
        raise
    with response:
        if response.status != http.client.PARTIAL_CONTENT:
            have = 0  # the server starts over
        announced = _announced_total(response, have)
        total = announced or expected_bytes
        _require_space(part, max(0, total - have))
        received = _copy(response, part, have, total, context)
    if announced and received < announced:
        raise http.client.IncompleteRead(b"", announced - received)


def _after_refused_range(
    refusal: urllib.error.HTTPError,
    url: str,
    part: Path,
    expected_bytes: int,
    context: TaskContext,
    open_url: Opener,
) -> None:
    """Nothing is left to send: either the part is complete, or it is of another file."""
    total = re.search(r"\*/(\d+)", refusal.headers.get("Content-Range", ""))
    if total and int(total.group(1)) == part.stat().st_size:
        return
    part.unlink()
    _fetch(url, part, expected_bytes, context, open_url)


def _announced_total(response: Any, have: int) -> int:
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else 0


def _copy(response: Any, part: Path, have: int, total: int, context: TaskContext) -> int:
    """Append what arrives; returns the size of the part."""
    received = have
    of_total = f" of {size_text(total)}" if total else ""
    with _storing(part):
        stream = part.open("ab" if have else "wb")
    with stream:
        while True:
            context.raise_if_cancelled()
            # What has come, not a full chunk: a slow line can be cancelled all the same.
            chunk = response.read1(CHUNK_BYTES)
            if not chunk:
                return received
            with _storing(part):
                stream.write(chunk)
                stream.flush()
            received += len(chunk)
            fraction = min(1.0, received / total) if total else None
            context.report(fraction, f"Downloaded {size_text(received)}{of_total}")


def _require_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed + SPARE_BYTES > free:
        raise StorageError(
            f"{part.parent}: {size_text(needed)} are needed but {size_text(free)} are free; "
            "free some space"
        )


def _is_intact(path: Path, sha256_prefix: str, context: TaskContext) -> bool:
    if not sha256_prefix:
        return True
    digest, size, done = hashlib.sha256(), max(1, path.stat().st_size), 0
    with open_regular(path, _MOST_BYTES) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            context.raise_if_cancelled()
            digest.update(chunk)
            done += len(chunk)
            context.report(done / size, f"Checking {path.name.removesuffix('.part')}")
    return digest.hexdigest().startswith(sha256_prefix)
