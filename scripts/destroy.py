"""Take a stage off AWS: make destroy STAGE=dev; it asks first. In prod the data stays unless FORCE=1."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from scripts import state_machine
from scripts.deployment import chalice_run, configure, deployed_state, resources, stacks, stage_file
from scripts.deployment.target import DeployError, Target, step


def main() -> int:
    """Destroy the stage of the command line; 1 when a person says no or a step fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--force", action="store_true", help="in prod: the data too")
    options = parser.parse_args()
    target = Target(options.stage)
    try:
        if not options.yes and not agreed(target, with_data=takes_data(target, force=options.force)):
            print("Nothing was done.")
            return 1
        destroy(target, force=options.force)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


def takes_data(target: Target, *, force: bool) -> bool:
    """Tell whether photos and records go too: everywhere but in prod, and there when it is forced."""
    return target.stage != "prod" or force


def destroy(target: Target, *, force: bool = False) -> None:
    """Take away functions, API, roles, workflow, alarms and, unless prod keeps them, photos and records.

    What is gone already is passed over, so that a run that failed can be run again. Raises DeployError.
    """
    outputs = stacks.outputs_of(target, target.name)
    # A stack whose creation failed has no outputs, and nothing was deployed onto it.
    if outputs:
        _delete_functions(target, outputs)
    else:
        target.log(f"There is no service {target.name}.")
    with_data = takes_data(target, force=force)
    take_stacks(target, outputs, with_data=with_data)
    stage_file.forget(target)
    target.log(f"{target.name} is gone." if with_data else f"{target.name} keeps its data.")


def take_stacks(target: Target, outputs: Mapping[str, str] | None, *, with_data: bool) -> None:
    """Delete the stack that watches and, `with_data`, the one that keeps; `outputs` are None where that is not."""
    target.log("Alarms, dashboard and queries:")
    stacks.delete(target, resources.monitoring_stack(target))
    if outputs is not None and with_data:
        _delete_data(target)


def agreed(target: Target, *, with_data: bool) -> bool:
    """Ask for the stage's name; anything else, and no answer at all, is a no."""
    what = "with ALL its photos and records" if with_data else "but for its photos and records"
    try:
        return input(f"Destroy {target.name} {what}? Type its name: ").strip() == target.name
    except EOFError:
        return False


def _delete_functions(target: Target, outputs: Mapping[str, str]) -> None:
    # A fresh checkout has neither the names that app.py needs nor what Chalice has deployed.
    resources.record(target, outputs)
    target.log("Functions, API, rules and roles:")
    configure.drop_usage_plan(target)
    chalice_run.run(target, "delete")
    deployed_state.keep(target, outputs["StateBucket"], may_be_gone=True)
    with step("deleting the state machine"):
        state_machine.delete(stage_file.settings_of(target))


def _delete_data(target: Target) -> None:
    target.log("Photos, records, topics, queue and logs:")
    # By name: a stack that failed tells no outputs.
    for bucket in [f"{target.name}-{word}-{target.account}" for word in ("images", "landing", "sanitized", "state")]:
        with step(f"emptying {bucket}"):
            _empty(target, bucket)
    if target.stage == "prod":
        stacks.protect(target, target.name, on=False)
    stacks.delete(target, target.name)
    with step("deleting the logs that functions wrote meanwhile"):
        _delete_logs(target)
    deployed_state.local_file(target).unlink(missing_ok=True)


def _empty(target: Target, bucket: str) -> None:
    """Delete every version and every delete marker: a versioned bucket that looks empty is not."""
    s3 = target.client("s3")
    try:
        pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchBucket":
            return
        raise
    for page in pages:
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        _delete_versions(s3, bucket, [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions])
    target.log(f"  {bucket} is empty")


def _delete_versions(s3: Any, bucket: str, versions: list[dict[str, str]]) -> None:
    if not versions:
        return
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
    # Failures come inside a 200.
    if refused := answer.get("Errors"):
        cause = f"{refused[0]['Key']}: {refused[0]['Message']}"
        raise DeployError(f"S3 keeps objects in {bucket}: {cause}. How to go on: run the same command again.")


def _delete_logs(target: Target) -> None:
    logs = target.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{target.name}"):
        for group in page["logGroups"]:
            function = group["logGroupName"].rpartition("/")[2]
            if function == target.name or function.startswith(f"{target.name}-"):
                logs.delete_log_group(logGroupName=group["logGroupName"])


if __name__ == "__main__":
    sys.exit(main())
