"""Runs every function of the embedded AWS: those of stage `local` in this process, deployed ones each in its own."""

import time
from dataclasses import replace
from typing import Any, Protocol

from moto.awslambda.models import lambda_backends

from scripts.embedded import log_lines, log_tail
from scripts.embedded.deployed.runtime import DeployedFunction, Runtimes
from scripts.embedded.functions import ACCOUNT, REGION, Event, Functions, Outcome


class Invoker(Protocol):
    """Anything that can run a function by its name."""

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        """Run a function and return its outcome."""


class FunctionRouter:
    """Sends an invocation to the app's own functions, or to the function that was deployed as a zip."""

    def __init__(self, local: Functions, runtimes: Runtimes) -> None:
        self._local, self._runtimes = local, runtimes
        self._names = {function.name for function in local}

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        """Run a function by its name, and log one line about the run."""
        started = time.monotonic()
        with log_lines.collected_warnings():
            outcome = self._run(name, event, request_id)
            milliseconds = round((time.monotonic() - started) * 1000)
            log_lines.log_invocation(name, event, outcome, milliseconds, request_id)
        return outcome

    def _run(self, name: str, event: Event, request_id: str) -> Outcome:
        if name in self._names:
            with log_tail.collected() as lines:
                outcome = self._local.invoke(name, event, request_id)
            return replace(outcome, log=log_tail.cut("\n".join(lines)))
        return self._runtimes.invoke(read_deployed_function(name), event, request_id)


def read_deployed_function(name: str) -> DeployedFunction:
    """Read a deployed function from moto's backend, since moto's API does not return the code."""
    function: Any = lambda_backends[ACCOUNT][REGION].get_function(name)
    memory, timeout = int(function.memory_size), float(function.timeout)
    built_for = (str(function.run_time), str(function.architectures[0]))
    code, variables = function.code_bytes, function.environment_vars
    return DeployedFunction(name, function.handler, code, variables, timeout, memory, built_for)
