"""Apply the settings that Chalice has no option for.

These are retries, dead-letter queues, gateway responses, throttling, the usage plan, the state machines, the addresses
of the login page, and cost tags.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.settings import Auth, Settings
from scripts.deployment import deployed_state, gateway_settings, pipeline, rules, stage_file, tagging, user_pool
from scripts.deployment.target import DeployError, Target, step

#: Lambda's default. The setting EVENT_ATTEMPTS counts the first attempt and these.
RETRIES = 2
#: Seconds during which Lambda and EventBridge try to deliver an event.
EVENT_AGE = 6 * 3600


def apply_settings(target: Target, settings: Settings, outputs: Mapping[str, str]) -> str:
    """Apply all settings and return the URL of the API. A second call changes nothing."""
    deployed = deployed_state.resources(target)
    queue = outputs["DeadLettersArn"]
    for handler in event_handlers(deployed.values()):
        set_failure_destination(target, f"{target.name}-{handler}", queue)
    for rule in rules.names(deployed.values()):
        set_rule_dead_letter_queue(target, rule, queue)
    api_id = rest_api_id(deployed)
    url = str(deployed["rest_api"]["rest_api_url"])
    stage_name = url.rstrip("/").rpartition("/")[2]
    _set_gateway(target, settings, api_id, stage_name)
    user_pool.set_addresses(target, outputs, user_pool.addresses_of(url, settings.cors_origin, settings.page_url))
    with step("creating or updating the state machines"):
        machines = pipeline.create_or_update(settings)
    tagging.tag(target, deployed.values(), stage_name, machines)
    return url


def _set_gateway(target: Target, settings: Settings, api_id: str, stage: str) -> None:
    client = target.client("apigateway")
    with step("setting gateway responses and throttling"):
        gateway_settings.pass_bodies_as_bytes(client, api_id)
        gateway_settings.put_gateway_responses(
            client, api_id, stage, settings.auth, settings.cors_origin, xray=stage_file.traces(target)
        )
        gateway_settings.set_throttling(client, api_id, stage, settings.throttle_rate, settings.throttle_burst)
        if settings.auth is Auth.API_KEY:
            gateway_settings.ensure_usage_plan(client, api_id, stage, target.name, target.tags)


def delete_usage_plan(target: Target) -> None:
    """Delete the stage's usage plan: API Gateway does not delete an API that a plan refers to."""
    client = target.client("apigateway")
    with step("deleting the usage plan"):
        pages = client.get_paginator("get_usage_plans").paginate()
        for plan in [each for page in pages for each in page["items"] if each["name"] == target.name]:
            stages = [f"{each['apiId']}:{each['stage']}" for each in plan.get("apiStages", [])]
            operations = [{"op": "remove", "path": "/apiStages", "value": stage} for stage in stages]
            client.update_usage_plan(usagePlanId=plan["id"], patchOperations=operations)
            client.delete_usage_plan(usagePlanId=plan["id"])


def event_handlers(deployed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the functions that events invoke. Chalice names each event source after its function."""
    sources = [each["name"] for each in deployed if each["resource_type"] in ("s3_event", "cloudwatch_event")]
    return sorted({name.removesuffix("-s3event").removesuffix("-event") for name in sources})


def rest_api_id(deployed: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the id of the API. Raises DeployError if Chalice has recorded no API."""
    if "rest_api" not in deployed:
        raise DeployError("Chalice has recorded no API. What to do: run `make deploy` again.")
    return str(deployed["rest_api"]["rest_api_id"])


def set_failure_destination(target: Target, function: str, queue: str) -> None:
    """Make Lambda send an event to the queue when its retries are used up."""
    with step(f"setting the retries of {function}"):
        target.client("lambda").put_function_event_invoke_config(
            FunctionName=function,
            MaximumRetryAttempts=RETRIES,
            MaximumEventAgeInSeconds=EVENT_AGE,
            DestinationConfig={"OnFailure": {"Destination": queue}},
        )


def set_rule_dead_letter_queue(target: Target, rule: str, queue: str) -> None:
    """Make EventBridge send an event that it cannot deliver to the queue. Each Chalice deployment removes this."""
    client = target.client("events")
    with step(f"setting the dead-letter queue of the rule {rule}"):
        targets = client.list_targets_by_rule(Rule=rule)["Targets"]
        policy = {"MaximumRetryAttempts": 24, "MaximumEventAgeInSeconds": EVENT_AGE}
        updated = [each | {"DeadLetterConfig": {"Arn": queue}, "RetryPolicy": policy} for each in targets]
        response = client.put_targets(Rule=rule, Targets=updated)
        if response.get("FailedEntryCount"):
            raise DeployError(f"EventBridge rejected the target of {rule}: {response['FailedEntries']}.")
