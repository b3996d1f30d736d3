"""Create or update the stacks of a stage: python -m scripts.deployment.resources --stage dev

One stack holds buckets, tables, topics, the queue and logs. Another one holds alarms, dashboard and saved queries.
With VPC=new, a third one holds the network; with WEB=s3 or WEB=cloudfront, another one the page.
The names go into .chalice/recorded/dev.json. After that and `make config STAGE=dev`, plain `chalice deploy` works.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.settings import CleanupMode, Settings
from scripts.deployment import (
    alert_addresses,
    deployed_state,
    policies,
    reservations,
    rules,
    stacks,
    stage_file,
    user_pool,
)
from scripts.deployment.schedules import alarm_hours
from scripts.deployment.target import DeployError, Target, step
from scripts.deployment.vpc import permissions
from scripts.deployment.vpc import stack as vpc_stack
from scripts.deployment.vpc.choice import Network
from scripts.deployment.web import stack as web_stack
from scripts.project import PROJECT
from scripts.terminal import interrupt

#: How long after a deployment the clean-up may empty the buckets, if its mode is `everything`.
EVERYTHING_FOR = timedelta(hours=24)
#: The default of LOG_DAYS. Only the stack uses this setting.
_LOG_DAYS = "30"
#: The stack's parameter and output that remember that a person has taken the clean-up away (cleanup_removal.py).
REMOVED = "CleanupRemoved"


def main() -> int:
    """Run the command line; return 1, with one message on stderr, if a step fails."""
    options = _read_options()
    try:
        outputs = create_or_update(Target(options.stage), options.email, options.png_alert_email)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    stage = options.stage
    print(alert_addresses.line(outputs) + ".")
    print(
        f"Done. Next: `make deploy STAGE={stage}`, or `make config STAGE={stage}` and `chalice deploy --stage {stage}`."
    )
    return 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument(
        "--email",
        default="",
        help="address for alarms; `none`: nobody; empty: ALARM_EMAIL of the stage, or as in the last deployment",
    )
    parser.add_argument(
        "--png-alert-email",
        default="",
        help="address for PNG alerts; `none`: nobody; empty: PNG_ALERT_EMAIL of the stage, or that of the alarms",
    )
    return parser.parse_args()


def create_or_update(
    target: Target, email: str = "", png_alerts: str | None = "", cleanup_removed: str | None = None
) -> dict[str, str]:
    """Create or update the stacks, record their names, write the policies; return the outputs of the first stack.

    `email` and `png_alerts`: see alert_addresses.parameters(). `cleanup_removed` is `true` or ""; None keeps it.
    """
    target.log(f"Resources of {target.name}, account {target.account}, region {target.region}:")
    settings = stage_file.settings_of(target, expected_names(target))
    web_stack.create_or_update(target, settings.old_version_days)
    values = parameters(target, email, png_alerts, cleanup_removed)
    outputs = stacks.create_or_update(target, target.name, _template("resources.yaml"), values)
    if target.stage == "prod":
        stacks.set_protection(target, target.name, enabled=True)
    monitoring = _monitoring_parameters(target, settings) | {REMOVED: outputs.get(REMOVED, "")}
    stacks.create_or_update(target, monitoring_stack(target), _template("monitoring.yaml"), monitoring)
    vpc_stack.create_or_update(target, settings)
    record(target, outputs)
    return outputs


def _monitoring_parameters(target: Target, settings: Settings) -> dict[str, str]:
    return {
        "Stage": target.stage,
        "DogHours": str(alarm_hours(settings.dog_schedule)),
        "Monitoring": stage_file.monitoring(target),
        "ThrottleBurst": str(settings.throttle_burst),
        "Uploaders": str(len(settings.uploaders)),
    }


def record(target: Target, outputs: Mapping[str, str]) -> None:
    """Record the names, write the policies, and download Chalice's state file."""
    until = datetime.now(UTC) + EVERYTHING_FOR
    names = names_of(target, outputs) | web_stack.names(target)
    empties = stage_file.settings_of(target, names).cleanup.mode is CleanupMode.EVERYTHING
    # Chalice enables the rule while it deploys. A clean-up that a person has disabled must not empty the buckets then.
    if empties and not rules.is_disabled(target, f"{target.name}-cleanup-event"):
        names["CLEANUP_UNTIL"] = until.isoformat(timespec="seconds")
    network = vpc_stack.network(target)
    stage_file.write_names(target, names, network.subnets, network.security_groups, reservations.read(target))
    render_policies(target, network)
    deployed_state.download(target, outputs["StateBucket"])


