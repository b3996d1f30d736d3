"""Bucket notifications, wired from the app's own `@app.on_s3_event`, with the checks that moto lacks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from chalice.app import Chalice, S3EventConfig

from scripts.embedded.functions import ACCOUNT, REGION, Functions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import FilterRuleTypeDef, LambdaFunctionConfigurationTypeDef


class WiringError(Exception):
    """Raised for a notification that AWS would refuse; the message names the functions."""


@dataclass(frozen=True)
class Notification:
    """One `@app.on_s3_event`: which events of which keys of a bucket call which function."""

    function_name: str
    bucket: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def overlaps(self, other: "Notification") -> bool:
        """Tell whether one event could call both, which S3 refuses."""
        return (
            self.bucket == other.bucket
            and any(_events_overlap(mine, theirs) for mine in self.events for theirs in other.events)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


def notifications_of(app: Chalice, stage_name: str) -> list[Notification]:
    """Read the notifications that an app asks for; `stage_name` is in front of its functions' names."""
    return [
        Notification(
            f"{stage_name}-{source.name}", source.bucket, tuple(source.events), source.prefix or "", source.suffix or ""
        )
        for source in app.event_sources
        if isinstance(source, S3EventConfig)
    ]


def check_notifications(notifications: Iterable[Notification], functions: Functions) -> None:
    """Refuse what AWS refuses: a target that is not there, two notifications that overlap.

    Raises WiringError.
    """
    notifications = list(notifications)
    names = {function.name for function in functions}
    for notification in notifications:
        if notification.function_name not in names:
            raise WiringError(f"{notification.bucket} notifies {notification.function_name}, which is no function")
    for one, other in combinations(notifications, 2):
        if one.overlaps(other):
            pair = f"{one.function_name} and {other.function_name}"
            raise WiringError(f"{pair} overlap in {one.bucket}: S3 takes one function for an event, prefix and suffix")


def wire_notifications(notifications: Iterable[Notification], client: "S3Client") -> None:
    """Set the notifications of every bucket named."""
    buckets: dict[str, list[LambdaFunctionConfigurationTypeDef]] = defaultdict(list)
    for notification in notifications:
        buckets[notification.bucket].append(_configuration(notification))
    for bucket, configurations in buckets.items():
        client.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": configurations}
        )


def _events_overlap(one: str, other: str) -> bool:
    # "s3:ObjectCreated:*" covers "s3:ObjectCreated:Put".
    return one.rstrip("*").startswith(other.rstrip("*")) or other.rstrip("*").startswith(one.rstrip("*"))


def _configuration(notification: Notification) -> "LambdaFunctionConfigurationTypeDef":
    configuration: LambdaFunctionConfigurationTypeDef = {
        "LambdaFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{notification.function_name}",
        "Events": list(notification.events),  # type: ignore[arg-type]  # Chalice holds strings, the stubs want literals
    }
    if rules := _rules(notification):
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    return configuration


def _rules(notification: Notification) -> "list[FilterRuleTypeDef]":
    rules: list[FilterRuleTypeDef] = []
    # moto answers 500 to an empty value and to "Prefix" with a capital, which AWS takes.
    if notification.prefix:
        rules.append({"Name": "prefix", "Value": notification.prefix})
    if notification.suffix:
        rules.append({"Name": "suffix", "Value": notification.suffix})
    return rules
