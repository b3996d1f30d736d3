"""Deploy a stage to AWS, or update it: make deploy STAGE=dev

The steps: doctor, resources, Chalice's deployment, the settings that Chalice does not have, a smoke test.
Settings such as AUTH are in the stage's environment variables in .chalice/config.json.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import os
from collections.abc import Mapping
from typing import Any

from chalicelib.settings import Auth, Settings
from scripts import doctor
from scripts.deployment import (
    alert_addresses,
    chalice_run,
    claim,
    configure,
    cost,
    deployed_state,
    package,
    resources,
    reviewer,
    smoke,
    stage_file,
    unrecorded,
)
from scripts.deployment.target import DeployError, Target
from scripts.deployment.uploaders import users
from scripts.deployment.vpc import interfaces
from scripts.deployment.vpc import stack as vpc_stack
from scripts.deployment.web import publish
from scripts.deployment.web import stack as web_stack
from scripts.terminal import interrupt


def main() -> int:
    """Run the command line; return 1, with one message on stderr, if a step fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument("--email", default="", help="address for alarms; `none`: nobody; empty: as before")
    parser.add_argument(
        "--png-alert-email",
        default="",
        help="address for PNG alerts; `none`: nobody; empty: that of the stage's settings, or of the alarms",
    )
    parser.add_argument("--no-smoke", action="store_true", help="skip the smoke test")
    options = parser.parse_args()
    try:
        emails = {"email": options.email, "png_alerts": options.png_alert_email}
        deploy(Target(options.stage), **emails, smoke_test=not options.no_smoke)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


def deploy(
    target: Target, *, email: str = "", png_alerts: str | None = "", smoke_test: bool = True, dependencies: Any = None
) -> str:
    """Run all five steps and return the URL of the API. Raises DeployError for the first step that fails.

    Reviewers that IAM refuses are an error at the end: the doctor cannot see users of other accounts.
    The addresses are those of resources.create_or_update(). `dependencies` builds the zip's site-packages, else pip.
    """
    target.log("1. Doctor")
    doctor.check_or_raise(target, dependencies)
    target.log("2. Resources")
    outputs = resources.create_or_update(target, email, png_alerts)
    settings = stage_file.settings_of(target)
    with claim.claimed(target, outputs["StateBucket"]):
        target.log("3. Chalice")
        deploy_functions(target)
        url, refused = configure_stage(target, settings, outputs)
    target.log("5. Smoke test")
    if smoke_test:
        smoke.run_smoke_test(smoke.create_client(target, url, settings.auth, os.environ), settings)
    delete_unused(target)
    target.log(summary(target, url, settings, outputs))
    if refused:
        raise refused
    return url


def delete_unused(target: Target) -> None:
    """Delete the stacks of settings that the stage has left."""
    vpc_stack.delete_unused(target)
    web_stack.delete_unused(target)


def configure_stage(target: Target, settings: Settings, outputs: Mapping[str, str]) -> tuple[str, DeployError | None]:
    """Set what Chalice cannot set; return the URL of the API, and the error of apply_reviewers()."""
    target.log(
        "4. Retries, dead letters, gateway responses, the state machines, the page, the uploaders, the reviewers"
    )
    url = api_url(target, configure.apply_settings(target, settings, outputs))
    publish.publish(target, settings, url)
    users.apply(target, settings.uploaders)
    return url, apply_reviewers(target, settings)


def apply_reviewers(target: Target, settings: Settings) -> DeployError | None:
    """Make the role of the reviewers last, and return its error: all else of the stage works without it."""
    try:
        reviewer.apply(target, settings, configure.rest_api_id(deployed_state.resources(target)))
    except DeployError as error:
        target.log(f"  {error}\n  going on: the stage works without its reviewers")
        return error
    return None


def deploy_functions(target: Target) -> None:
    """Run Chalice's deployment. Functions that leave a VPC do so first, while their roles still have its rights."""
    unrecorded.adopt_api(target)
    if not vpc_stack.network(target).subnets:
        interfaces.release(target, (), vpc_stack.own_network(target).subnets)
    try:
        chalice_run.run(target, "deploy")
    finally:
        package.delete_bytecode(target.project)


def api_url(target: Target, url: str) -> str:
    """Return the URL at which the API answers: on the embedded AWS a path of its endpoint, otherwise `url`."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return url
    api_id = configure.rest_api_id(deployed_state.resources(target))
    return f"{endpoint.rstrip('/')}/execute-api/{api_id}/{url.rstrip('/').rpartition('/')[2]}/"


def summary(target: Target, url: str, settings: Settings, outputs: Mapping[str, str]) -> str:
    """Return the addresses of the deployed stage, and a command that posts a photo. `outputs` are the stack's."""
    curl_options = {
        Auth.IAM: f' --aws-sigv4 "aws:amz:{target.region}:execute-api"'
        ' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"',
        Auth.API_KEY: ' -H "x-api-key: $API_KEY"',
        Auth.COGNITO: ' -H "Authorization: $TOKEN"',
    }.get(settings.auth, "")
    reviewers = f"\n  reviewers: {target.arn('iam', f'role/{reviewer.role_name(target)}')}"
    login = ""
    if settings.auth is Auth.COGNITO and "LoginUrl" in outputs:
        login = f"\n  login page: {outputs['LoginUrl']}, client {outputs['UserPoolClientId']} (docs/users.md)"
    return f"""
{target.name} is deployed in {target.region}: {url}
  page: {settings.page_url or url}
  photos: s3://{settings.images_bucket}/uploads/ and s3://{settings.landing_bucket}/
  ends of images: {settings.images_topic}
  alarms: {settings.alarms_topic}
  {alert_addresses.line(outputs)}{login}{reviewers if reviewer.principals(target) else ""}
  {cost.line_of(target)}
  base64 < docs/sample.jpg | curl -s --data-binary @- -H 'Content-Type: text/plain'{curl_options} {url}images"""


if __name__ == "__main__":
    interrupt.run(main)
