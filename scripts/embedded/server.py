"""Runs moto's server on loopback in this process: S3, DynamoDB, SNS, SQS, Lambda, Step Functions and more."""

import threading
from collections.abc import Callable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from scripts.embedded import moto_patches
from scripts.embedded.deployed.chalice_compat import Application, ChaliceCompat
from scripts.embedded.one_at_a_time import SERVICES, OneAtATime
from scripts.embedded.ports import listen
from scripts.project import HOST

#: Seconds between two checks for stop().
POLL = 0.05


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is imported untyped
    """moto's request handler without a log line for each call; one photo makes dozens of calls."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""


class AwsServer:
    """The AWS endpoint. It serves from construction until stop(). Port 0 means a free port.

    `wrap` returns the WSGI application that gets every request, for example to record it.
    """

    def __init__(self, port: int = 0, wrap: Callable[[Application], Application] = lambda moto: moto) -> None:
        # If the port is in use, make_server() prints and exits. With an open socket it does neither.
        with listen(port) as listener:
            self._server = make_server(
                HOST,
                port,
                wrap(ChaliceCompat(DomainDispatcherApplication(application_of))),
                threaded=True,
                request_handler=QuietHandler,
                fd=listener.fileno(),
            )
        self.port: int = self._server.port
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._server.shutdown()
        self._thread.join()


def application_of(service: str) -> Any:
    """Create moto's application of a service, at the first call of that service."""
    if service == "cloudformation":
        # Imported late: moto's CloudFormation imports half of EC2, which would double the time of a start.
        from scripts.embedded.deployed import cloudformation

        cloudformation.register_types()
    if service == "apigateway":
        moto_patches.refuse_missing_apis()
    if service == "cognitoidp":
        moto_patches.reset_unnamed_fields()
    app = create_backend_app(service)
    return OneAtATime(app) if service in SERVICES else app
