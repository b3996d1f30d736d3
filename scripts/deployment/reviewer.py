"""Create, update and delete the role of a stage's reviewers, who may look at the stage and change nothing.

`python -m scripts.deployment.reviewer --stage dev` prints the policy of the deployed stage's role.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from chalicelib.settings import Settings
from scripts.deployment import deployed_state, resources, stage_file
from scripts.deployment.configure import rest_api_id
from scripts.deployment.policies import Names, partition_of
from scripts.deployment.reviewer_policy import Policy, policy
from scripts.deployment.target import DeployError, Target, step
from scripts.terminal import interrupt

#: A user, by IAM's rules of names. The path may be longer. A comma, which IAM allows, separates the entries here.
_USER = re.compile(r"arn:(aws|aws-cn|aws-us-gov):iam::(\d{12}):user/(?:[\w+=.@/-]{0,511}/)?[\w+=.@-]{1,64}")
#: The word for every user of an account.
_ACCOUNT = re.compile(r"account:(\d{12})")
_INSTEAD = "People without an IAM user: see docs/reviewer.md"
#: Why a principal is refused, by the form of its entry.
_REFUSED = {
    r"\*": "lets every AWS account in. Name users",
    r"\d{12}|arn:[\w-]+:iam::\d{12}:root": (
        "means every user of the account. If that is what you want, write account:<number of the account>"
    ),
    r"arn:[\w-]+:(iam::\d{12}:role|sts::\d{12}:assumed-role)/.+": (
        f"is a role. A session of a role never carries MFA, so it could not assume the reviewer's role. {_INSTEAD}"
    ),
    r"arn:[\w-]+:(sts::\d{12}:federated-user|iam::\d{12}:(saml|oidc)-provider)/.+": (
        f"is federated, and its sessions never carry MFA that AWS sees. {_INSTEAD}"
    ),
    r"arn:[\w-]+:iam::\d{12}:group/.+": "is a group, and IAM knows no group as a principal. Name its users",
}
_POLICY = "reviewer"


def role_name(target: Target) -> str:
    """Return the name of the role. Its session lasts an hour, IAM's default."""
    return f"{target.name}-reviewer"


def principals(target: Target) -> list[str]:
    """Return the ARNs of REVIEWERS, the users that may assume the role. Raises DeployError for another principal."""
    entries = stage_file.environment(target).get("REVIEWERS", "").split(",")
    return list(dict.fromkeys(_principal(entry.strip(), target) for entry in entries if entry.strip()))


def sees_photos(target: Target) -> bool:
    """Return REVIEWER_SEES_PHOTOS. Raises DeployError for another value than true and false."""
    chosen = stage_file.environment(target).get("REVIEWER_SEES_PHOTOS", "false")
    if chosen not in ("true", "false"):
        raise DeployError(f"REVIEWER_SEES_PHOTOS is {chosen!r} in .chalice/config.json. Use true or false.")
    return chosen == "true"


def check_settings(target: Target) -> None:
    """Raise DeployError if REVIEWERS or REVIEWER_SEES_PHOTOS is invalid."""
    principals(target)
    sees_photos(target)


def partition_findings(target: Target) -> Iterator[str]:
    """Report reviewers of another AWS partition: IAM refuses them in a trust policy."""
    partition = partition_of(target.region)
    for each in principals(target):
        if each.split(":")[1] != partition:
            yield f"REVIEWERS has {each}, which is not in the partition {partition} of {target.region}. Remove it."


def apply(target: Target, settings: Settings, api_id: str) -> None:
    """Create or update the role, or delete it if there are no reviewers. A second call changes nothing.

    Each call writes the users again: IAM keeps the id of a user, so one that was deleted and made anew needs it.
    """
    trusted = principals(target)
    if not trusted:
        delete(target)
        return
    client, name = target.client("iam"), role_name(target)
    remedy = "check REVIEWERS: IAM refuses a user that does not exist. Then run the same command again"
    with step("creating or updating the role of the reviewers", remedy):
        tags = [{"Key": key, "Value": value} for key, value in target.tags.items()]
        document = json.dumps(trust(trusted))
        try:
            client.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tags)
        except client.exceptions.EntityAlreadyExistsException:
            client.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        document = json.dumps(policy_of(target, settings, api_id))
        client.put_role_policy(RoleName=name, PolicyName=_POLICY, PolicyDocument=document)


def delete(target: Target) -> None:
    """Delete the role. What does not exist is skipped."""
    client, name = target.client("iam"), role_name(target)
    with step("deleting the role of the reviewers"):
        with suppress(client.exceptions.NoSuchEntityException):
            client.delete_role_policy(RoleName=name, PolicyName=_POLICY)
        with suppress(client.exceptions.NoSuchEntityException):
            client.delete_role(RoleName=name)


def trust(users: list[str]) -> dict[str, Any]:
    """Return the trust policy: these users may assume the role, with MFA.

    `Bool`, not `BoolIfExists`: a call with an access key alone has no such key in its context, and `BoolIfExists`
    would then allow it (IAM's guide, "AWS global condition context keys").
    """
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": users}, "Action": "sts:AssumeRole", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy_of(target: Target, settings: Settings, api_id: str) -> Policy:
    """Return the policy of a stage's reviewers."""
    names = Names.of(settings, target.region, target.account)
    handlers = stage_file.read(target)["lambda_functions"]
    return policy(names, api_id, list(handlers), with_photos=sees_photos(target))


def text(target: Target) -> str:
    """Return the policy of a deployed stage's reviewers as JSON. Raises DeployError if Chalice has recorded no API."""
    api_id = rest_api_id(deployed_state.resources(target))
    settings = stage_file.settings_of(target, resources.expected_names(target))
    return json.dumps(policy_of(target, settings, api_id), indent=2)


def _principal(entry: str, target: Target) -> str:
    """Return the ARN of an entry. Raises DeployError with the reason if it is refused."""
    if account := _ACCOUNT.fullmatch(entry):
        return f"arn:{partition_of(target.region)}:iam::{account[1]}:root"
    if _USER.fullmatch(entry):
        return entry
    reasons = (reason for form, reason in _REFUSED.items() if re.fullmatch(form, entry))
    reason = next(reasons, "is not the ARN of an IAM user, such as arn:aws:iam::123456789012:user/ada")
    raise DeployError(f"REVIEWERS in .chalice/config.json: {entry!r} {reason}.")


def main() -> int:
    """Print the policy; return 1, with one message on stderr, if the stage is not deployed."""
    parser = argparse.ArgumentParser(prog="python -m scripts.deployment.reviewer", description=__doc__)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    target = Target(parser.parse_args().stage)
    try:
        print(text(target))
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    interrupt.run(main)
