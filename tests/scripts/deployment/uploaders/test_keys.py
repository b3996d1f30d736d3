"""The names of an uploader, and the form of its secret."""

import json
import shlex
import sys
from pathlib import Path

import boto3
import pytest

from scripts.deployment.target import Target
from scripts.deployment.uploaders.keys import CURRENT, Uploader
from tests.scripts.deployment.uploaders.account import BUCKET, Account

SECRET = "darkroom-dev-uploader-backend"


def test_the_names_are_those_of_the_stage(account: Account) -> None:
    uploader = Uploader(account.target(), "backend")
    assert (uploader.user, uploader.secret, uploader.bucket, uploader.prefix) == (SECRET, SECRET, BUCKET, "backend/")
    assert uploader.objects == f"arn:aws:s3:::{BUCKET}/backend/"
    china = Target("dev")
    vars(china).update(account="1" * 12, region="cn-north-1")
    assert Uploader(china, "backend").objects.startswith("arn:aws-cn:s3:::")


def test_the_secret_says_where_to_put_photos(account: Account) -> None:
    account.make("backend")
    found = json.loads(account.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])
    assert (found["Bucket"], found["Prefix"]) == (BUCKET, "backend/")
    assert found["AccessKeyId"] == account.state("backend").versions[CURRENT].key_id


def test_aws_s_tools_read_the_secret_as_a_credential_process(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.make("backend")
    content = account.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    program = tmp_path / "print.py"
    program.write_text(f"print({content!r})")
    command = shlex.join([sys.executable, str(program)])
    (tmp_path / "config").write_text(f"[profile backend]\nregion = us-east-1\ncredential_process = {command}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    credentials = boto3.Session(profile_name="backend").get_credentials()
    assert credentials
    found = credentials.get_frozen_credentials()
    current = account.state("backend").versions[CURRENT]
    assert (found.access_key, found.secret_key) == (current.key_id, current.secret_key)
