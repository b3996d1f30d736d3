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


def account_findings(target: Target) -> Iterator[str]:
    """Report reviewers of this account that do not exist, and a role of the name that is not the stage's.

    IAM refuses a trust policy with an unknown user. Raises DeployError if AWS does not answer.
    """
    for arn in _of_account(target, here=True):
        found = _user(target, arn.rpartition("/")[2])
        if found != arn:
            instead = f" IAM has {found}." if found else ""
            yield f"REVIEWERS has {arn}, and there is no such user.{instead} Correct the entry, or remove it."
    if principals(target) and _is_foreign(target):
        yield _foreign(target)


def advice(target: Target) -> Iterator[str]:
    """Say which reviewers nobody can check from this account."""
    if others := _of_account(target, here=False):
        yield (
            f"REVIEWERS has {', '.join(others)}, which no call from this account finds. If one does not exist, IAM "
            "refuses the role of the reviewers; the rest of the stage is deployed all the same."
        )


def apply(target: Target, settings: Settings, api_id: str) -> None:
    """Create or update the role, or delete it if there are no reviewers. A second call changes nothing.

    Raises DeployError, also if a role of the name does not have the tags of the stage.

    Each call writes the users again: IAM keeps the id of a user, so one that was deleted and made anew needs it.
    """
    trusted = principals(target)
    if not trusted:
        delete(target)
        return
    if _is_foreign(target):
        raise DeployError(_foreign(target))
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
    """Delete the role. What does not exist is skipped, and so is a role without the tags of the stage."""
    client, name = target.client("iam"), role_name(target)
    if _is_foreign(target):
        target.log(f"  the role {name} does not have the tags of this stage, so it stays")
        return
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


def _of_account(target: Target, *, here: bool) -> list[str]:
    """Return the users of this account, or the principals of others, without those of another partition."""
    own, partition = target.arn("iam", ""), f"arn:{partition_of(target.region)}:"
    found = [each for each in principals(target) if each.startswith(partition) and each.startswith(own) is here]
    return [each for each in found if not (here and each.endswith(":root"))]


def _user(target: Target, name: str) -> str:
    """Return the ARN of a user of this account, or "". Its path may be another than that of the setting."""
    client = target.client("iam")
    with step(f"looking for the reviewer {name}", "attach docs/deployer-people-policy.json to the role that deploys"):
        try:
            return str(client.get_user(UserName=name)["User"]["Arn"])
        except client.exceptions.NoSuchEntityException:
            return ""


def _tags(target: Target) -> dict[str, str] | None:
    """Return the tags of the role of this name; None if there is none."""
    client = target.client("iam")
    with step("looking for the role of the reviewers"):
        try:
            role = client.get_role(RoleName=role_name(target))["Role"]
        except client.exceptions.NoSuchEntityException:
            return None
    return {each["Key"]: each["Value"] for each in role.get("Tags", [])}


def _is_foreign(target: Target) -> bool:
    tags = _tags(target)
    return tags is not None and not target.tags.items() <= tags.items()


def _foreign(target: Target) -> str:
    return (
        f"the role {role_name(target)} exists, and does not have the tags of this stage. "
        "What to do: delete it if nobody needs it, or remove REVIEWERS."
    )


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
