"""Let one run at a time deploy a stage: it writes its claim into the state file in the bucket.

S3's conditional writes decide between two runs (IfMatch, IfNoneMatch):
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from scripts.deployment import deployed_state
from scripts.deployment.target import DeployError, Target, step

#: A run that was killed leaves its claim. Another machine may take the stage over after this time.
LIFETIME = timedelta(hours=1)
#: S3's codes for a condition that does not hold: another run has written the file since.
_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")

Claim = dict[str, str]


@contextmanager
def claimed(target: Target, bucket: str, *, may_be_missing: bool = False) -> Iterator[None]:
    """Claim the stage, run the block, and copy the state file to the bucket, also if the block fails.

    Raises DeployError with who deploys, if another run does. With `may_be_missing`, a bucket that does not exist is
    ignored: an earlier `make destroy` may have deleted it.
    """
    with step(f"claiming the stage in {bucket}"):
        try:
            etag = _acquire(target, bucket)
        except ClientError as error:
            if not (may_be_missing and deployed_state.code(error) == "NoSuchBucket"):
                raise
            etag = ""
    try:
        yield
    except BaseException:
        # The first error is the one that a person needs.
        try:
            _release(target, bucket, etag)
        except DeployError as error:
            target.log(f"  the state file is not in {bucket}: {error}")
        raise
    _release(target, bucket, etag)


def _acquire(target: Target, bucket: str) -> str:
    copy = deployed_state.download(target, bucket)
    if copy and _is_held(target, copy.claim):
        raise _conflict(target, copy.claim)
    claim = {
        "by": target.caller,
        "machine": platform.node(),
        "process": str(os.getpid()),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        # Two claims must differ, because IfMatch compares the content.
        "run": secrets.token_hex(8),
    }
    return _put(target, bucket, claim, **({"IfMatch": copy.etag} if copy else {"IfNoneMatch": "*"}))


def _release(target: Target, bucket: str, etag: str) -> None:
    if etag:
        with step(f"writing the state file to {bucket}"):
            _put(target, bucket, None, IfMatch=etag)


def _put(target: Target, bucket: str, claim: Claim | None, **condition: str) -> str:
    try:
        return deployed_state.upload(target, bucket, claim, **condition)
    except ClientError as error:
        if deployed_state.code(error) not in _CONFLICTS:
            raise
        copy = deployed_state.download(target, bucket)
        raise _conflict(target, copy.claim if copy else {}) from error


def _is_held(target: Target, claim: Claim) -> bool:
    """Return True if the run of a claim may still go on: it is not too old, and on this machine its process lives."""
    if not claim or datetime.now(UTC) >= datetime.fromisoformat(claim["since"]) + LIFETIME:
        return False
    if (claim["by"], claim["machine"]) == (target.caller, platform.node()):
        return int(claim["process"]) != os.getpid() and _is_running(int(claim["process"]))
    return True


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _conflict(target: Target, claim: Claim) -> DeployError:
    who = f"{claim['by']} on {claim['machine']} since {claim['since']}" if claim else "another run, which has ended"
    minutes = LIFETIME // timedelta(minutes=1)
    return DeployError(
        f"the stage {target.stage} is being deployed or destroyed by {who}. What to do: ask them, or wait until that "
        f"run ends, and run the same command again. The claim of a run that was killed ends {minutes} minutes "
        "after its start."
    )
