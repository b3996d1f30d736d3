"""Commands that a person runs, and the packages that they share."""

import sys

# Python sets this while it looks for the module of `python -m scripts.deploy`. The imports of a command take seconds.
if sys.argv[:1] == ["-m"]:
    from scripts.terminal.interrupt import end_at_ctrl_c

    end_at_ctrl_c()
