"""The API on Chalice's own local server.

Only through create_local_server(): its LocalChalice keeps a request for each thread, and a plain Chalice object behind
a threaded server mixes the bodies of concurrent requests.
"""

import functools
import threading

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import create_local_server

from scripts.embedded.gateway_handler import GatewayHandler
from scripts.embedded.ports import BACKLOG
from scripts.project import HOST

#: Seconds between two looks at whether to stop.
POLL = 0.05


class Gateway:
    """The API's server; it serves from construction until `stop`. Port 0 takes a free one."""

    def __init__(self, app: Chalice, config: Config, port: int = 0) -> None:
        self._server = create_local_server(app, config, HOST, port).server
        handler = functools.partial(GatewayHandler, app_object=app, config=config)
        self._server.RequestHandlerClass = handler
        # socketserver listens with room for 5 before anything can be set; a second listen() widens it.
        self._server.socket.listen(BACKLOG)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), name="api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
