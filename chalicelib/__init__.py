"""The logic of Darkroom; app.py holds its entry points."""

__version__ = "0.1.0"
