"""What the throttle of a stage should be in an account with few concurrent functions."""

import pytest
from botocore.stub import Stubber

from scripts.deployment import concurrency
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, moto_target, set_variables


def advice(limit: int | None, project: Target) -> str:
    """Return the advice in an account with this limit; None: AWS refuses the call."""
    with Stubber(project.client("lambda")) as stub:
        if limit is None:
            stub.add_client_error("get_account_settings", "AccessDeniedException")
        else:
            stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}})
        [line] = concurrency.advice(project)
    return line


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Target:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    target = moto_target(copy_project(tmp_path_factory.mktemp("project")))
    vars(target)["account"] = "123456789012"
    return target


def test_a_new_account_is_told_what_the_throttle_should_be(target: Target) -> None:
    line = advice(10, target)
    assert line.startswith("The account may run 10 functions at once. With THROTTLE_RATE=50 and THROTTLE_BURST=100,")
    assert "Set THROTTLE_RATE=2 and THROTTLE_BURST=5" in line


def test_an_account_of_1000_fits_the_default(target: Target) -> None:
    assert advice(1000, target) == "The account may run 1000 functions at once. The throttle of the stage fits."


@pytest.mark.parametrize(("own", "expected"), [(100, "fits."), (40, "Set THROTTLE_RATE=20 and THROTTLE_BURST=40")])
def test_the_throttle_fits_what_the_api_has_reserved(target: Target, own: int, expected: str) -> None:
    set_variables(target, RESERVED_CONCURRENCY=f"api_handler:{own}")
    line = advice(1000, target)
    assert f"api_handler has {own} of its own." in line
    assert expected in line


def test_a_refused_call_is_told(target: Target) -> None:
    assert "AWS does not say" in advice(None, target)
    assert "AccessDeniedException" in advice(None, target)


@pytest.mark.parametrize(("limit", "expected"), [(1, (1, 1)), (10, (2, 5)), (200, (50, 100)), (1000, (250, 500))])
def test_the_api_gets_half_of_the_account_and_two_seconds_for_a_call(limit: int, expected: tuple[int, int]) -> None:
    assert concurrency.suggested(limit) == expected
