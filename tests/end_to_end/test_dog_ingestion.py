"""The ingestion on the embedded AWS, as a person runs it: a first run, a second one, a Ctrl-C, and bad addresses."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from tests.end_to_end.program import ROOT, SECONDS, Program

FUNCTION = "darkroom-local-IngestDog"


@pytest.fixture
def stub(program: Program) -> str:
    """Return the address of the stub dog API."""
    client = boto3.client("lambda", endpoint_url=program.aws_url)
    return client.get_function_configuration(FunctionName=FUNCTION)["Environment"]["Variables"]["DOG_API_URL"]


def start(program: Program, *options: str) -> "subprocess.Popen[str]":
    """Start the command in another terminal."""
    command = [sys.executable, "-m", "scripts.ingest_dogs", "--on-aws", "--aws-port", str(program.aws_port), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: "subprocess.Popen[str]") -> tuple[int, dict[str, int], str]:
    """Return the exit status, the counts of the summary, and all that was printed."""
    out, err = process.communicate(timeout=SECONDS)
    found = re.findall(r"(stored|skipped|failed|not ended)\W+(\d+)", out)
    return process.returncode, {name: int(number) for name, number in found}, out + err


def write(folder: Path, *lines: str) -> Path:
    file = folder / "urls"
    file.write_text("\n".join(lines))
    return file


def test_a_second_run_stores_nothing_and_the_counts_are_those_of_the_first(
    program: Program, stub: str, tmp_path: Path
) -> None:
    file = write(tmp_path, *(f"{stub}/breeds/pug/dog_{number}.jpg" for number in range(7)))
    _, _, before = program.ask("GET", "/dogs/stats")

    first = end(start(program, "--urls", str(file)))
    second = end(start(program, "--urls", str(file)))

    assert first[:2] == (0, {"stored": 7, "skipped": 0, "failed": 0}), first
    assert second[:2] == (0, {"stored": 0, "skipped": 7, "failed": 0}), second
    _, _, after = program.ask("GET", "/dogs/stats")
    assert after["uploads"] - before["uploads"] == 7
    assert after["breeds"]["pug"] - before["breeds"].get("pug", 0) == 7


def test_a_bad_address_fails_by_its_reason_and_the_others_do_not(program: Program, stub: str, tmp_path: Path) -> None:
    bad = ("https://169.254.169.254/latest/breeds/x/y.jpg", "https://a.example/breeds/pug/a.jpg", "no address")
    gone = f"{stub}/breeds/pug/dog_1.gif"
    file = write(tmp_path, f"{stub}/breeds/shiba/dog_1.png", *bad, gone, "x" * 3_000)

    status, counts, printed = end(start(program, "--urls", str(file)))

    assert (status, counts) == (1, {"stored": 1, "skipped": 0, "failed": 5}), printed
    flat = " ".join(printed.split())
    refused = "The address https://{} is not on the allow-list."
    reasons = (refused.format("169.254.169.254"), refused.format("a.example"), "It is not an address that begins with")
    for address, reason in zip(bad, reasons, strict=True):
        assert f"{address}: {reason}" in flat
    assert f"{gone}: 127.0.0.1 returned status 404." in flat
    assert "It is no text of at most 2,000 characters." in flat


def test_after_a_ctrl_c_the_execution_goes_on_and_a_second_run_follows_it(
    program: Program, stub: str, tmp_path: Path
) -> None:
    file = write(tmp_path, *(f"{stub}/breeds/retriever-golden/dog_{number}.jpg" for number in range(60)))
    steps = boto3.client("stepfunctions", endpoint_url=program.aws_url)
    [machine] = [
        each["stateMachineArn"] for each in steps.list_state_machines()["stateMachines"] if "Ing" in each["name"]
    ]
    earlier = len(steps.list_executions(stateMachineArn=machine)["executions"])
    process = start(program, "--urls", str(file))
    while len(steps.list_executions(stateMachineArn=machine)["executions"]) == earlier:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    status, counts, printed = end(process)
    assert (status, counts["not ended"]) == (130, 60), printed
    assert "What was started goes on" in printed

    status, counts, printed = end(start(program, "--urls", str(file)))

    # If the first execution has ended meanwhile, a second one finds all stored.
    assert (status, counts["failed"], counts["stored"] + counts["skipped"]) == (0, 0, 60), printed
    _, _, stats = program.ask("GET", "/dogs/stats")
    assert stats["breeds"]["retriever-golden"] == 60
