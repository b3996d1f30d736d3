"""What Chalice cannot set: retries, dead letters, API Gateway's own answers and throttle, the state machine."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.settings import Auth, Settings
from scripts import state_machine
from scripts.deployment import deployed_state, gateway_settings, rules, tagging
from scripts.deployment.target import DeployError, Target, step

#: Lambda's own number, said aloud: EVENT_ATTEMPTS counts the first try and these.
RETRIES = 2
#: Seconds that Lambda and EventBridge try to hand over an event.
EVENT_AGE = 6 * 3600


def apply_settings(target: Target, settings: Settings, outputs: Mapping[str, str]) -> str:
    """Set all of it and return the API's address; done twice it changes nothing."""
    deployed = deployed_state.resources(target)
    queue = outputs["DeadLettersArn"]
    for handler in event_handlers(deployed.values()):
        keep_failed_events(target, f"{target.name}-{handler}", queue)
    for rule in rules.names(deployed.values()):
        keep_unsent_events(target, rule, queue)
    api_id = api_of(deployed)
    url = str(deployed["rest_api"]["rest_api_url"])
    stage_name = url.rstrip("/").rpartition("/")[2]
    _set_gateway(target, settings, api_id, stage_name)
    with step("creating or updating the state machine"):
        workflow = state_machine.create_or_update(settings)
    tagging.tag(target, deployed.values(), stage_name, workflow)
    return url


def _set_gateway(target: Target, settings: Settings, api_id: str, stage: str) -> None:
    client = target.client("apigateway")
    with step("setting API Gateway's own answers and the throttle"):
        gateway_settings.gateway_responses(client, api_id, stage, settings.auth, settings.cors_origin)
        gateway_settings.throttle(client, api_id, stage, settings.throttle_rate, settings.throttle_burst)
        if settings.auth is Auth.API_KEY:
            gateway_settings.usage_plan(client, api_id, stage, target.name, target.tags)


def drop_usage_plan(target: Target) -> None:
    """Delete the plan by which API keys open the stage; API Gateway keeps an API that a plan still names."""
    client = target.client("apigateway")
    with step("deleting the usage plan"):
        pages = client.get_paginator("get_usage_plans").paginate()
        for plan in [each for page in pages for each in page["items"] if each["name"] == target.name]:
            stages = [f"{each['apiId']}:{each['stage']}" for each in plan.get("apiStages", [])]
            taken = [{"op": "remove", "path": "/apiStages", "value": stage} for stage in stages]
            client.update_usage_plan(usagePlanId=plan["id"], patchOperations=taken)
            client.delete_usage_plan(usagePlanId=plan["id"])


def event_handlers(deployed: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the functions that events call: Chalice records each source of events under its function's name."""
    sources = [each["name"] for each in deployed if each["resource_type"] in ("s3_event", "cloudwatch_event")]
    return sorted({name.removesuffix("-s3event").removesuffix("-event") for name in sources})


def api_of(deployed: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the API; raises DeployError when Chalice has recorded none."""
    if "rest_api" not in deployed:
        raise DeployError("Chalice has recorded no API. How to go on: run `make deploy` again.")
    return str(deployed["rest_api"]["rest_api_id"])


def keep_failed_events(target: Target, function: str, queue: str) -> None:
    """Let Lambda put an event whose retries are used up into the queue."""
    with step(f"setting the retries of {function}"):
        target.client("lambda").put_function_event_invoke_config(
            FunctionName=function,
            MaximumRetryAttempts=RETRIES,
            MaximumEventAgeInSeconds=EVENT_AGE,
            DestinationConfig={"OnFailure": {"Destination": queue}},
        )


def keep_unsent_events(target: Target, rule: str, queue: str) -> None:
    """Let EventBridge put an event that it cannot hand over into the queue; each deploy writes over the targets."""
    client = target.client("events")
    with step(f"setting the dead-letter queue of the rule {rule}"):
        targets = client.list_targets_by_rule(Rule=rule)["Targets"]
        policy = {"MaximumRetryAttempts": 24, "MaximumEventAgeInSeconds": EVENT_AGE}
        kept = [each | {"DeadLetterConfig": {"Arn": queue}, "RetryPolicy": policy} for each in targets]
        answer = client.put_targets(Rule=rule, Targets=kept)
        if answer.get("FailedEntryCount"):
            raise DeployError(f"EventBridge refused the target of {rule}: {answer['FailedEntries']}.")
