"""The use cases of Darkroom: one module for each, such as an upload or an S3 event.

A flow calls AWS only through the backends. It must not import boto3, Chalice or `rest`.
Python imports a flow when an entry point first names it: a function pays only for what it uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.flows import (
        cleanup,
        dog_ingestion,
        dog_stats,
        dogs,
        images,
        reconcile,
        resize,
        sanitize,
        upload,
        uploaders,
    )

#: The flows that app.py names.
__all__ = [
    "cleanup",
    "dog_ingestion",
    "dog_stats",
    "dogs",
    "images",
    "reconcile",
    "resize",
    "sanitize",
    "upload",
    "uploaders",
]


def __getattr__(name: str) -> Any:
    """Import a flow (PEP 562)."""
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
