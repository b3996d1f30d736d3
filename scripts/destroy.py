"""Delete a stage from AWS, after a confirmation: make destroy STAGE=dev. In prod the data stays unless FORCE=1."""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
from collections.abc import Mapping

from scripts.deployment import (
    bucket_emptying,
    chalice_run,
    claim,
    configure,
    deployed_state,
    pipeline,
    resources,
    reviewer,
    stacks,
    stage_file,
    unrecorded,
)
from scripts.deployment.target import DeployError, Target, step
from scripts.deployment.uploaders import users
from scripts.deployment.vpc import interfaces
from scripts.deployment.vpc import stack as vpc_stack
from scripts.deployment.web import stack as web_stack
from scripts.terminal import interrupt


def main() -> int:
    """Run the command line; return 1 if a person does not confirm or a step fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument("--force", action="store_true", help="in prod, delete the data too")
    options = parser.parse_args()
    target = Target(options.stage)
    try:
        if not options.yes and not is_confirmed(target, with_data=deletes_data(target, force=options.force)):
            print("Nothing was deleted.")
            return 1
        destroy(target, force=options.force)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


def deletes_data(target: Target, *, force: bool) -> bool:
    """Return True if photos and records are deleted too: always outside prod, and in prod only with `force`."""
    return target.stage != "prod" or force


def destroy(target: Target, *, force: bool = False) -> None:
    """Delete functions, API, roles, workflow, uploaders and alarms, and also photos and records unless prod keeps them.

    It ignores what does not exist, so that a run can be repeated after a failure. Raises DeployError.
    """
    outputs = stacks.outputs_of(target, target.name)
    # A stack whose creation failed has no outputs. Nothing was deployed after that.
    if outputs:
        _delete_functions(target, outputs)
    else:
        target.log(f"There is no service {target.name}.")
        users.delete_others(target)
    with_data = deletes_data(target, force=force)
    delete_stacks(target, outputs, with_data=with_data)
    stage_file.remove_names(target)
    target.log(f"{target.name} is deleted." if with_data else f"{target.name} is deleted, except for its data.")


def delete_stacks(target: Target, outputs: Mapping[str, str] | None, *, with_data: bool) -> None:
    """Delete the stacks without data, and `with_data` that of data. `outputs` is None without the last."""
    target.log("Alarms, dashboard and saved queries, the VPC if there is one, and the page if it is published:")
    stacks.delete(target, resources.monitoring_stack(target))
    vpc_stack.delete(target)
    web_stack.delete(target)
    if outputs is not None and with_data:
        _delete_data(target)


def is_confirmed(target: Target, *, with_data: bool) -> bool:
    """Ask a person to type the stage's name. Return False for any other input, and for none."""
    what = "and ALL its photos and records" if with_data else "but keep its photos and records"
    try:
        return input(f"Delete {target.name} {what}? Type {target.name} to confirm: ").strip() == target.name
    except EOFError:
        return False


def _delete_functions(target: Target, outputs: Mapping[str, str]) -> None:
    # A new checkout has neither the names that app.py needs nor Chalice's state file.
    resources.record(target, outputs)
    target.log("Functions, API, rules and roles:")
    with claim.claimed(target, outputs["StateBucket"], may_be_missing=True):
        unrecorded.adopt_api(target)
        unrecorded.record_names(target)
        configure.delete_usage_plan(target)
        unrecorded.delete_other_apis(target)
        # Lambda deletes its network interfaces with the permissions of the roles, which Chalice deletes.
        interfaces.release(target, vpc_stack.network(target).subnets, vpc_stack.own_network(target).subnets)
        chalice_run.run(target, "delete")
        with step("deleting the state machines"):
            pipeline.delete(stage_file.settings_of(target))
        reviewer.delete(target)
        users.delete_others(target)


def _delete_data(target: Target) -> None:
    target.log("Photos, records, topics, queue and logs:")
    # By name, because a stack that failed has no outputs.
    for bucket in [f"{target.name}-{word}-{target.account}" for word in ("images", "landing", "sanitized", "state")]:
        bucket_emptying.empty(target, bucket)
    if target.stage == "prod":
        stacks.set_protection(target, target.name, enabled=False)
    stacks.delete(target, target.name)
    with step("deleting the logs that functions wrote during the deletion"):
        _delete_logs(target)
    deployed_state.local_file(target).unlink(missing_ok=True)


def _delete_logs(target: Target) -> None:
    logs = target.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{target.name}"):
        for group in page["logGroups"]:
            function = group["logGroupName"].rpartition("/")[2]
            if function == target.name or function.startswith(f"{target.name}-"):
                logs.delete_log_group(logGroupName=group["logGroupName"])


if __name__ == "__main__":
    interrupt.run(main)
