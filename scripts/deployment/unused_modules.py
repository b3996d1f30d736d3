"""Delete the modules of Pillow that the service cannot load: formats that it does not read, and windows.

Darkroom opens a file with the one format that its signature names, so the other formats of Pillow are never asked.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from chalicelib.imaging.formats import ImageFormat

#: Pillow loads a format by its name, which no import statement shows.
_PLUGINS = {f"{each.pillow_name}ImagePlugin".lower() for each in ImageFormat}


def delete(package: Path) -> None:
    """Delete each module in the folder PIL of an unzipped package that no import statement of the package leads to."""
    found = [path for path in (package / "PIL").glob("*") if path.suffix in (".py", ".so")]
    modules = {path.name.partition(".")[0]: path for path in found}
    kept = _reachable(package, modules)
    for name, path in modules.items():
        if name not in kept:
            path.unlink()


def _reachable(package: Path, modules: dict[str, Path]) -> set[str]:
    """Return the names of the modules that are imported anywhere, also by a function when it is called."""
    others = [path for path in package.rglob("*.py") if path.parent != package / "PIL" and b"PIL" in path.read_bytes()]
    pending = {name for name in modules if name == "__init__" or name.lower() in _PLUGINS}
    pending |= {name for path in others for name in _imported(path)} & modules.keys()
    kept: set[str] = set()
    while pending:
        name = pending.pop()
        kept.add(name)
        if modules[name].suffix == ".py":
            pending |= (set(_imported(modules[name])) & modules.keys()) - kept
    return kept


def _imported(path: Path) -> Iterator[str]:
    """Yield each part of each name in the import statements of a file, which is more than the modules of Pillow."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (part for alias in node.names for part in alias.name.split("."))
