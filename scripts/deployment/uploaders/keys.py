"""The access keys of an uploader in IAM, and the versions of its secret, whose labels say what a key is for.

AWSPENDING names a key that a rotation is about to bring in, AWSCURRENT the one to use, AWSPREVIOUS the one before.
A rotation removes AWSPENDING in its last step, so that this label tells an unfinished one.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib import uploaders
from scripts.deployment.patience import Patience
from scripts.deployment.policies import partition_of
from scripts.deployment.target import Target

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
#: The tag of a user that says when its old key was deactivated: the id of the key, and a time in ISO 8601.
DEACTIVATED = "old-key-deactivated"
#: IAM's limit of keys for a user.
MOST_KEYS = 2


@dataclass(frozen=True)
class Uploader:
    """An uploader of a stage, and the names of what belongs to it."""

    target: Target
    name: str

    @property
    def user(self) -> str:
        """Return the name of the IAM user."""
        return uploaders.resource_name(self.target.stage, self.name)

    @property
    def secret(self) -> str:
        """Return the name of the secret, which is that of the user."""
        return self.user

    @property
    def bucket(self) -> str:
        """Return the landing bucket of the stage."""
        return f"{self.target.name}-landing-{self.target.account}"

    @property
    def prefix(self) -> str:
        """Return the prefix of the keys that the uploader may write."""
        return uploaders.prefix(self.name)

    @property
    def objects(self) -> str:
        """Return the ARN of the prefix."""
        return f"arn:{partition_of(self.target.region)}:s3:::{self.bucket}/{self.prefix}"

    def log(self, line: str) -> None:
        """Show a line of progress."""
        self.target.log(f"  uploader {self.name}: {line}")


@dataclass(frozen=True)
class Key:
    """An access key as IAM lists it, without its secret part."""

    id: str
    active: bool


@dataclass(frozen=True)
class Version:
    """A version of the secret: its own id, and the key that it holds."""

    id: str
    key_id: str
    created: datetime
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class KeyState:
    """What IAM and Secrets Manager say at one moment."""

    #: By id.
    keys: Mapping[str, Key]
    #: By label.
    versions: Mapping[str, Version]

    def key(self, label: str) -> Key | None:
        """Return the key that the version with this label holds, if the key exists."""
        return self.keys.get(self.versions[label].key_id) if label in self.versions else None

    def is_usable(self, label: str) -> bool:
        """Return True if a version with this label holds an active key."""
        key = self.key(label)
        return key is not None and key.active

    @property
    def unnamed(self) -> list[Key]:
        """List the keys that no version holds. Nobody can use them: their secret part is lost."""
        named = {version.key_id for version in self.versions.values()}
        return [key for id_, key in self.keys.items() if id_ not in named]

    @property
    def old(self) -> Key | None:
        """Return the key before the current one, if it exists still."""
        key = self.key(PREVIOUS)
        return key if key and key != self.key(CURRENT) else None


@dataclass(frozen=True)
class KeyStore:
    """Reads and changes the keys and the secret of an uploader. Every method can be repeated."""

    uploader: Uploader
    patience: Patience

    def read(self) -> KeyState:
        """Read the present state."""
        listed = self._iam.list_access_keys(UserName=self.uploader.user)["AccessKeyMetadata"]
        keys = [Key(each["AccessKeyId"], each["Status"] == "Active") for each in listed]
        labels = self._secrets.describe_secret(SecretId=self.uploader.secret).get("VersionIdsToStages", {})
        versions = {
            id_: self._read_version(id_) for id_, names in labels.items() if {CURRENT, PENDING, PREVIOUS} & set(names)
        }
        named = {name: versions[id_] for id_, names in labels.items() if id_ in versions for name in names}
        return KeyState({key.id: key for key in keys}, named)

    def make(self) -> Version:
        """Make a key, store it as the pending version, and return that.

        The content has the form of a `credential_process` of AWS's tools, which pass over the names that they do not
        know: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
        """
        # IAM does not know a new user everywhere at once.
        made = self.patience.until_accepted(
            f"the user {self.uploader.user}",
            lambda: self._iam.create_access_key(UserName=self.uploader.user)["AccessKey"],
            "NoSuchEntity",
            remedy="run `make deploy`, which makes the users of UPLOADERS",
        )
        content = {
            "Version": 1,
            "AccessKeyId": made["AccessKeyId"],
            "SecretAccessKey": made["SecretAccessKey"],
            "Created": made["CreateDate"].astimezone(UTC).isoformat(timespec="seconds"),
            "Bucket": self.uploader.bucket,
            "Prefix": self.uploader.prefix,
        }
        answer = self._secrets.put_secret_value(
            SecretId=self.uploader.secret, SecretString=json.dumps(content), VersionStages=[PENDING]
        )
        return _version(answer["VersionId"], content)

    def make_current(self, pending: Version) -> None:
        """Move AWSCURRENT to a version, unless it is there. Secrets Manager then moves AWSPREVIOUS by itself."""
        current = self.read().versions.get(CURRENT)
        if current is None or current.id != pending.id:
            leaves = {"RemoveFromVersionId": current.id} if current else {}
            self._secrets.update_secret_version_stage(
                SecretId=self.uploader.secret, VersionStage=CURRENT, MoveToVersionId=pending.id, **leaves
            )
        # The clean-up reads this tag. If the run ends before it is written, the alarm for old keys is early.
        tag = {"Key": uploaders.KEY_CREATED, "Value": pending.created.isoformat()}
        self._secrets.tag_resource(SecretId=self.uploader.secret, Tags=[tag])

    def remove_pending(self, pending: Version) -> None:
        """Remove the label AWSPENDING from a version."""
        self._secrets.update_secret_version_stage(
            SecretId=self.uploader.secret, VersionStage=PENDING, RemoveFromVersionId=pending.id
        )

    def deactivate(self, key: Key, now: datetime) -> None:
        """Deactivate a key, and write when, which IAM does not keep. The time comes first, so it is never missing."""
        value = f"{key.id} {now.astimezone(UTC).isoformat(timespec='seconds')}"
        self._iam.tag_user(UserName=self.uploader.user, Tags=[{"Key": DEACTIVATED, "Value": value}])
        self._iam.update_access_key(UserName=self.uploader.user, AccessKeyId=key.id, Status="Inactive")

    def deactivated_at(self, key: Key) -> datetime | None:
        """Return when deactivate() deactivated a key, or None if it did not."""
        tags = self._iam.get_user(UserName=self.uploader.user)["User"].get("Tags", [])
        value: Any = {each["Key"]: each["Value"] for each in tags}.get(DEACTIVATED, "")
        id_, _, time = value.partition(" ")
        with suppress(ValueError):
            if id_ == key.id:
                return datetime.fromisoformat(time)
        return None

    def delete(self, key: Key) -> None:
        """Delete a key."""
        self._iam.delete_access_key(UserName=self.uploader.user, AccessKeyId=key.id)

    @property
    def _iam(self) -> Any:
        return self.uploader.target.client("iam")

    @property
    def _secrets(self) -> Any:
        return self.uploader.target.client("secretsmanager")

    def _read_version(self, version_id: str) -> Version:
        found = self._secrets.get_secret_value(SecretId=self.uploader.secret, VersionId=version_id)
        return _version(version_id, json.loads(found["SecretString"]))


def _version(version_id: str, content: Mapping[str, Any]) -> Version:
    created = datetime.fromisoformat(content["Created"])
    return Version(version_id, content["AccessKeyId"], created, content["SecretAccessKey"])
