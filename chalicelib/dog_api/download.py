"""Downloads from the dog API's hosts and no other: a name that an answer gives may lead anywhere.

The standard library's HTTP is enough, and it alone hands bytes over as they come, so that the cap holds. Its time-out
is one of each read, of which an answer's head and its chunks take many: the deadline shuts the socket.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from chalicelib.errors import DogApiMalformed, DogApiUnavailable, DogHostNotAllowed, DogImageTooLarge

HOSTS = frozenset({"dog.ceo", "images.dog.ceo"})
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
#: Seconds that a connection or a read may take, and the whole download with its redirects.
TIMEOUT = 5.0
DEADLINE = 20.0
MAX_REDIRECTS = 3
MAX_BYTES = 10_000_000
_CHUNK = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Downloader:
    """Fetches over https from allow-listed hosts; `loopback` lets plain http to this machine pass as well."""

    def __init__(
        self,
        *,
        loopback: bool,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loopback = loopback
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock

    def get(self, url: str, limit: int = MAX_BYTES) -> bytes:
        """Download at most `limit` bytes.

        Raises DogHostNotAllowed, DogApiUnavailable, DogApiMalformed on any other answer than 200, or DogImageTooLarge.
        """
        end = self._clock() + self._deadline
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(self._checked(url), limit, end)
            if isinstance(answer, bytes):
                return answer
            url = urljoin(url, answer)
        raise DogApiMalformed(f"There were more than {MAX_REDIRECTS} redirects.")

    def _checked(self, url: str) -> SplitResult:
        """Split an address that may be asked; a port, a user's name or a blank could make it mean another host."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise DogHostNotAllowed("The address cannot be read.") from error
        if not url.isprintable() or "\\" in url or "@" in parts.netloc:
            raise DogHostNotAllowed("The address holds what does not belong into one.")
        if parts.scheme == "https" and host in HOSTS and parts.netloc.lower() == host:
            return parts
        local = parts.netloc.lower() == (host if port is None else f"{host}:{port}")
        if self._loopback and parts.scheme == "http" and host in LOOPBACK and local:
            return parts
        raise DogHostNotAllowed(f"Nothing is fetched from {parts.scheme[:10]}://{host[:100]}.")

    def _ask(self, parts: SplitResult, limit: int, end: float) -> bytes | str:
        """Send one GET: the body, or where a redirect leads."""
        connection = self._connection(parts, self._time_left(end))
        try:
            connection.connect()
            with _shut_after(connection.sock, end - self._clock()):
                answer = self._answer(connection, parts, limit)
            # An answer whose length is unknown ends where its socket was shut, as if it were whole.
            self._time_left(end)
        except (OSError, http.client.HTTPException) as error:
            raise DogApiUnavailable(f"{parts.hostname} does not answer: {type(error).__name__}.") from error
        finally:
            connection.close()
        return answer

    def _answer(self, connection: http.client.HTTPConnection, parts: SplitResult, limit: int) -> bytes | str:
        connection.request("GET", _target(parts), headers={"Accept": "*/*", "User-Agent": "darkroom"})
        with connection.getresponse() as response:
            if response.status in _REDIRECTS:
                return response.getheader("Location") or ""
            _check_status(response.status, parts.hostname)
            return self._read(response, limit)

    def _connection(self, parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.netloc, timeout=timeout)
        return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=ssl.create_default_context())

    def _read(self, response: http.client.HTTPResponse, limit: int) -> bytes:
        body = bytearray()
        # From Python 3.13 on an answer closes itself, and its socket, with its last byte.
        while not response.isclosed():
            # read1() returns what has come; read() would hold all of it before its length is seen.
            chunk = response.read1(_CHUNK)
            if not chunk:
                break
            body += chunk
            if len(body) > limit:
                raise DogImageTooLarge(f"The answer has more than {limit} bytes.", limit=limit)
        if response.length:
            raise DogApiUnavailable("The answer broke off before its end.")
        return bytes(body)

    def _time_left(self, end: float) -> float:
        left = end - self._clock()
        if left <= 0:
            raise DogApiUnavailable(f"The answer took more than {self._deadline:g} s.")
        return min(self._timeout, left)


@contextmanager
def _shut_after(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Shut a socket when its time is over, whatever is being read from it then."""

    def shut() -> None:
        # The plain socket below TLS, whose state is the reading thread's; it may be closed already.
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, seconds), shut)
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
        raise DogApiUnavailable(f"{host} answers {status}.")
    if status != HTTPStatus.OK:
        raise DogApiMalformed(f"{host} answers {status}.")
