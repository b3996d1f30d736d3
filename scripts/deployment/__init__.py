"""The parts of `make deploy` and `make destroy`, in the order in which they come about."""
