"""moto's server on loopback: S3, DynamoDB, SNS, SQS, Lambda, Step Functions, EventBridge and IAM in this process."""

import threading
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from scripts.embedded.deployed.chalice_compat import Front
from scripts.embedded.ports import listen
from scripts.project import HOST

#: Seconds between two looks at whether to stop.
POLL = 0.05


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is imported untyped
    """moto's request handler without its line for every call: the app makes dozens a photo."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


class AwsServer:
    """The AWS endpoint; it serves from construction until `stop`. Port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        # make_server() given a port prints and exits when it is taken; given a socket it does neither.
        with listen(port) as listener:
            self._server = make_server(
                HOST,
                port,
                Front(DomainDispatcherApplication(_backend_app)),
                threaded=True,
                request_handler=QuietHandler,
                fd=listener.fileno(),
            )
        self.port: int = self._server.port
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()


def _backend_app(service: str) -> Any:
    """Make moto's application of a service, with the first call of that service."""
    if service == "cloudformation":
        # Only now: moto reads half of EC2 for it, which takes longer than all else at a start.
        from scripts.embedded.deployed import cloudformation

        cloudformation.teach()
    return create_backend_app(service)
