"""Find what a deployment made that was killed before it could record it, so that the next run takes it over.

Functions, roles and rules have the names of the stage. An API has only an id, so it is found by what it invokes.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib.aws.presign import domain_of
from scripts.deployment import deployed_state, policies, stage_file
from scripts.deployment.deployed_state import Resource
from scripts.deployment.target import Target, step


def adopt_api(target: Target) -> None:
    """Record the newest API of the stage, if the recorded one does not exist. Chalice would create another one."""
    with step("looking for an API that nobody recorded"):
        found = [api["id"] for api in sorted(_apis(target), key=lambda api: str(api["createdDate"]))]
    if found and _recorded_id(target) not in found:
        api_id = found[-1]
        target.log(f"  taking over the API {api_id}, which an earlier run made and did not record")
        # Chalice writes the whole entry, with the URL, after its next deployment.
        url = f"https://{api_id}.execute-api.{target.region}.{domain_of(target.region)}/{_stage_name(target)}/"
        entry = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api_id, "rest_api_url": url}
        deployed_state.add(target, [entry])


def delete_other_apis(target: Target) -> None:
    """Delete the APIs of the stage that are not the recorded one."""
    recorded = _recorded_id(target)
    with step("deleting APIs that nobody recorded"):
        for api in [each for each in _apis(target) if each["id"] != recorded]:
            target.client("apigateway").delete_rest_api(restApiId=api["id"])
            target.log(f"  deleted the API {api['id']}, which nobody recorded")


def record_names(target: Target) -> None:
    """Record every function, role and rule that the stage can have. The deletion ignores those that do not exist."""
    recorded = deployed_state.resources(target)
    deployed_state.add(target, [each for each in expected(target) if each["name"] not in recorded])


def expected(target: Target) -> Iterator[Resource]:
    """Yield the functions, roles and rules that Chalice can make for a stage, in the form of its state file."""
    for handler in stage_file.read(target)["lambda_functions"]:
        yield from resources_of(target, handler)


def resources_of(target: Target, handler: str) -> Iterator[Resource]:
    """Yield the role, the function and the rule of one handler."""
    role = f"{target.name}-{handler}"
    arn = target.arn("lambda", f"function:{policies.lambda_name(handler, target.stage)}")
    yield {
        "name": f"{handler}_role",
        "resource_type": "iam_role",
        "role_name": role,
        "role_arn": target.arn("iam", f"role/{role}"),
    }
    yield {"name": handler, "resource_type": "lambda_function", "lambda_arn": arn}
    yield {"name": f"{handler}-event", "resource_type": "cloudwatch_event", "rule_name": f"{role}-event"}


def _recorded_id(target: Target) -> str | None:
    return deployed_state.resources(target).get("rest_api", {}).get("rest_api_id")


def _apis(target: Target) -> Iterator[dict[str, Any]]:
    """Yield the APIs that have the name of the stage, or of the app as before, and invoke the stage's function."""
    client, names = target.client("apigateway"), (target.name, stage_file.read(target)["app_name"])
    for page in client.get_paginator("get_rest_apis").paginate():
        yield from (api for api in page["items"] if api["name"] in names and _invokes(target, client, api["id"]))


def _invokes(target: Target, client: Any, api_id: str) -> bool:
    wanted = f":function:{target.name}/invocations"
    for page in client.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"]):
        for method in [method for each in page["items"] for method in each.get("resourceMethods", {}).values()]:
            if method.get("methodIntegration", {}).get("uri", "").endswith(wanted):
                return True
    return False


def _stage_name(target: Target) -> str:
    config = stage_file.read(target)
    return str(config["stages"][target.stage].get("api_gateway_stage") or config.get("api_gateway_stage", "api"))
