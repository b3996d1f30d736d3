"""Look for what would make a deployment fail or harm: make doctor STAGE=dev; each finding with its remedy."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice

from chalicelib.settings import CleanupMode, Settings
from scripts.deployment import package, policies, resources, stacks, stage_file
from scripts.deployment.target import DeployError, Target
from scripts.project import Notification, notifications_of, read_config

#: Chalice packages for the Python that runs it; on 3.11 it builds Pillow from source, for this machine.
OLDEST, NEWEST = (3, 12), (3, 14)
#: The answer of a name that is taken; else it is the code of an error.
_THERE = "there"
_WRITES = ("s3:PutObject", "s3:*", "*")


def main() -> int:
    """Print every finding for the stage of the command line; 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default="dev", help="dev, staging or prod")
    parser.add_argument("--no-package", action="store_true", help="do not build and look into the zips")
    options = parser.parse_args()
    found = list(findings(Target(options.stage), packages=not options.no_package))
    for finding in found:
        print(f"- {finding}")
    print("Nothing stands against a deployment." if not found else f"{len(found)} to mend.")
    return int(bool(found))


def check_or_raise(target: Target, dependencies: Any = None) -> None:
    """Raise DeployError with every finding, when there is one."""
    if found := list(findings(target, dependencies=dependencies)):
        raise DeployError("the doctor found:\n- " + "\n- ".join(found))
    target.log("  nothing stands against a deployment")


def findings(target: Target, *, packages: bool = True, dependencies: Any = None) -> Iterator[str]:
    """Go through all checks in order; what hangs on AWS is left out when AWS cannot be asked."""
    if not dependencies:
        yield from python_findings(sys.version_info[:2])
    refused = list(access_findings(target))
    yield from refused
    try:
        yield from source_findings(target.on_no_account() if refused else target)
        if not refused:
            yield from name_findings(target)
    except (DeployError, policies.PolicyError) as error:
        yield f"{error}"
        return
    if packages and (dependencies or sys.version_info[:2] >= OLDEST):
        yield from package_findings(target, dependencies)


def access_findings(target: Target) -> Iterator[str]:
    """Look for a region, and for credentials that AWS takes."""
    try:
        without_region = not target.session.region_name
        if without_region:
            yield "no region is set: set AWS_DEFAULT_REGION, or `region` in your AWS profile."
        if target.session.get_credentials() is None:
            yield "no AWS credentials are found: set AWS_PROFILE, or log in with `aws sso login`."
        elif not without_region:
            _ = target.account
    except (BotoCoreError, DeployError) as error:
        cause = str(error.__cause__ or error).rstrip(".")
        yield f"AWS cannot be asked ({cause}): set AWS_PROFILE to a profile that can, or log in with `aws sso login`."


def source_findings(target: Target) -> Iterator[str]:
    """Look at the project as the stage would run it; raises DeployError where its settings cannot be read."""
    names = resources.expected_names(target)
    settings = stage_file.settings_of(target, names)
    app = _load_app(target, names)
    switched_off = {"dog_fetch"} if settings.dog_schedule == "off" else set()
    yield from entry_findings(app, stage_file.read(target), target.project, switched_off)
    yield from retention_findings(settings)
    rendered = policies.Names.of(settings, target.region, target.account)
    notifications = notifications_of(app, target.name)
    yield from notification_findings(notifications)
    yield from loop_findings(notifications, lambda name: policies.render(name, rendered), target)


def python_findings(version: tuple[int, int]) -> Iterator[str]:
    """Look at the interpreter, which is the one that Lambda will run."""
    if not OLDEST <= version <= NEWEST:
        yield (
            f"Python {version[0]}.{version[1]} cannot package for Lambda: "
            "make the environment with another, `make venv PYTHON=python3.13`."
        )


def entry_findings(
    app: Chalice, config: Mapping[str, Any], project: Path, switched_off: AbstractSet[str] = frozenset()
) -> Iterator[str]:
    """Hold the handlers of app.py, and those that the stage has switched off, against their entries and policies."""
    sources: list[Any] = app.event_sources
    handlers = (
        {"api_handler", *switched_off}
        | {each.name for each in sources}
        | {each.name for each in app.pure_lambda_functions}
    )
    entries = config["lambda_functions"]
    for name in sorted(handlers - set(entries)):
        yield f"the handler {name} has no entry: add it under lambda_functions in .chalice/config.json."
    for name in sorted(set(entries) - handlers):
        yield f"the entry {name} in .chalice/config.json has no handler in app.py: take it out."
    for name in sorted(entries):
        if not (project / ".chalice" / "policies" / f"{name}.json").is_file():
            yield f"the function {name} has no policy: write .chalice/policies/{name}.json."


