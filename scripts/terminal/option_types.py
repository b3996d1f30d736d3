"""The types of command-line options. argparse prints their error as one sentence, and exits with status 2."""

import argparse


def at_least_one(text: str) -> int:
    """Parse a positive whole number. Raises ArgumentTypeError."""
    if not _is_number(text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def port(text: str) -> int:
    """Parse the number of a TCP port. Raises ArgumentTypeError."""
    if not (_is_number(text) and 1 <= int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port. Choose a number from 1 to 65535.")
    return int(text)


def _is_number(text: str) -> bool:
    # int() also accepts signs, underscores and the digits of other scripts, and rejects more than 4300 digits.
    return text.isascii() and text.isdigit() and len(text) <= 18
