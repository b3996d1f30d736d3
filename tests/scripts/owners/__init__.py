"""The tests of scripts/owners."""
