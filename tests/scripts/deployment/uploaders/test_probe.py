"""The probe of a new key: it waits until AWS knows the key, leaves nothing, and the landing bucket ignores it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.backends import Backends
from chalicelib.flows import sanitize
from scripts.deployment.target import DeployError
from scripts.deployment.uploaders.keys import CURRENT, Uploader
from scripts.deployment.uploaders.probe import PROBE, Prober
from tests import stage
from tests.flows.deliveries import s3_record
from tests.scripts.deployment.uploaders.account import BUCKET, Account


class Late:
    """An S3 client that answers with errors first, as AWS does to a new key."""

    def __init__(self, client: Any, *codes: str) -> None:
        self._client, self.codes = client, list(codes)

    def put_object(self, **arguments: Any) -> Any:
        if self.codes:
            raise ClientError({"Error": {"Code": self.codes.pop(0), "Message": "not yet"}}, "PutObject")
        return self._client.put_object(**arguments)


def run(account: Account, *codes: str) -> None:
    account.make("backend")
    uploader, current = Uploader(account.target(), "backend"), account.state("backend").versions[CURRENT]
    client = Late(account.client_of("backend")(current), *codes)
    Prober(uploader, account.patience(), lambda _version: client).run(current)


def test_the_probe_is_put_again_until_aws_knows_the_key(account: Account) -> None:
    run(account, "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied")
    assert account.now == 3
    assert account.objects("") == []


def test_another_error_ends_it_at_once(account: Account) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        run(account, "NoSuchBucket")
    assert account.now == 0


def test_a_key_that_aws_never_knows_is_an_error_without_the_key(account: Account) -> None:
    with pytest.raises(
        DeployError, match="the new key of darkroom-dev-uploader-backend was not ready after 3 s"
    ) as raised:
        run(account, *["InvalidAccessKeyId"] * 9)
    assert account.state("backend").versions[CURRENT].secret_key not in str(raised.value)


def test_the_probes_of_runs_that_broke_off_are_deleted_and_photos_stay(account: Account) -> None:
    s3 = account.client("s3")
    for key in (f"backend/{PROBE}", f"backend/{PROBE}", "backend/a.jpg", f"partner/{PROBE}"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"left")
    run(account)
    assert sorted(account.objects("")) == ["backend/a.jpg", f"partner/{PROBE}"]


def test_a_probe_that_comes_back_changed_is_an_error(account: Account) -> None:
    account.make("backend")
    uploader, current = Uploader(account.target(), "backend"), account.state("backend").versions[CURRENT]

    class Changing:
        def put_object(self, **arguments: Any) -> Any:
            return account.client("s3").put_object(**arguments | {"Body": b"changed"})

    with pytest.raises(DeployError, match="is not what the new key has put there"):
        Prober(uploader, account.patience(), lambda _version: Changing()).run(current)


def test_the_handler_of_the_landing_bucket_ignores_the_probe(backends: Backends) -> None:
    bucket, key = backends.settings.landing_bucket, f"backend/{PROBE}"
    stage.put(bucket, key, b"probe")
    sanitize.handle(backends, s3_record(bucket, key), "test")
    assert stage.keys(backends.settings.destination_bucket) == []
    assert stage.dynamodb().scan(TableName=backends.settings.images_table)["Items"] == []
