"""boto3 clients and their configuration, and the mapping of botocore's errors to the error tree.

boto3 is imported and each client is built on first use: the import is the slowest part of a cold start.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from chalicelib.aws.presign import Credentials, Endpoint
from chalicelib.errors import BackendUnavailable, Conflict, ImageNotFound, ObjectArchived
from chalicelib.telemetry import log

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

#: The error codes for a missing object (S3 uses different ones for GET and HEAD) and for a missing table.
_MISSING_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "NotFound", "404", "ResourceNotFoundException"})

#: The error code of GetObject for an object in GLACIER, DEEP_ARCHIVE or an archive tier of INTELLIGENT_TIERING.
_ARCHIVED_CODE = "InvalidObjectState"


class Clients:
    """The boto3 clients of one container. `endpoint_url` is None on AWS."""

    def __init__(self, endpoint_url: str | None) -> None:
        self._endpoint_url = endpoint_url
        self._building = Lock()

    @cached_property
    def s3(self) -> "S3Client":
        """Return the S3 client. It presigns with Signature Version 4 for the regional endpoint."""
        return self._session.client(
            "s3", endpoint_url=self._endpoint_url, config=self._config(signature_version="s3v4")
        )

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Return the DynamoDB client."""
        return self._session.client("dynamodb", endpoint_url=self._endpoint_url, config=self._config())

    @cached_property
    def sns(self) -> "SNSClient":
        """Return the SNS client. Its three tries end before a request of the API must, which does not fail without SNS.

        Threads of the clean-up may be the first to use it, and a session must not build two clients at once.
        """
        with self._building:
            return self._session.client("sns", endpoint_url=self._endpoint_url, config=self._config(read_timeout=4))

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        """Return the Step Functions client."""
        return self._session.client("stepfunctions", endpoint_url=self._endpoint_url, config=self._config())

    @cached_property
    def secretsmanager(self) -> Any:
        """Return the Secrets Manager client. It is untyped: boto3-stubs has a package of its own for each service."""
        return self._session.client("secretsmanager", endpoint_url=self._endpoint_url, config=self._config())

    @property
    def endpoint(self) -> Endpoint:
        """Return where S3 is, for presigned links."""
        return Endpoint(self._session.region_name, self._endpoint_url)

    def credentials(self) -> Credentials:
        """Return the present credentials. Those of a role change while a process runs. Raises NoCredentialsError."""
        from botocore.exceptions import NoCredentialsError

        found = self._session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
        if frozen is None or not (frozen.access_key and frozen.secret_key):
            raise NoCredentialsError
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    @cached_property
    def _session(self) -> "boto3.Session":
        import boto3

        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        return cast("boto3.Session", boto3.DEFAULT_SESSION)

    def _config(self, signature_version: str | None = None, read_timeout: int = 20) -> "Config":
        from botocore.config import Config

        return Config(
            signature_version=signature_version,
            # The legacy mode sends a throttled DynamoDB call ten times within 25 s: too slow for an API request.
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=3,
            read_timeout=read_timeout,
            max_pool_connections=50,
            s3={
                "addressing_style": "path" if self._endpoint_url else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
        )


@contextmanager
def calling(service: str, missing: str | None = None) -> Iterator[None]:
    """Map botocore's errors to the error tree.

    If `missing` is given and AWS reports a missing resource, raises ImageNotFound with that message. Raises Conflict if
    a conditional write failed, ObjectArchived if an object must be restored before S3 returns it, and
    BackendUnavailable for every other error.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if missing and code in _MISSING_CODES:
            raise ImageNotFound(missing) from error
        if code == "ConditionalCheckFailedException" or _has_failed_condition(error.response):
            raise Conflict("Another request has changed the record. Read it again, then retry.") from error
        if code == _ARCHIVED_CODE:
            raise _archived(error.response) from error
        raise _unavailable(service, error) from error
    except BotoCoreError as error:
        raise _unavailable(service, error) from error


def _has_failed_condition(answer: Mapping[str, Any]) -> bool:
    """Return whether a transaction failed for a condition, and not only for another transaction at the same time."""
    return any(each.get("Code") == "ConditionalCheckFailed" for each in answer.get("CancellationReasons", []))


def _archived(answer: Mapping[str, Any]) -> ObjectArchived:
    """Return the error for an archived object, with the storage class and the access tier that S3 names."""
    error = answer.get("Error", {})
    named = [str(error[name]) for name in ("StorageClass", "AccessTier") if error.get(name)]
    where = f" ({', '.join(named)})" if named else ""
    return ObjectArchived(f"The object is archived{where}. Restore it, then put it again in the class STANDARD.")


def _unavailable(service: str, error: Exception) -> BackendUnavailable:
    log.warning("backend call failed", extra={"backend": service, "cause": str(error)})
    return BackendUnavailable(f"{service} is not available. Try again in a moment.")
