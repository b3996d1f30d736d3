"""Downloads from the hosts of the dog API and of INGEST_HOSTS, and from no other host, whatever a response says.

http.client returns bytes as they arrive, so a download can stop at its size limit. It is imported at the first
download: every function builds a Downloader, and only one uses it.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from chalicelib.errors import DogApiMalformed, DogApiUnavailable, DogHostNotAllowed, DogImageTooLarge

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

HOSTS = frozenset({"dog.ceo", "images.dog.ceo"})
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
#: Seconds for a connection or one read, and for the whole download with its redirects.
TIMEOUT = 5.0
DEADLINE = 20.0
MAX_REDIRECTS = 3
MAX_BYTES = 10_000_000
_CHUNK = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Downloader:
    """Downloads over HTTPS from the hosts on the allow-list; with `loopback`, also over HTTP from this machine."""

    def __init__(
        self,
        *,
        loopback: bool,
        hosts: AbstractSet[str] = HOSTS,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loopback = loopback
        self._hosts = hosts
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock

    def get(self, url: str, limit: int = MAX_BYTES) -> bytes:
        """Return the body of the response, at most `limit` bytes. Follows redirects.

        Raises DogHostNotAllowed, DogApiUnavailable, DogImageTooLarge, or DogApiMalformed if the status is not 200; its
        `actual` is the status.
        """
        end = self._clock() + self._deadline
        for _ in range(MAX_REDIRECTS + 1):
            body_or_location = self._request(self._check_address(url), limit, end)
            if isinstance(body_or_location, bytes):
                return body_or_location
            url = urljoin(url, body_or_location)
        raise DogApiMalformed(f"There were more than {MAX_REDIRECTS} redirects.")

    def _check_address(self, url: str) -> SplitResult:
        """Return the parts of an allowed address. The whole netloc must be the host: no user name, no port.

        Raises DogHostNotAllowed.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise DogHostNotAllowed("The address is not a valid URL.") from error
        # Other clients read a backslash as a slash, and urlsplit() removes tabs and line breaks.
        if not url.isprintable() or "\\" in url:
            raise DogHostNotAllowed("The address contains characters that a URL cannot have.")
        if parts.scheme == "https" and host in self._hosts and parts.netloc.lower() == host:
            return parts
        is_host_and_port = parts.netloc.lower() == (host if port is None else f"{host}:{port}")
        if self._loopback and parts.scheme == "http" and host in LOOPBACK and is_host_and_port:
            return parts
        raise DogHostNotAllowed(f"The address {parts.scheme[:10]}://{host[:100]} is not on the allow-list.")

    def _request(self, parts: SplitResult, limit: int, end: float) -> bytes | str:
        """Send one GET request. Returns the body as bytes, or the Location of a redirect as a string."""
        from http.client import HTTPException

        connection = self._connection(parts, self._time_left(end))
        try:
            connection.connect()
            if parts.scheme == "https":
                check_is_public(connection.sock.getpeername()[0])
            with _shutdown_after(connection.sock, end - self._clock()):
                body_or_location = self._send(connection, parts, limit)
            # Without a Content-Length, a response that the shutdown cut off looks complete.
            self._time_left(end)
        except (OSError, HTTPException) as error:
            raise DogApiUnavailable(f"The request to {parts.hostname} failed: {type(error).__name__}.") from error
        finally:
            connection.close()
        return body_or_location

    def _send(self, connection: "HTTPConnection", parts: SplitResult, limit: int) -> bytes | str:
        connection.request("GET", _target(parts), headers={"Accept": "*/*", "User-Agent": "darkroom"})
        with connection.getresponse() as response:
            if response.status in _REDIRECTS:
                return response.getheader("Location") or ""
            _check_status(response.status, parts.hostname)
            return self._read(response, limit)

    def _connection(self, parts: SplitResult, timeout: float) -> "HTTPConnection":
        import http.client
        import ssl

        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.netloc, timeout=timeout)
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=ssl.create_default_context())

    def _read(self, response: "HTTPResponse", limit: int) -> bytes:
        body = bytearray()
        # From Python 3.13, a response closes itself and its socket after its last byte.
        while not response.isclosed():
            # read1() returns the bytes that have arrived; read() would return only after the whole body.
            chunk = response.read1(_CHUNK)
            if not chunk:
                break
            body += chunk
            if len(body) > limit:
                raise DogImageTooLarge(f"The response has more than {limit} bytes.", limit=limit)
        if response.length:
            raise DogApiUnavailable("The response ended before its last byte.")
        return bytes(body)

    def _time_left(self, end: float) -> float:
        left = end - self._clock()
        if left <= 0:
            raise DogApiUnavailable(f"The download took more than {self._deadline:g} s.")
        return min(self._timeout, left)


def check_is_public(address: str) -> None:
    """Raise DogHostNotAllowed if an IP address is not public: whoever owns a host's name may point it anywhere."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if not (getattr(parsed, "ipv4_mapped", None) or parsed).is_global or parsed.is_multicast:
        raise DogHostNotAllowed("The name of the host leads to an address that is not public.")


@contextmanager
def _shutdown_after(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Shut the socket down after `seconds`, which ends a read that is in progress.

    The time-out of a read does not stop a server that sends one byte at a time. On Lambda the function's time-out would
    stop it, but scripts/ingest_dogs.py and `make run` have no such time-out.
    """

    def shut_down() -> None:
        # SSLSocket.shutdown() would clear the TLS state, which the reading thread uses. The socket may be closed.
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, seconds), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=~?')}" if parts.query else path


def _check_status(status: int, host: str | None) -> None:
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DogApiUnavailable(f"{host} returned status {status}.")
    if status != HTTPStatus.OK:
        raise DogApiMalformed(f"{host} returned status {status}.", actual=status)
