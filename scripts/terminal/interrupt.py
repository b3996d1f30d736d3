"""What Ctrl-C does to a command: one sentence on stderr, exit status 130, and no traceback.

While a command imports, nothing has begun, and Ctrl-C ends the process at once.
While it runs, the first Ctrl-C raises KeyboardInterrupt, so that `finally` blocks run. A second one ends it at once.
"""

import io
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

#: The exit status that shells give to a program that SIGINT ended: 128 + 2.
INTERRUPTED = 130


def end_at_ctrl_c() -> None:
    """Make a Ctrl-C end the process at once from now on."""
    signal.signal(signal.SIGINT, end_at_once)


def end_at_once(_number: int, _frame: object) -> NoReturn:
    """End the process without a clean-up, as a signal handler."""
    # A print could fail here, since the signal may have interrupted another print.
    os.write(2, b"darkroom: interrupted.\n")
    os._exit(INTERRUPTED)


def run(main: Callable[[], int | None]) -> NoReturn:
    """Call a command's `main` and exit with the status that it returns, or with 130 after a Ctrl-C."""
    # A terminal that is not UTF-8 may lack a character of a file's name.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            signal.signal(signal.SIGINT, _raise_once)
            status = main()
        finally:
            # A Ctrl-C while Python shuts down would print a traceback.
            end_at_ctrl_c()
    except KeyboardInterrupt:
        print("darkroom: interrupted.", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)


def _raise_once(_number: int, _frame: object) -> NoReturn:
    end_at_ctrl_c()
    raise KeyboardInterrupt
