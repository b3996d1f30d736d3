"""Policies as pairs of an action and a resource, and the calls that a pair allows by moto's evaluator."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from scripts.deployment.policies import Policy
from tests.privilege.enforcement import Call, permits

Pair = tuple[str, str]
#: Actions of Lambda itself, which writes the log and sends the traces. moto has neither.
NOT_CHECKED = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def pairs_of(whole: Policy, ignored: Collection[str] = NOT_CHECKED) -> list[Pair]:
    """List every action of a policy with every resource, without the actions that nothing here can check."""
    pairs = [(action, arn) for each in whole["Statement"] for action in each["Action"] for arn in each["Resource"]]
    return [(action, arn) for action, arn in pairs if action not in ignored]


def policy(pairs: Iterable[Pair]) -> Policy:
    """Return a policy that allows only these pairs. It has one statement more, since a policy may not be empty."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in pairs]
    nothing = {"Effect": "Deny", "Action": "none:None", "Resource": "arn:aws:none:::none"}
    return {"Version": "2012-10-17", "Statement": [*statements, nothing]}


def without(pairs: Sequence[Pair], pair: Pair) -> list[Pair]:
    """Return the pairs except this one."""
    return [each for each in pairs if each != pair]


def allowed(pairs: Iterable[Pair], calls: frozenset[Call]) -> frozenset[Call]:
    """Return the calls that a policy of these pairs allows."""
    return frozenset().union(*(_allowed_by(pair, calls) for pair in pairs))


@cache
def _allowed_by(pair: Pair, calls: frozenset[Call]) -> frozenset[Call]:
    text = json.dumps(policy([pair]))
    return frozenset(call for call in calls if permits(text, call))


def neighbours(arn: str) -> Iterator[str]:
    """List similar resources: of another account, with a longer name, under another prefix."""
    head, _, name = arn.rpartition(":")
    if arn.startswith("arn:aws:s3:"):
        bucket, slash, key = name.partition("/")
        yield f"{head}:{bucket}-neighbour{slash}{key}"
        if key:
            yield f"{head}:{bucket}/neighbour/{key}"
    else:
        yield arn.replace(":123456789012:", ":210987654321:")
        yield f"{arn}-neighbour"
