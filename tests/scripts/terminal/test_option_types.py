"""The types of options: what they accept, and the sentence for what they do not."""

import argparse
import subprocess
import sys

import pytest

from scripts.terminal.option_types import at_least_one, port
from tests.conftest import ROOT

NO_NUMBERS = ("0", "-1", "+1", "1.5", "", "x", "1_0", "\u0665", "9" * 5000)


def test_a_count_is_a_positive_whole_number() -> None:
    assert at_least_one("12") == 12
    for text in NO_NUMBERS:
        with pytest.raises(argparse.ArgumentTypeError, match="not a positive whole number"):
            at_least_one(text)


def test_a_port_is_a_number_from_1_to_65535() -> None:
    assert (port("1"), port("65535")) == (1, 65_535)
    for text in (*NO_NUMBERS, "65536", "99999"):
        with pytest.raises(argparse.ArgumentTypeError, match=r"not a port\. Choose a number from 1 to 65535\."):
            port(text)


@pytest.mark.parametrize("command", ["state_machine", "put"])
def test_a_bad_port_gives_one_sentence_and_status_2(command: str) -> None:
    arguments = [sys.executable, "-m", f"scripts.{command}", "--aws-port", "99999"]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "'99999' is not a port. Choose a number from 1 to 65535." in ended.stderr
    assert "Traceback" not in ended.stderr
