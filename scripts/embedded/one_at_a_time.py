"""A WSGI middleware that lets one request at a time into a service of moto, as soon as its body is complete.

moto's stores have no locks. A list that is read while another thread writes fails with "dictionary changed size during
iteration" or a KeyError, and two conditional writes can both succeed.
"""

import io
import threading
from collections.abc import Iterable

from scripts.embedded.deployed.chalice_compat import Application, Environ, StartResponse

#: The services whose stores are written and listed at the same time. Their requests wait for nothing: a request to
#: Lambda waits for the function, and one to SQS for a message.
SERVICES = frozenset({"s3", "dynamodb"})


class OneAtATime:
    """A WSGI application that wraps the one of a service."""

    def __init__(self, service: Application) -> None:
        self._service = service
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, then wait for the other requests, and return the complete answer."""
        # A slow client must not stop the others.
        environ["wsgi.input"] = io.BytesIO(_read_body(environ))
        with self._lock:
            return list(self._service(environ, start_response))


def _read_body(environ: Environ) -> bytes:
    """Read a body with a length, or one in chunks, whose stream the server ends."""
    stream = environ["wsgi.input"]
    body = (
        stream.read() if environ.get("wsgi.input_terminated") else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    )
    return bytes(body)
