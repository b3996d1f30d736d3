"""The printed examples are short and name the ports that were chosen. tests/end_to_end pastes them into a shell."""

import shlex

from scripts.embedded.examples import SAMPLE, usage
from scripts.project import PROJECT


def commands(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("  ")]


def test_the_first_lines_set_the_address_once() -> None:
    text = usage(8080, 4600)
    assert commands(text)[0] == "B=http://127.0.0.1:8080"
    assert text.count("127.0.0.1:8080") == 1


def test_the_ports_of_make_put_are_named_only_if_they_are_not_the_defaults() -> None:
    assert "make put FILE=docs/sample.jpg" in commands(usage(8000, 4566))
    assert "make put PORT=8080 AWS_PORT=4600 FILE=docs/sample.jpg" in commands(usage(8080, 4600))
    assert "--endpoint-url http://127.0.0.1:4600 " in usage(8080, 4600)


def test_every_command_is_one_line_of_shell_without_inline_python() -> None:
    for command in commands(usage(8000, 4566)):
        assert shlex.split(command)
        assert " -c " not in command


def test_the_sample_is_in_the_repository() -> None:
    assert (PROJECT / SAMPLE).is_file()


def test_each_request_has_the_key_of_a_stage_that_needs_one() -> None:
    text = usage(8080, 4600, "a" * 20)
    assert commands(text)[1] == f"KEY={'a' * 20}"
    requests = [line for line in commands(text) if "$B/" in line]
    assert len(requests) == 2
    # With keys, a photo that was put into S3 belongs to nobody who could ask the API for it.
    assert any(line.endswith("scripts.why uploads/sample.jpg --aws-port 4600") for line in commands(text))
    assert all('-H "X-Api-Key: $KEY"' in line for line in requests)
    assert "$KEY" not in usage(8080, 4600)