def render_policies(target: Target, network: Network) -> None:
    """Write every function's policy with the stage's names, and in a VPC with what Lambda needs there.

    Raises DeployError for an unknown or empty placeholder.
    """
    names = policies.Names.of(stage_file.settings_of(target), target.region, target.account)
    with step("writing the policies"):
        shutil.rmtree(target.project / ".chalice" / "policies" / target.stage, ignore_errors=True)
        for function in stage_file.read(target)["lambda_functions"]:
            path = target.project / ".chalice" / stage_file.policy_file(target.stage, function)
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                policy = policies.render(function, names)
            except policies.PolicyError as error:
                raise DeployError(f"the policy of {function}: {error}") from error
            if network.subnets:
                policy = permissions.add(policy, function, names)
            path.write_text(json.dumps(policy, indent=2) + "\n")


def names_of(target: Target, outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that hold the stack's outputs."""
    return {
        "IMAGES_BUCKET": outputs["ImagesBucket"],
        "LANDING_BUCKET": outputs["LandingBucket"],
        "DESTINATION_BUCKET": outputs["DestinationBucket"],
        "IMAGES_TABLE": outputs["ImagesTable"],
        "DDB_TABLE": outputs["DdbTable"],
        "ALARMS_TOPIC_ARN": outputs["AlarmsTopicArn"],
        "IMAGES_TOPIC_ARN": outputs["ImagesTopicArn"],
        "DOG_PIPELINE_ARN": target.arn("states", f"stateMachine:{target.name}-DogUploaderPipeline"),
        **({"CLEANUP_REMOVED": "true"} if outputs.get(REMOVED) else {}),
        **user_pool.names(target, outputs),
    }


def expected_names(target: Target) -> dict[str, str]:
    """Return the names that the template will create, for checks before the stack exists."""
    buckets = {
        "ImagesBucket": "images",
        "LandingBucket": "landing",
        "DestinationBucket": "sanitized",
        "StateBucket": "state",
    }
    outputs = {output: f"{target.name}-{word}-{target.account}" for output, word in buckets.items()}
    tables = {"ImagesTable": f"{target.name}-Images", "DdbTable": f"{target.name}-DogImageUploads"}
    topics = {"AlarmsTopicArn": "alarms", "ImagesTopicArn": "images"}
    arns = {output: target.arn("sns", f"{target.name}-{word}") for output, word in topics.items()}
    return names_of(target, outputs | tables | arns)


def parameters(
    target: Target, email: str = "", png_alerts: str | None = "", cleanup_removed: str | None = None
) -> dict[str, str | None]:
    """Return the stack's parameters from the stage's settings. None means the value that the stack has."""
    settings, variables = stage_file.settings_of(target, expected_names(target)), stage_file.environment(target)
    return {
        "Stage": target.stage,
        "CorsOrigin": web_stack.cors_origin(target),
        "LandingDays": str(settings.landing_days),
        "OldVersionDays": str(settings.old_version_days),
        "LogDays": variables.get("LOG_DAYS", _LOG_DAYS),
        REMOVED: cleanup_removed,
        **alert_addresses.parameters(target, email, png_alerts),
        **user_pool.parameters(target),
    }


def monitoring_stack(target: Target) -> str:
    """Return the name of the stack with alarms, dashboard and saved queries."""
    return f"{target.name}{stacks.MONITORING}"


def _template(name: str) -> str:
    return (PROJECT / "scripts" / "deployment" / name).read_text()


if __name__ == "__main__":
    interrupt.run(main)
