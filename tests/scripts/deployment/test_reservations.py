"""RESERVED_CONCURRENCY, and what an account can reserve."""

from pathlib import Path

import pytest
from botocore.stub import Stubber

from scripts.deployment import reservations
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import copy_project, moto_target, set_variables

RESERVED = "api_handler:50,resize_image:20"


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return moto_target(copy_project(tmp_path))


def findings(target: Target, limit: int | None, unreserved: int = 0, current: tuple[int, ...] = ()) -> list[str]:
    """Return the findings in an account with these limits; `current` is what functions of the stage have reserved."""
    with Stubber(target.client("lambda")) as stub:
        if limit is None:
            stub.add_client_error("get_account_settings", "AccessDeniedException")
        else:
            limits = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
            stub.add_response("get_account_settings", {"AccountLimit": limits})
            for number in current:
                stub.add_response("get_function_concurrency", {"ReservedConcurrentExecutions": number})
            for _ in range(10 - len(current)):
                stub.add_client_error("get_function_concurrency", "ResourceNotFoundException")
        found = list(reservations.findings(target))
        stub.assert_no_pending_responses()
    return found


def test_nothing_is_reserved_by_default(target: Target) -> None:
    assert reservations.read(target) == {}
    # No response is stubbed: AWS is not asked.
    with Stubber(target.client("lambda")):
        assert list(reservations.findings(target)) == []


def test_functions_have_numbers(target: Target) -> None:
    set_variables(target, RESERVED_CONCURRENCY="api_handler:50, resize_image: 20,")
    assert reservations.read(target) == {"api_handler": 50, "resize_image": 20}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("resize:20", "RESERVED_CONCURRENCY names 'resize'. The functions are AlertPNG, .*api_handler"),
        ("cleanup:0", "has 'cleanup:0'"),
        ("cleanup:-1", "has 'cleanup:-1'"),
        ("cleanup:²", "has 'cleanup:²'"),
        ("cleanup", "has 'cleanup'. Write each function once, as <function>:<number>"),
        ("cleanup:1,cleanup:2", "has 'cleanup:2'"),
    ],
)
def test_anything_else_is_an_error(target: Target, text: str, error: str) -> None:
    with pytest.raises(DeployError, match=error):
        reservations.read(set_variables(target, RESERVED_CONCURRENCY=text))


@pytest.mark.parametrize(("unreserved", "count"), [(1000, 0), (170, 0), (169, 1)])
def test_aws_keeps_100_unreserved(target: Target, unreserved: int, count: int) -> None:
    set_variables(target, RESERVED_CONCURRENCY=RESERVED)
    assert len(findings(target, 1000, unreserved)) == count


def test_what_the_stage_has_reserved_counts_as_free(target: Target) -> None:
    set_variables(target, RESERVED_CONCURRENCY=RESERVED)
    assert findings(target, 1000, 100, (50, 20)) == []
    [found] = findings(target, 1000, 100, (50, 19))
    assert found.startswith("RESERVED_CONCURRENCY adds up to 70, and the account can reserve 69 for this stage")


def test_a_new_account_can_reserve_nothing(target: Target) -> None:
    set_variables(target, RESERVED_CONCURRENCY="cleanup:1")
    [found] = findings(target, 10, 10)
    assert "the account can reserve 0 for this stage: it may run 10 functions at once" in found
    assert "A new account has 10." in found


def test_a_refused_call_is_told(target: Target) -> None:
    [found] = findings(set_variables(target, RESERVED_CONCURRENCY=RESERVED), None)
    assert "AccessDeniedException" in found
