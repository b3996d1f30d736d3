"""The measurement of hostile files: a result says how large the file is, how high the peak, and why it was rejected."""

from scripts.measuring.hostile_files import KINDS, REFUSED
from scripts.measuring.hostile_memory import measure


def test_an_accepted_file_has_a_peak_and_no_error() -> None:
    make, _ = KINDS["segments of a profile"]
    result = measure(make, 60)
    assert result["size"] == len(make(60))
    assert isinstance(result["peak"], int)
    assert result["peak"] >= 0
    assert result["error"] == ""


def test_a_rejected_file_has_the_code_of_its_error() -> None:
    assert measure(*REFUSED["too many items"])["error"] == "item_count"
