"""Commands that a person runs, and the packages that they share."""

import sys
from pathlib import Path

# Python sets `-m` while it looks for the module of `python -m scripts.deploy`. The imports of a command take seconds.
if sys.argv[:1] == ["-m"] or Path(sys.argv[0]).resolve().parent == Path(__file__).resolve().parent:
    from scripts.terminal.interrupt import end_at_ctrl_c

    end_at_ctrl_c()
