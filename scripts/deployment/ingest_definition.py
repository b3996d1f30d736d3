"""Build the ingestion of dogs in Amazon States Language: a Map over addresses, its ARNs and the policy of its role.

Nothing here calls AWS.
"""

from dataclasses import dataclass

from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import (
    LOG_ACTIONS,
    MachineArns,
    State,
    function_arn,
    machine_arns,
    retry_transient,
)

#: The most items of an execution. Its history may hold 25,000 events (Step Functions guide, "Service quotas"), and an
#: item with all its retries is 27 of them.
MAX_ITEMS = 500
#: Items at once. The dog API is a free service of others.
CONCURRENCY = 10
#: Time-outs in seconds: of a task, longer than that of its function, and of an execution with all retries.
_TASK_SECONDS, _EXECUTION_SECONDS = 90, 86_400


@dataclass(frozen=True)
class IngestArns(MachineArns):
    """The ARNs of the ingestion: its function, state machine, role and log group."""

    ingest: str


def arns_of(settings: Settings) -> IngestArns:
    """Return the ARNs of a stage, in the account and region of the dog workflow."""
    machine = machine_arns(settings, f"darkroom-{settings.stage}-IngestDogs")
    return IngestArns(**machine, ingest=function_arn(settings, "IngestDog"))


def definition(arns: IngestArns) -> State:
    """Return the state machine definition of a stage. An item that fails for good does not end the others."""
    return {
        "Comment": f"Ingests the dog pictures of at most {MAX_ITEMS} addresses.",
        "StartAt": "IngestDogs",
        "TimeoutSeconds": _EXECUTION_SECONDS,
        "States": {
            "IngestDogs": {
                "Type": "Map",
                "ItemsPath": "$.addresses",
                # With the name of the execution, a retried item is counted once.
                "ItemSelector": {"address.$": "$$.Map.Item.Value", "run.$": "$$.Execution.Name"},
                "MaxConcurrency": CONCURRENCY,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "IngestDog",
                    "States": {"IngestDog": _task(arns), "ItemFailed": _item_failed()},
                },
                "End": True,
            }
        },
    }


def policy(arns: IngestArns) -> State:
    """Return the policy of the role: it may invoke one function, and log."""
    statements: list[State] = [
        {"Action": "lambda:InvokeFunction", "Resource": [arns.ingest]},
        {"Action": list(LOG_ACTIONS), "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | each for each in statements]}


def _task(arns: IngestArns) -> State:
    return {
        "Type": "Task",
        "Resource": arns.ingest,
        # With the number, the last retry returns the cause of its failure, which an error could not: 500 stack traces
        # are too long for the output of an execution.
        "Parameters": {"address.$": "$.address", "run.$": "$.run", "retry_count.$": "$$.State.RetryCount"},
        "TimeoutSeconds": _TASK_SECONDS,
        "Retry": [retry_transient()],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "ItemFailed"}],
        "End": True,
    }


def _item_failed() -> State:
    """Return the result of an item whose function did not answer in its last retry, with the name of the error."""
    return {"Type": "Pass", "Parameters": {"outcome": "failed", "reason.$": "$.error.Error"}, "End": True}
