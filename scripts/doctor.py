"""Check what would make a deployment fail or do harm: make doctor STAGE=dev. Each finding names its remedy."""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import os
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from botocore.exceptions import BotoCoreError
from chalice.app import Chalice

from chalicelib.settings import SCHEDULE_OFF, CleanupMode, Settings
from scripts.deployment import (
    alert_addresses,
    concurrency,
    cost,
    event_loops,
    names_in_use,
    package,
    policies,
    recorded_options,
    reservations,
    resources,
    reviewer,
    stage_file,
    user_pool,
)
from scripts.deployment.target import DeployError, Target, remedy_for
from scripts.deployment.vpc import choice, routes
from scripts.deployment.web import choice as web_choice
from scripts.project import notifications_of, read_config
from scripts.terminal import interrupt

#: Chalice packages for the Python that runs it. On 3.11 it builds Pillow from source, for this machine only.
OLDEST, NEWEST = (3, 12), (3, 14)


def main() -> int:
    """Run the command line: print every finding; return 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default="dev", help="dev, staging or prod")
    parser.add_argument("--no-package", action="store_true", help="do not build and check the zips")
    options = parser.parse_args()
    target = Target(options.stage)
    found = list(findings(target, packages=not options.no_package))
    print("".join(f"- {finding}\n" for finding in found), end="")
    print(f"Findings: {len(found)}." if found else "No findings: the stage can be deployed.")
    if not found:
        print(cost.line_of(target), *advice(target), sep="\n")
    return int(bool(found))


def check_or_raise(target: Target, dependencies: Any = None) -> None:
    """Raise DeployError with all findings, if there is one."""
    if found := list(findings(target, dependencies=dependencies)):
        raise DeployError("the doctor found:\n- " + "\n- ".join(found))
    for line in ("no findings", *advice(target)):
        target.log(f"  {line}")


def advice(target: Target) -> Iterator[str]:
    """Yield what does not keep a stage from being deployed, and that a person should know."""
    yield from concurrency.advice(target)
    yield from user_pool.advice(target)
    yield from reviewer.advice(target)
    yield from web_choice.advice(target)
    yield from routes.advice(target, stage_file.settings_of(target, resources.expected_names(target)))


def findings(target: Target, *, packages: bool = True, dependencies: Any = None) -> Iterator[str]:
    """Run all checks and yield the findings. Checks that call AWS are skipped if the credentials are not usable."""
    if not dependencies:
        yield from python_findings(sys.version_info[:2])
    without_access = list(access_findings(target))
    yield from without_access
    try:
        yield from source_findings(target.with_placeholder_account() if without_access else target)
        if not without_access:
            yield from account_findings(target)
    except (DeployError, policies.PolicyError) as error:
        yield f"{error}"
        return
    if packages and (dependencies or sys.version_info[:2] >= OLDEST):
        yield from package_findings(target, dependencies)


def account_findings(target: Target) -> Iterator[str]:
    """Check what the account has: reviewers, taken names, public buckets, the functions' network, concurrency."""
    yield from reviewer.partition_findings(target)
    yield from reviewer.account_findings(target)
    yield from names_in_use.findings(target)
    yield from web_choice.account_findings(target)
    yield from routes.findings(target, stage_file.settings_of(target, resources.expected_names(target)))
    yield from reservations.findings(target)


def access_findings(target: Target) -> Iterator[str]:
    """Check that a region is set, and that AWS accepts the credentials."""
    try:
        without_region = not target.session.region_name
        if without_region:
            yield "no region is set. Set AWS_DEFAULT_REGION, or `region` in your AWS profile."
        if target.session.get_credentials() is None:
            yield "there are no AWS credentials. Set AWS_PROFILE, or log in with `aws sso login`."
        elif not without_region:
            _ = target.account
    except (BotoCoreError, DeployError) as error:
        cause = error.__cause__ or error
        remedy = remedy_for(cause, "set AWS_PROFILE to another profile, or log in with `aws sso login`")
        yield f"calls to AWS fail ({str(cause).rstrip('.')}). What to do: {remedy}."


