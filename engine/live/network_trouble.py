"""Why an address gives no pictures, in one line that says what to do."""

from __future__ import annotations

import base64
import socket
import urllib.error
import urllib.request
from urllib.parse import unquote, urlsplit

import av

from engine.api.errors import SourceError, SourceRefusedError
from engine.api.live import NetworkSource

_LOOK_S = 2.0
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "application/json")


def trouble_of(source: NetworkSource, error: Exception) -> SourceError:
    """Return what FFmpeg's error means for whoever has given the address.

    What answers without pictures, and names that nobody has, are looked at once more: FFmpeg tells
    neither apart from damage.
    """
    if isinstance(error, (av.HTTPUnauthorizedError, av.HTTPForbiddenError)):
        return SourceRefusedError(_login(source, error))
    return SourceError(f"{source.title} {_reason(source, error)}")


def _login(source: NetworkSource, error: Exception) -> str:
    if isinstance(error, av.HTTPForbiddenError):
        return f"{source.title} refuses access (403); ask whoever runs it for permission"
    if urlsplit(source.address).username:
        return f"{source.title} refuses this login (401); check name and password"
    scheme, _, rest = source.title.partition("://")
    return f"{source.title} needs a login (401); write {scheme}://NAME:PASSWORD@{rest}"


def _reason(source: NetworkSource, error: Exception) -> str:
    host = urlsplit(source.address).hostname
    if isinstance(error, av.HTTPNotFoundError):
        return "has nothing at this address (404); check what stands after the host"
    if isinstance(error, av.HTTPServerError):
        return "has a fault of its own (5xx); try it in a browser, or later"
    if isinstance(error, av.HTTPClientError):
        return "refuses the request (4xx); check what stands after the host"
    if isinstance(error, ConnectionRefusedError):
        return "is refused: nobody listens there; is it switched on, and the port right?"
    if isinstance(error, (av.ExitError, TimeoutError)):
        return "gives no answer in time; is it switched on, and in this network?"
    if not isinstance(error, av.InvalidDataError) and host and not _is_known(host):
        return f"cannot be found: no computer is called {host}; check the name and the network"
    if _content_type(source) in _PAGES:
        return "answers with a page, not pictures; find the address of the stream itself"
    if isinstance(error, av.InvalidDataError):
        return "sends nothing that this program reads as pictures; is it a stream or film?"
    reason = getattr(error, "strerror", None) or "unreadable"
    return f"cannot be read ({str(reason).lower()}); is it still there?"


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True


def _content_type(source: NetworkSource) -> str:
    """Return what kind of thing an HTTP address answers with; empty where that is not told."""
    parts = urlsplit(source.address)
    if not parts.scheme.lower().startswith("http"):
        return ""
    request = urllib.request.Request(source.title)  # http alone, see above
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        code = base64.b64encode(login.encode()).decode()
        request.add_header("Authorization", f"Basic {code}")
    try:
        with urllib.request.urlopen(request, timeout=_LOOK_S) as answer:
            return str(answer.headers.get_content_type())
    except (OSError, urllib.error.URLError, ValueError):
        return ""
