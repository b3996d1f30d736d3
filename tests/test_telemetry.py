"""Log lines carry the keys of their context, and metrics are lines of CloudWatch's embedded metric format."""

import io
import json
import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import telemetry
from chalicelib.errors import CorruptImage
from tests.conftest import ROOT


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def _metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def _units(line: dict[str, Any]) -> dict[str, str]:
    """Return the unit of each metric, and check their namespace."""
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Darkroom"
    return {each["Name"]: each["Unit"] for each in directive["Metrics"]}


def test_log_lines_inside_the_context_have_its_keys_and_later_ones_do_not(log: io.StringIO) -> None:
    with telemetry.log_context(request_id="r-1", route="/images"):
        telemetry.log.info("inside")
    telemetry.log.info("outside")
    inside, outside = _lines(log)
    assert (inside["message"], inside["request_id"], inside["route"]) == ("inside", "r-1", "/images")
    assert not {"request_id", "route"} & set(outside)


def test_the_context_also_ends_after_an_exception(log: io.StringIO) -> None:
    with pytest.raises(ValueError, match="bad"), telemetry.log_context(request_id="r-1"):
        raise ValueError("bad")
    telemetry.log.info("outside")
    assert "request_id" not in _lines(log)[0]


def test_threads_do_not_share_a_context(log: io.StringIO) -> None:
    with telemetry.log_context(request_id="r-1"):
        thread = threading.Thread(target=telemetry.log.info, args=("another request",))
        thread.start()
        thread.join()
    assert "request_id" not in _lines(log)[0]


def test_a_processed_photo_is_counted_with_its_time_and_its_bytes(
    capsys: pytest.CaptureFixture[str], log: io.StringIO
) -> None:
    with telemetry.processing(bytes_in=100) as measurement:
        measurement.bytes_out = 40
    [line] = _metrics(capsys)
    units = {"ImagesProcessed": "Count", "ProcessingTime": "Milliseconds", "BytesIn": "Bytes", "BytesOut": "Bytes"}
    assert _units(line) == units
    assert (line["ImagesProcessed"], line["BytesIn"], line["BytesOut"]) == (1, 100, 40)
    [logged] = _lines(log)
    assert (logged["message"], logged["bytes_in"], logged["bytes_out"]) == ("image processed", 100, 40)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CorruptImage("Cut short.", code="truncated_image"), "truncated_image"),
        (MemoryError("no memory"), "MemoryError"),
    ],
)
def test_a_failed_photo_is_counted_with_its_reason_and_its_error_is_raised_again(
    capsys: pytest.CaptureFixture[str], log: io.StringIO, error: Exception, reason: str
) -> None:
    with pytest.raises(type(error)), telemetry.processing(bytes_in=100):
        raise error
    [line] = _metrics(capsys)
    assert _units(line) == {"ProcessingFailed": "Count"}
    assert line["reason"] == reason
    [logged] = _lines(log)
    assert (logged["level"], logged["reason"], logged["detail"]) == ("WARNING", reason, str(error))


def test_the_reason_of_a_count_is_not_a_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch bills each value of a dimension as a metric of its own."""
    telemetry.count("ApiFaults", reason="bad_option")
    [line] = _metrics(capsys)
    assert (line["ApiFaults"], line["reason"]) == (1, "bad_option")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_several_metrics_are_written_as_one_line_with_their_units(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.measure(DeletedObjects=3, DeletedBytes=4096)
    [line] = _metrics(capsys)
    assert _units(line) == {"DeletedObjects": "Count", "DeletedBytes": "Bytes"}
    assert (line["DeletedObjects"], line["DeletedBytes"]) == (3, 4096)


def test_a_metric_of_0_is_not_written_because_it_would_cost_as_much_as_any_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.measure(DeletedObjects=0, DeletedBytes=4096)
    telemetry.measure(DeletedObjects=0)
    [line] = _metrics(capsys)
    assert _units(line) == {"DeletedBytes": "Bytes"}


def test_log_level_is_read_from_the_environment() -> None:
    program = "from chalicelib.telemetry import log; log.info('quiet'); log.warning('loud')"
    environ = os.environ | {"LOG_LEVEL": "WARNING"}
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=environ, check=True
    )
    assert [json.loads(line)["message"] for line in finished.stdout.splitlines()] == ["loud"]


def test_an_unknown_log_level_ends_the_program_with_one_sentence() -> None:
    environ = os.environ | {"LOG_LEVEL": "bogus"}
    program = [sys.executable, "-c", "import chalicelib.telemetry"]
    ended = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, env=environ)
    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert "'BOGUS'" in sentence
    assert sentence.endswith("Set LOG_LEVEL to DEBUG, INFO, WARNING or ERROR.")


def test_a_line_tells_its_level_place_time_and_service(log: io.StringIO) -> None:
    telemetry.log.warning("late", extra={"bytes_in": 3, "at": object()})
    [line] = _lines(log)
    assert (line["level"], line["message"], line["service"]) == ("WARNING", "late", "darkroom-test")
    assert line["location"].startswith("test_telemetry.test_a_line_tells_its_level_place_time_and_service:")
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
    assert (line["bytes_in"], line["at"][:7]) == (3, "<object")


def test_an_exception_is_one_line_with_its_traceback(log: io.StringIO) -> None:
    telemetry.log.error("failed", exc_info=ValueError("bad \N{SNOWMAN}\n"))
    [line] = _lines(log)
    assert line["exception_name"] == "ValueError"
    assert line["exception"] == "ValueError: bad \N{SNOWMAN}\n"


def test_contexts_are_nested(log: io.StringIO) -> None:
    with telemetry.log_context(request_id="r-1"), telemetry.log_context(function="resize"):
        telemetry.log.info("inside")
    assert (_lines(log)[0]["request_id"], _lines(log)[0]["function"]) == ("r-1", "resize")


def test_a_handler_that_lambda_has_set_up_does_not_write_the_lines_again() -> None:
    program = (
        "import logging, sys; logging.basicConfig(stream=sys.stdout, level='INFO');"
        "from chalicelib.telemetry import log; log.info('once'); logging.getLogger('boto3').warning('other')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    own, other = ended.stdout.splitlines()
    assert json.loads(own)["message"] == "once"
    assert other == "WARNING:boto3:other"


def test_a_local_server_switches_the_metrics_off(capsys: pytest.CaptureFixture[str]) -> None:
    writer = telemetry.MetricsWriter()
    writer.enabled = False
    writer.write(("ApiFaults", "Count", 1))
    assert capsys.readouterr().out == ""
