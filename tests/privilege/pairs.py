"""A policy as pairs of an action and a resource, and moto's own evaluator to tell which calls a pair allows."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from scripts.deployment.policies import Policy
from tests.privilege.enforcement import Call, permits

Pair = tuple[str, str]
#: What no call of the code needs: Lambda writes the log and its daemon sends the traces, and moto has neither.
NOT_JUDGED = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def judged(whole: Policy, besides: Collection[str] = NOT_JUDGED) -> list[Pair]:
    """List what a policy allows, action by action and resource by resource, but what nothing here can judge."""
    pairs = [(action, arn) for each in whole["Statement"] for action in each["Action"] for arn in each["Resource"]]
    return [(action, arn) for action, arn in pairs if action not in besides]


def policy(pairs: Iterable[Pair]) -> Policy:
    """Write a policy of pairs; one that allows nothing needs a statement too."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in pairs]
    nothing = {"Effect": "Deny", "Action": "none:None", "Resource": "arn:aws:none:::none"}
    return {"Version": "2012-10-17", "Statement": [*statements, nothing]}


def without(pairs: Sequence[Pair], pair: Pair) -> list[Pair]:
    """Take a pair out."""
    return [each for each in pairs if each != pair]


def allowed(pairs: Iterable[Pair], calls: frozenset[Call]) -> frozenset[Call]:
    """Tell which of the calls a policy of these pairs lets through."""
    return frozenset().union(*(_allowed_by(pair, calls) for pair in pairs))


@cache
def _allowed_by(pair: Pair, calls: frozenset[Call]) -> frozenset[Call]:
    text = json.dumps(policy([pair]))
    return frozenset(call for call in calls if permits(text, call))


def neighbours(arn: str) -> Iterator[str]:
    """Name what lies beside a resource: of another account, another stage, another prefix."""
    head, _, name = arn.rpartition(":")
    if arn.startswith("arn:aws:s3:"):
        bucket, slash, key = name.partition("/")
        yield f"{head}:{bucket}-neighbour{slash}{key}"
        if key:
            yield f"{head}:{bucket}/neighbour/{key}"
    else:
        yield arn.replace(":123456789012:", ":210987654321:")
        yield f"{arn}-neighbour"
