"""The logic of Darkroom; app.py holds its entry points."""
