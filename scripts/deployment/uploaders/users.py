"""Make the users of the setting UPLOADERS, each with a policy, a secret and a key, and delete those that left it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.deployed_state import code
from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError, Target, step
from scripts.deployment.uploaders.keys import KeyStore, Uploader
from scripts.deployment.uploaders.probe import ClientOf, Prober
from scripts.deployment.uploaders.rotation import Rotation

#: The name of the only policy of a user.
POLICY = "put-photos"
#: IAM answers this for a user that does not exist, and for some seconds for a new one.
_NO_USER = "NoSuchEntity"
#: Secrets Manager answers this for a name whose secret was deleted a moment ago.
_BEING_DELETED = "InvalidRequestException"
_REMEDY = "run the same command again; it continues from here"


def apply(
    target: Target, names: Sequence[str], patience: Patience | None = None, client_of: ClientOf | None = None
) -> None:
    """Make each uploader, and delete the others of the stage. A second call changes nothing. Raises DeployError."""
    waiting = patience or Patience()
    for name in names:
        uploader = Uploader(target, name)
        with step(f"making the uploader {name}"):
            _ensure_user(uploader)
            _put_policy(uploader, waiting)
            _ensure_secret(uploader, waiting)
            rotation_of(uploader, waiting, client_of).ensure_key()
    delete_others(target, names)


def rotation_of(uploader: Uploader, patience: Patience, client_of: ClientOf | None = None) -> Rotation:
    """Return the rotation of an uploader's key, by the clock of this machine."""
    prober = Prober(uploader, patience, client_of)
    return Rotation(KeyStore(uploader, patience), prober, lambda: datetime.now(UTC))


def delete_others(target: Target, names: Sequence[str] = ()) -> None:
    """Delete the uploaders of the stage that are not in `names`, with their keys and secrets. Raises DeployError."""
    for name in _existing(target):
        if name not in names:
            with step(f"deleting the uploader {name}"):
                _delete(Uploader(target, name))


def _existing(target: Target) -> list[str]:
    """List the uploaders that this stage has made. A user of such a name that others have made is none."""
    with step("listing the uploaders"):
        iam, start = target.client("iam"), Uploader(target, "").user
        pages = iam.get_paginator("list_users").paginate()
        found = [each["UserName"] for page in pages for each in page["Users"] if each["UserName"].startswith(start)]
        return [user.removeprefix(start) for user in found if _is_own(target, iam.get_user(UserName=user)["User"])]


def _is_own(target: Target, user: Any) -> bool:
    tags = {each["Key"]: each["Value"] for each in user.get("Tags", [])}
    return target.tags.items() <= tags.items()


def exists(uploader: Uploader) -> bool:
    """Return True if the uploader exists. Raises DeployError if a user of its name was made by others."""
    with step(f"looking for the user {uploader.user}"):
        try:
            found = uploader.target.client("iam").get_user(UserName=uploader.user)["User"]
        except ClientError as error:
            if code(error) != _NO_USER:
                raise
            return False
    if not _is_own(uploader.target, found):
        raise DeployError(
            f"the IAM user {uploader.user} exists, and does not have the tags of this stage. "
            "What to do: delete it, or choose another name in UPLOADERS."
        )
    return True


def _ensure_user(uploader: Uploader) -> None:
    """Create the user, if it does not exist. It is the first to come and the last to go, so it finds the rest."""
    if not exists(uploader):
        uploader.target.client("iam").create_user(UserName=uploader.user, Tags=_tag_list(uploader.target))
        uploader.log("made the user")


def policy_of(uploader: Uploader) -> dict[str, Any]:
    """Return the policy of a user: it may put objects under its prefix, in parts too, and nothing else."""
    statement = {"Sid": "PutPhotos", "Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{uploader.objects}*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _put_policy(uploader: Uploader, patience: Patience) -> None:
    def put() -> None:
        iam, document = uploader.target.client("iam"), json.dumps(policy_of(uploader))
        iam.put_user_policy(UserName=uploader.user, PolicyName=POLICY, PolicyDocument=document)

    patience.until_accepted(f"the new user {uploader.user}", put, _NO_USER, remedy=_REMEDY)


def _ensure_secret(uploader: Uploader, patience: Patience) -> None:
    client = uploader.target.client("secretsmanager")
    try:
        client.describe_secret(SecretId=uploader.secret)
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise

        def create() -> None:
            about = f"The key with which {uploader.name} puts photos under {uploader.bucket}/{uploader.prefix}"
            client.create_secret(Name=uploader.secret, Description=about, Tags=_tag_list(uploader.target))

        remedy = f"look at the secret {uploader.secret}: somebody may have marked it for deletion"
        patience.until_accepted(f"the name of the secret {uploader.secret}", create, _BEING_DELETED, remedy=remedy)


def _delete(uploader: Uploader) -> None:
    """Delete the keys, the secret, the policy and the user, in this order. What is gone already is skipped."""
    iam, user = uploader.target.client("iam"), uploader.user
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    uploader.log("deleted its keys")
    # Without a recovery window: the keys do not exist any more, and the name must be free for the next deployment.
    _unless_missing(
        lambda: uploader.target.client("secretsmanager").delete_secret(
            SecretId=uploader.secret, ForceDeleteWithoutRecovery=True
        )
    )
    _unless_missing(lambda: iam.delete_user_policy(UserName=user, PolicyName=POLICY))
    iam.delete_user(UserName=user)
    uploader.log("deleted its secret and its user")


def _unless_missing(call: Any) -> None:
    try:
        call()
    except ClientError as error:
        if code(error) not in (_NO_USER, "ResourceNotFoundException"):
            raise


def _tag_list(target: Target) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in target.tags.items()]