def source_findings(target: Target) -> Iterator[str]:
    """Check handlers, policies, settings and notifications. Raises DeployError if the settings are invalid."""
    names = resources.expected_names(target)
    settings = stage_file.settings_of(target, names)
    app = _load_app(target, names)
    stage_file.monitoring(target)
    choice.read(target)
    reservations.read(target)
    reviewer.check_settings(target)
    yield from entry_findings(app, stage_file.read(target), target.project, disabled_handlers(settings))
    yield from recorded_options.findings(target)
    yield from alert_addresses.findings(target)
    yield from web_choice.findings(target)
    yield from retention_findings(settings)
    user_pool.parameters(target)
    yield from user_pool.findings(target)
    yield from ingest_findings(settings, new_vpc=choice.read(target).is_new)
    policy_names = policies.Names.of(settings, target.region, target.account)
    notifications = notifications_of(app, target.name)
    yield from event_loops.overlap_findings(notifications)
    yield from event_loops.loop_findings(notifications, lambda name: policies.render(name, policy_names), target)


def disabled_handlers(settings: Settings) -> set[str]:
    """Return the handlers that app.py does not register with these settings."""
    off = {"dog_fetch": settings.dog_schedule == SCHEDULE_OFF, "cleanup": settings.cleanup.removed}
    return {name for name, is_off in off.items() if is_off}


def python_findings(version: tuple[int, int]) -> Iterator[str]:
    """Check the Python version, which is the one that Lambda will run."""
    if not OLDEST <= version <= NEWEST:
        yield (
            f"Python {version[0]}.{version[1]} cannot package for Lambda. "
            "Create the virtual environment with another one: `make venv PYTHON=python3.13`."
        )


def entry_findings(
    app: Chalice, config: Mapping[str, Any], project: Path, disabled: AbstractSet[str] = frozenset()
) -> Iterator[str]:
    """Check that each handler, also a disabled one, has an entry and a policy, and that no entry lacks a handler."""
    sources: list[Any] = app.event_sources
    handlers = (
        {"api_handler", *disabled} | {each.name for each in sources} | {each.name for each in app.pure_lambda_functions}
    )
    entries = config["lambda_functions"]
    for name in sorted(handlers - set(entries)):
        yield f"the handler {name} has no entry. Add it under lambda_functions in .chalice/config.json."
    for name in sorted(set(entries) - handlers):
        yield f"the entry {name} in .chalice/config.json has no handler in app.py. Delete it."
    for name in sorted(entries):
        if not (project / ".chalice" / "policies" / f"{name}.json").is_file():
            yield f"the function {name} has no policy. Write .chalice/policies/{name}.json."


def retention_findings(settings: Settings) -> Iterator[str]:
    """Check that the clean-up deletes originals before S3's lifecycle rule does, which does not update records."""
    cleanup = settings.cleanup
    if cleanup.removed:
        return
    if settings.landing_keep and cleanup.mode is CleanupMode.EXPIRED and settings.landing_days <= cleanup.max_age_days:
        yield (
            f"with LANDING_DAYS={settings.landing_days}, S3 deletes originals before the clean-up does, and their "
            f"records stay unchanged. Set it above CLEANUP_MAX_AGE_DAYS={cleanup.max_age_days}."
        )


def ingest_findings(settings: Settings, *, new_vpc: bool) -> Iterator[str]:
    """Check that the ingestion of dogs reaches the hosts of INGEST_HOSTS from a new VPC."""
    if settings.ingest_hosts and new_vpc and settings.dog_schedule == SCHEDULE_OFF:
        yield (
            "with VPC=new, INGEST_HOSTS and DOG_SCHEDULE=off, the ingestion reaches no host: the VPC has a NAT gateway "
            "only if dogs are fetched. Set a DOG_SCHEDULE, or use VPC_SUBNETS."
        )


def package_findings(target: Target, dependencies: Any = None) -> Iterator[str]:
    """Build and check the zips of both architectures; with `dependencies`, only the stage's zip."""
    for architecture in [stage_file.architecture(target)] if dependencies else package.ARCHITECTURES:
        target.log(f"  packaging for {architecture}")
        path = package.build(target.project, architecture, dependencies)
        yield from package.findings(path, architecture)


def _load_app(target: Target, names: Mapping[str, str]) -> Chalice:
    """Import app.py with the stage's environment, which it reads at import, and restore the environment."""
    before = dict(os.environ)
    os.environ.update(names)
    try:
        app: Chalice = read_config(target.project, target.stage).chalice_app
    finally:
        os.environ.clear()
        os.environ.update(before)
    return app


if __name__ == "__main__":
    interrupt.run(main)
