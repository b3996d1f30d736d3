"""The functions of the embedded AWS: the local stage's run in this process, deployed ones in their own."""

import sys
from typing import Any, Protocol

from moto.awslambda.models import lambda_backends

from scripts.embedded.deployed.runtime import Deployed, Runtimes
from scripts.embedded.functions import ACCOUNT, REGION, Event, Functions, Outcome


class Invoker(Protocol):
    """Whatever runs a function by its name."""

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        """Run a function to its end."""


class EveryFunction:
    """Runs the app's own functions as they are, and those that were deployed from their zips."""

    def __init__(self, own: Functions, runtimes: Runtimes) -> None:
        self._own, self._runtimes = own, runtimes
        self._names = {function.name for function in own}

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        """Run a function by its name."""
        if name in self._names:
            return self._own.invoke(name, event, request_id)
        outcome = self._runtimes.invoke(deployed(name), event, request_id)
        if (outcome.error_type or "").startswith(("Runtime.", "Sandbox.")):
            # On AWS it is in the function's log; here whoever deployed looks at this terminal.
            print(f"darkroom: {name}: {outcome.error_type}: {outcome.error_message}", file=sys.stderr, flush=True)
        return outcome


def deployed(name: str) -> Deployed:
    """Read a function back from moto, whose API does not give the code away."""
    function: Any = lambda_backends[ACCOUNT][REGION].get_function(name)
    memory, timeout = int(function.memory_size), float(function.timeout)
    built_for = (str(function.run_time), str(function.architectures[0]))
    return Deployed(name, function.handler, function.code_bytes, function.environment_vars, timeout, memory, built_for)