def retention_findings(settings: Settings) -> Iterator[str]:
    """Look whether the landing's own rule would come before the clean-up, which alone lets a record follow."""
    cleanup = settings.cleanup
    if settings.landing_keep and cleanup.mode is CleanupMode.EXPIRED and settings.landing_days <= cleanup.max_age_days:
        yield (
            f"LANDING_DAYS={settings.landing_days} would end originals before the clean-up, which lets their records "
            f"follow: set it above CLEANUP_MAX_AGE_DAYS={cleanup.max_age_days}."
        )


def notification_findings(notifications: Iterable[Notification]) -> Iterator[str]:
    """Look for two notifications that one object would cause, which S3 refuses."""
    for one, other in combinations(notifications, 2):
        if one.overlaps(other):
            pair = f"{one.function_name} and {other.function_name}"
            yield f"{pair} would both hear of one object in {one.bucket}: give them prefixes that do not overlap."


def loop_findings(
    notifications: Iterable[Notification], policy_of: Callable[[str], Mapping[str, Any]], target: Target
) -> Iterator[str]:
    """Look for a function that may write where it listens: it would call itself without an end."""
    for each in notifications:
        handler = each.function_name.removeprefix(f"{target.name}-")
        for resource in _writable(policy_of(handler)):
            bucket, _, key = resource.rpartition(":")[2].partition("/")
            prefix = key.partition("*")[0]
            if bucket == each.bucket and (prefix.startswith(each.prefix) or each.prefix.startswith(prefix)):
                yield (
                    f"{handler} listens to {each.bucket}/{each.prefix} and may write to {resource}: "
                    f"narrow .chalice/policies/{handler}.json to where it writes."
                )


def package_findings(target: Target, dependencies: Any = None) -> Iterator[str]:
    """Build the zips and look into them: of both architectures, or of the stage's where `dependencies` are given."""
    for architecture in [stage_file.architecture(target)] if dependencies else package.ARCHITECTURES:
        target.log(f"  packaging for {architecture}")
        path = package.build(target.project, architecture, dependencies)
        yield from package.findings(path, architecture)


def name_findings(target: Target) -> Iterator[str]:
    """Look whether a name is taken by what this stage's stack has not made."""
    if stacks.outputs_of(target, target.name) is not None:
        return
    for what, ask in _names(target):
        answer = _answer(ask)
        if answer == _THERE:
            yield f"{what} is there already, and not this stack's: delete it if it may go, or name the stage otherwise."
        elif answer:
            yield (
                f"AWS does not say whether {what} is free ({answer}): it is another account's, "
                "or these credentials lack docs/deployer-policy.json."
            )


def _names(target: Target) -> Iterator[tuple[str, Callable[[], object]]]:
    """List what the stack and Chalice will name, each with the question whether it is there."""
    for word in ("images", "landing", "sanitized", "state"):
        bucket = f"{target.name}-{word}-{target.account}"
        yield f"the bucket {bucket}", partial(target.client("s3").head_bucket, Bucket=bucket)
    for word in ("Images", "DogImageUploads"):
        table = f"{target.name}-{word}"
        yield f"the table {table}", partial(target.client("dynamodb").describe_table, TableName=table)
    for handler in stage_file.read(target)["lambda_functions"]:
        function = policies.lambda_name(handler, target.stage)
        ask = target.client("lambda").get_function_configuration
        yield f"the function {function}", partial(ask, FunctionName=function)


def _answer(ask: Callable[[], object]) -> str:
    """Say how AWS answered: empty when there is no such thing, the code of a refusal, or _THERE."""
    try:
        ask()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        return "" if code in ("404", "NoSuchBucket", "ResourceNotFoundException") else code
    except BotoCoreError as error:
        raise DeployError(f"while asking whether names are free: {error}.") from error
    return _THERE


def _writable(policy: Mapping[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        actions, allowed = statement.get("Action", []), statement.get("Resource", [])
        if statement["Effect"] == "Allow" and set(_listed(actions)) & set(_WRITES):
            yield from _listed(allowed)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _load_app(target: Target, names: Mapping[str, str]) -> Chalice:
    """Import app.py under the stage's environment, which it reads when it is imported, and leave no trace of that."""
    before = dict(os.environ)
    os.environ.update(names)
    try:
        app: Chalice = read_config(target.project, target.stage).chalice_app
    finally:
        os.environ.clear()
        os.environ.update(before)
    return app


if __name__ == "__main__":
    sys.exit(main())
