"""Commands that a person runs, and the packages that they share."""

import sys
from types import TracebackType


def hide_interrupt(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print one sentence for a Ctrl-C, and a traceback for every other error that nobody has caught."""
    if issubclass(kind, KeyboardInterrupt):
        print("darkroom: interrupted.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


# `python -m scripts.deploy` imports this package before the command, so a Ctrl-C during the imports is covered too.
# Python then ends by SIGINT, which shells report as status 130.
if sys.argv[:1] == ["-m"]:
    sys.excepthook = hide_interrupt
