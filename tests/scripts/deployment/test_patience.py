"""Waiting: until a result comes, or with the last answer at the deadline."""

import http.client

import pytest
from botocore.exceptions import ClientError

from scripts.deployment.patience import NotReady, Patience
from scripts.deployment.target import DeployError
from tests.scripts.deployment.fake_time import FakeTime


class Attempts(FakeTime):
    """Raises each of the given errors in turn, then returns "done". Its clock moves only while it sleeps."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    def wait(self, timeout: float) -> str:
        return Patience(timeout, clock=lambda: self.now, sleep=self.sleep).wait("the API", self, "wait")


def test_it_tries_again_after_an_answer_and_after_an_error_of_the_connection() -> None:
    attempts = Attempts(NotReady("502"), ConnectionResetError(), http.client.IncompleteRead(b""), TimeoutError())
    assert attempts.wait(10) == "done"
    assert attempts.now == 4


@pytest.mark.parametrize(
    ("last", "told"),
    [(NotReady("GET /health returned 503: no"), "GET /health returned 503: no"), (OSError("no route"), "OSError: no")],
)
def test_at_the_deadline_the_last_answer_is_told(last: Exception, told: str) -> None:
    attempts = Attempts(*[NotReady("502")] * 3, *[last] * 9)
    with pytest.raises(DeployError, match="the API was not ready after 5 s") as raised:
        attempts.wait(5)
    assert f"The last answer: {told}" in str(raised.value)
    assert attempts.now == 5


def test_another_error_ends_it_at_once() -> None:
    with pytest.raises(ValueError, match="a bug"):
        Attempts(ValueError("a bug")).wait(5)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")


def test_a_call_to_aws_is_sent_until_it_does_not_fail_with_one_of_the_codes() -> None:
    attempts = Attempts(refused("NoSuchEntity"), refused("AccessDenied"))
    patience = Patience(9, clock=lambda: attempts.now, sleep=attempts.sleep)
    assert patience.until_accepted("the user", attempts, "NoSuchEntity", "AccessDenied", remedy="wait") == "done"
    assert attempts.now == 2
    with pytest.raises(ClientError, match="NoSuchBucket"):
        patience.until_accepted("the user", Attempts(refused("NoSuchBucket")), "NoSuchEntity", remedy="wait")
