"""Uploaders are made once, may only put under their own prefix, and are deleted when they leave UPLOADERS."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError
from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import CURRENT, Uploader
from tests.scripts.deployment.uploaders.account import BUCKET, Account, Calls

PREFIX = "darkroom-dev-uploader-"
TAGS = [{"Key": "application", "Value": "darkroom"}, {"Key": "stage", "Value": "dev"}]


def client_of(account: Account, name: str = "backend") -> Any:
    return account.client_of(name)(account.state(name).versions[CURRENT])


def test_each_name_gets_a_user_and_a_secret_with_the_tags_of_the_stage(account: Account) -> None:
    account.make("backend", "partner")
    assert account.names() == ({f"{PREFIX}backend", f"{PREFIX}partner"},) * 2
    described = account.client("secretsmanager").describe_secret(SecretId=f"{PREFIX}partner")
    user = account.client("iam").get_user(UserName=f"{PREFIX}partner")["User"]
    assert user["Tags"] == TAGS
    assert [each for each in described["Tags"] if each["Key"] != "key-created"] == TAGS


def test_a_second_call_changes_nothing(account: Account) -> None:
    account.make("backend")
    before, calls = account.state("backend"), Calls()
    account.make("backend", calls=calls)
    assert account.state("backend") == before
    assert not {"create_user", "create_secret", "create_access_key", "put_object"} & set(calls.made)


def test_an_uploader_may_put_a_photo_and_a_large_one_in_parts(account: Account) -> None:
    account.make("backend")
    s3 = client_of(account)
    s3.put_object(Bucket=BUCKET, Key="backend/a/b.jpg", Body=b"a photo")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="backend/large.jpg")["UploadId"]
    named = {"Bucket": BUCKET, "Key": "backend/large.jpg", "UploadId": upload}
    etag = s3.upload_part(**named, PartNumber=1, Body=b"a part")["ETag"]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert sorted(account.objects("")) == ["backend/a/b.jpg", "backend/large.jpg"]


#: What an uploader may not do, by words.
REFUSED: dict[str, Callable[[Any], object]] = {
    "read": lambda s3: s3.get_object(Bucket=BUCKET, Key="backend/a.jpg"),
    "head": lambda s3: s3.head_object(Bucket=BUCKET, Key="backend/a.jpg"),
    "delete": lambda s3: s3.delete_object(Bucket=BUCKET, Key="backend/a.jpg"),
    "list": lambda s3: s3.list_objects_v2(Bucket=BUCKET, Prefix="backend/"),
    "put beside its prefix": lambda s3: s3.put_object(Bucket=BUCKET, Key="a.jpg", Body=b"a"),
    "put under a longer name": lambda s3: s3.put_object(Bucket=BUCKET, Key="backend-2/a.jpg", Body=b"a"),
    "put where forms write": lambda s3: s3.put_object(Bucket=BUCKET, Key=f"uploads/{'a' * 32}/original", Body=b"a"),
    "put into another bucket": lambda s3: s3.put_object(Bucket="images", Key="backend/a.jpg", Body=b"a"),
    "change the access of an object": lambda s3: s3.put_object_acl(Bucket=BUCKET, Key="backend/a.jpg", ACL="private"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_uploader_may_do_nothing_else(account: Account, what: str) -> None:
    account.make("backend", "partner")
    for name in (BUCKET, "images"):
        if name != BUCKET:
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=name)
        account.client("s3").put_object(Bucket=name, Key="backend/a.jpg", Body=b"a")
    with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
        REFUSED[what](client_of(account))


def test_a_name_that_leaves_is_deleted_with_its_keys_before_its_user(account: Account) -> None:
    account.make("backend", "partner")
    calls = Calls()
    account.make("partner", calls=calls)
    assert account.names() == ({f"{PREFIX}partner"},) * 2
    order = [each for each in calls.made if each.startswith("delete_")]
    assert order == ["delete_access_key", "delete_secret", "delete_user_policy", "delete_user"]
    assert account.works("partner")


def test_users_of_others_and_of_other_stages_stay(account: Account) -> None:
    iam = account.client("iam")
    for name in (f"{PREFIX}foreign", "darkroom-dev2-uploader-backend", "ann"):
        iam.create_user(UserName=name)
    account.make("backend")
    users.delete_others(account.target())
    assert account.names() == ({f"{PREFIX}foreign", "darkroom-dev2-uploader-backend", "ann"}, set())


def test_a_user_of_others_is_not_taken_over(account: Account) -> None:
    account.client("iam").create_user(UserName=f"{PREFIX}backend")
    with pytest.raises(DeployError, match="does not have the tags of this stage"):
        account.make("backend")
    assert account.names()[1] == set()


def test_a_policy_that_somebody_changed_is_restored(account: Account) -> None:
    account.make("backend")
    iam, user = account.client("iam"), f"{PREFIX}backend"
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    changed = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=user, PolicyName=users.POLICY, PolicyDocument=json.dumps(changed))
    account.make("backend")
    document = iam.get_user_policy(UserName=user, PolicyName=users.POLICY)["PolicyDocument"]
    assert document == users.policy_of(Uploader(account.target(), "backend"))
