"""The parts of scripts/owner.py: whose data it is, what there is of it, its export and its erasure."""
