"""What Ctrl-C does to a command: one sentence on stderr, exit status 130, and no traceback.

While a command imports, nothing has begun, and Ctrl-C ends the process at once.
While it runs, the first Ctrl-C raises KeyboardInterrupt, so that `finally` blocks run. A second one ends it at once.
SIGTERM (a runner that cancels a job) and SIGHUP (a terminal that is closed) do the same as Ctrl-C. After another signal
they are ignored: a runner sends SIGTERM some seconds after SIGINT, while the command still records what it made.
"""

import io
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

#: The exit status that shells give to a program that SIGINT ended: 128 + 2.
INTERRUPTED = 130


#: The signals that ask a command to stop.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_at_ctrl_c() -> None:
    """Make a Ctrl-C end the process at once from now on."""
    signal.signal(signal.SIGINT, end_at_once)


def end_at_once(number: int, _frame: object) -> NoReturn:
    """End the process without a clean-up, as a signal handler."""
    # A print could fail here, since the signal may have interrupted another print.
    os.write(2, b"darkroom: interrupted.\n")
    os._exit(_status(number))


def run(main: Callable[[], int | None]) -> NoReturn:
    """Call a command's `main` and exit with the status that it returns, or with 128 + n after the signal n.

    If the reader of stdout has ended, as `head` does, exit as after SIGPIPE, without a traceback.
    """
    # A terminal that is not UTF-8 may lack a character of a file's name.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            _handle(_raise_once)
            status = main()
            sys.stdout.flush()
        finally:
            # A Ctrl-C while Python shuts down would print a traceback.
            _handle(end_at_once)
    except KeyboardInterrupt as interrupt:
        print("darkroom: interrupted.", file=sys.stderr)
        status = _status(*interrupt.args[:1] or (signal.SIGINT,))
    except BrokenPipeError:
        if not _has_lost_its_reader():
            raise
        status = _status(signal.SIGPIPE)
    sys.exit(status)


def _has_lost_its_reader() -> bool:
    """Return whether the reader of stdout, such as `head`, has ended. What is left for it is dropped then."""
    stdout = sys.stdout.fileno()
    poll = select.poll()
    poll.register(stdout, 0)  # It reports a pipe without a reader in any case.
    if not poll.poll(0):
        return False
    # Python flushes stdout once more when it ends, and would print a traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout)
    return True


def _handle(action: Callable[[int, object], NoReturn] | signal.Handlers, numbers: Iterable[int] = SIGNALS) -> None:
    for number in numbers:
        # `nohup` ignores SIGHUP, so that the command goes on.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, action)


def _raise_once(number: int, _frame: object) -> NoReturn:
    _handle(end_at_once, (signal.SIGINT, number))
    _handle(signal.SIG_IGN, {*SIGNALS} - {signal.SIGINT, number})
    raise KeyboardInterrupt(number)


def _status(number: int) -> int:
    return 128 + number
