"""The parts of the embedded AWS that `make run` starts."""
