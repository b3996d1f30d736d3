"""Serves the API with Chalice's local server.

It must use create_local_server(), whose LocalChalice keeps one request for each thread. A plain Chalice object behind
a threaded server mixes the bodies of concurrent requests.
"""

import functools
import threading
from typing import TYPE_CHECKING

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import create_local_server

from scripts.embedded.gateway_handler import GatewayHandler
from scripts.embedded.ports import BACKLOG
from scripts.project import HOST

if TYPE_CHECKING:
    from scripts.embedded.tokens import Verifier

#: Seconds between two checks for stop().
POLL = 0.05


class Gateway:
    """The API's server. It serves from construction until stop(). Port 0 means a free port.

    With a verifier, it checks the tokens of requests to protected routes.
    """

    def __init__(self, app: Chalice, config: Config, port: int = 0, verifier: "Verifier | None" = None) -> None:
        self._server = create_local_server(app, config, HOST, port).server
        handler = functools.partial(GatewayHandler, app_object=app, config=config, verifier=verifier)
        self._server.RequestHandlerClass = handler
        # socketserver listens with a backlog of 5 in its constructor; a second listen() raises it.
        self._server.socket.listen(BACKLOG)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
