"""Measure the peak memory of the scrub for each hostile file, each in a forked child.

    python -m scripts.measuring.hostile_memory

Prints JSON: for each name, the size of the file and the peak in bytes, and the code of the error that rejected it.
The peak counts what Python allocates. Resident memory rises in steps that differ between versions of Python.
"""

import json
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from scripts.measuring.hostile_files import KINDS, REFUSED
from scripts.measuring.peak_memory import run_in_child
from scripts.terminal import interrupt


def main() -> None:
    """Measure every hostile file and print the results."""
    files = {**KINDS, **{f"refused: {name}": kind for name, kind in REFUSED.items()}}
    print(json.dumps({name: measure(make, count) for name, (make, count) in files.items()}))


def measure(make: Callable[[int], bytes], count: int) -> dict[str, object]:
    """Build a file of `count` parts in one child, and scrub it in another one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hostile"
        run_in_child(lambda: file.write_bytes(make(count)))
        return dict(run_in_child(lambda: _scrub(file.read_bytes(), make(1))))


def _scrub(data: bytes, small: bytes) -> dict[str, object]:
    # The first call compiles patterns and fills caches, whatever the file.
    _strip(small)
    tracemalloc.start()
    error = _strip(data)
    return {"size": len(data), "peak": tracemalloc.get_traced_memory()[1], "error": error}


def _strip(data: bytes) -> str:
    try:
        metadata.strip(data)
    except CorruptImage as error:
        return error.code
    return ""


if __name__ == "__main__":
    interrupt.run(main)
