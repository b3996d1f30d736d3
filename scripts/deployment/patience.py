"""Wait for what AWS makes available only after a while, and tell the last answer if it does not come."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError

T = TypeVar("T")


class NotReady(Exception):
    """Raised by an attempt that may succeed later. The message is the answer that it got."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a result. All times are in seconds; `clock` and `sleep` are those of the module time."""

    timeout: float = 240.0
    pause: float = 1.0
    #: S3 can lose an event of a notification that is a few minutes old, so the object is put again after this time.
    put_again: float = 30.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait(self, what: str, attempt: Callable[[], T], remedy: str) -> T:
        """Call `attempt` until it returns, and return its result. Raises DeployError with the last answer at the end.

        NotReady, and each error of the connection (DNS, a reset, an incomplete response), mean: try again.
        """
        deadline = self.clock() + self.timeout
        while True:
            try:
                return attempt()
            except (NotReady, OSError, http.client.HTTPException) as error:
                answer = str(error) if isinstance(error, NotReady) else f"{type(error).__name__}: {error}"
                if self.clock() >= deadline:
                    raise DeployError(
                        f"{what} was not ready after {round(self.timeout)} s. The last answer: {answer}. "
                        f"What to do: {remedy}."
                    ) from error
            self.sleep(self.pause)

    def until_accepted(self, what: str, call: Callable[[], T], *codes: str, remedy: str) -> T:
        """Send a call to AWS until it does not fail with one of these error codes, and return its answer.

        Raises DeployError at the end, and every other error at once.
        """

        def attempt() -> T:
            try:
                return call()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in codes:
                    raise NotReady(str(error)) from error
                raise

        return self.wait(what, attempt, remedy)
