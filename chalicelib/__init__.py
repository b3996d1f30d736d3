"""The logic of Darkroom. Its entry points are in app.py."""

__version__ = "0.1.0"
