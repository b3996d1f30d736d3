"""Create or update what a stage keeps and what watches it: python -m scripts.deployment.resources --stage dev

Its names are recorded in .chalice/config.json: after it, plain `chalice deploy --stage dev` works.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.settings import CleanupMode
from scripts.deployment import deployed_state, policies, rules, stacks, stage_file
from scripts.deployment.schedules import alarm_hours
from scripts.deployment.target import DeployError, Target, step
from scripts.project import PROJECT

#: For so long the clean-up may empty the buckets of a stage whose mode is `everything`.
EVERYTHING_FOR = timedelta(hours=24)
#: Where a stage's settings say nothing; LOG_DAYS and OLD_VERSION_DAYS are for the stack alone.
_LOG_DAYS, _OLD_VERSION_DAYS = "30", "7"
#: The word that ends a subscription.
NOBODY = "none"


def main() -> int:
    """Do it for the stage of the command line; 1, with one sentence on stderr, when it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument(
        "--email",
        default="",
        help="who is told of alarms, `none` for nobody; empty: ALARM_EMAIL of the stage, or as before",
    )
    options = parser.parse_args()
    try:
        create_or_update(Target(options.stage), options.email)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    print(f"Recorded. Now `chalice deploy --stage {options.stage}` works, or `make deploy STAGE={options.stage}`.")
    return 0


def create_or_update(target: Target, email: str = "") -> dict[str, str]:
    """Make both stacks what their templates say, record the names, render the policies; returns the first's outputs."""
    target.log(f"Resources of {target.name}, account {target.account}, region {target.region}:")
    settings = stage_file.settings_of(target, expected_names(target))
    outputs = stacks.create_or_update(target, target.name, _template("resources.yaml"), parameters(target, email))
    if target.stage == "prod":
        stacks.protect(target, target.name, on=True)
    watching = {"Stage": target.stage, "DogHours": str(alarm_hours(settings.dog_schedule))}
    stacks.create_or_update(target, monitoring_stack(target), _template("monitoring.yaml"), watching)
    record(target, outputs)
    return outputs


def record(target: Target, outputs: Mapping[str, str]) -> None:
    """Write the names into .chalice/config.json, the policies beside it, and fetch what was deployed before."""
    until = datetime.now(UTC) + EVERYTHING_FOR
    names = names_of(target, outputs)
    empties = stage_file.settings_of(target, names).cleanup.mode is CleanupMode.EVERYTHING
    # Chalice switches the rule on as it deploys: who has disabled it must not find the buckets empty for that.
    if empties and not rules.is_off(target, f"{target.name}-cleanup-event"):
        names["CLEANUP_UNTIL"] = until.isoformat(timespec="seconds")
    stage_file.record(target, names)
    render_policies(target)
    deployed_state.fetch(target, outputs["StateBucket"])


def render_policies(target: Target) -> None:
    """Fill every function's policy with the stage's names; raises DeployError for a template that asks for others."""
    names = policies.Names.of(stage_file.settings_of(target), target.region, target.account)
    with step("writing the policies"):
        shutil.rmtree(target.project / ".chalice" / "policies" / target.stage, ignore_errors=True)
        for function in stage_file.read(target)["lambda_functions"]:
            path = target.project / ".chalice" / stage_file.policy_file(target.stage, function)
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.write_text(json.dumps(policies.render(function, names), indent=2) + "\n")
            except policies.PolicyError as error:
                raise DeployError(f"the policy of {function}: {error}") from error


def names_of(target: Target, outputs: Mapping[str, str]) -> dict[str, str]:
    """Say under which environment variable each output goes."""
    return {
        "IMAGES_BUCKET": outputs["ImagesBucket"],
        "LANDING_BUCKET": outputs["LandingBucket"],
        "DESTINATION_BUCKET": outputs["DestinationBucket"],
        "IMAGES_TABLE": outputs["ImagesTable"],
        "DDB_TABLE": outputs["DdbTable"],
        "ALARMS_TOPIC_ARN": outputs["AlarmsTopicArn"],
        "DOG_PIPELINE_ARN": target.arn("states", f"stateMachine:{target.name}-DogUploaderPipeline"),
    }


def expected_names(target: Target) -> dict[str, str]:
    """Say what the template will name; for the checks before there is a stack."""
    buckets = {
        "ImagesBucket": "images",
        "LandingBucket": "landing",
        "DestinationBucket": "sanitized",
        "StateBucket": "state",
    }
    outputs = {output: f"{target.name}-{word}-{target.account}" for output, word in buckets.items()}
    tables = {"ImagesTable": f"{target.name}-Images", "DdbTable": f"{target.name}-DogImageUploads"}
    topic = {"AlarmsTopicArn": target.arn("sns", f"{target.name}-alarms")}
    return names_of(target, outputs | tables | topic)


def parameters(target: Target, email: str = "") -> dict[str, str | None]:
    """Take the stack's parameters from the stage's settings; None is what the stack has already."""
    settings, variables = stage_file.settings_of(target, expected_names(target)), stage_file.environment(target)
    return {
        "Stage": target.stage,
        "CorsOrigin": settings.cors_origin,
        "LandingDays": str(settings.landing_days),
        "OldVersionDays": variables.get("OLD_VERSION_DAYS", _OLD_VERSION_DAYS),
        "LogDays": variables.get("LOG_DAYS", _LOG_DAYS),
        "AlarmEmail": _address(email or variables.get("ALARM_EMAIL", "")),
    }


def _address(email: str) -> str | None:
    # An update that names nobody must not take the subscription away from who has confirmed it.
    return {"": None, NOBODY: ""}.get(email, email)


def monitoring_stack(target: Target) -> str:
    """Name the second stack."""
    return f"{target.name}-monitoring"


def _template(name: str) -> str:
    return (PROJECT / "scripts" / "deployment" / name).read_text()


if __name__ == "__main__":
    sys.exit(main())
