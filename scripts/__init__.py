"""Commands that a person runs, and the packages that they share."""
