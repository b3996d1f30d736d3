"""Ends the process when app.py cannot start. It does not read settings, and it does not log."""

import os
import signal
import sys
import threading
from typing import NoReturn


def refuse(reason: str) -> NoReturn:
    """End the process with a non-zero status and one sentence on stderr, instead of a traceback."""
    if threading.current_thread() is threading.main_thread():
        sys.exit(reason)
    # The worker of `chalice local` imports the app in a second thread. Chalice swallows SystemExit there, and hangs.
    sys.stderr.write(f"{reason}\n")
    sys.stderr.flush()
    if "CHALICE_WORKER" in os.environ and os.getppid() > 1:
        # The parent process ignores the status of its worker, and would end with 0.
        os.kill(os.getppid(), signal.SIGTERM)
    os._exit(1)
