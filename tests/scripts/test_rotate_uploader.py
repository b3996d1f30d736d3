"""The command that rotates a key: its options, its exit status and its lines."""

import sys
from datetime import timedelta

import pytest

from scripts import rotate_uploader
from scripts.deployment.target import DeployError
from scripts.deployment.uploaders.keys import CURRENT, Uploader
from tests.scripts.deployment.uploaders.account import Account, empty_account

NO_AGE = timedelta(0)


def rotate(account: Account, *, finish: bool = False) -> None:
    uploader = Uploader(account.target(), "backend")
    rotate_uploader.rotate(
        uploader, older_than=NO_AGE, finish=finish, patience=account.patience(), client_of=account.client_of("backend")
    )


def test_a_key_is_rotated_and_the_old_one_deleted() -> None:
    with empty_account() as account:
        account.make("backend")
        before = account.state("backend").versions[CURRENT]
        rotate(account)
        rotate(account, finish=True)
        assert list(account.state("backend").keys) == [account.state("backend").versions[CURRENT].key_id]
        assert account.state("backend").versions[CURRENT] != before
        assert all(line.startswith("  uploader backend: ") and "\n" not in line for line in account.logged)


def test_a_name_without_a_user_is_an_error_that_says_what_to_do() -> None:
    with empty_account() as account, pytest.raises(DeployError, match="add it to UPLOADERS, and run `make deploy`"):
        rotate(account)


def test_an_error_of_aws_says_that_the_current_key_works() -> None:
    with empty_account() as account:
        account.make("backend")
        account.target().client("secretsmanager").delete_secret(
            SecretId="darkroom-dev-uploader-backend", ForceDeleteWithoutRecovery=True
        )
        with pytest.raises(DeployError, match="the current key still works"):
            rotate(account)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--user", "Backend"], 2, "'Backend' is not a name in UPLOADERS"),
        ([], 2, "--user"),
        (["--user", "backend", "--older-than", "0"], 2, "'0' is not a positive whole number"),
    ],
)
def test_wrong_options_end_with_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, told: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["rotate_uploader", *arguments])
    with pytest.raises(SystemExit) as raised:
        rotate_uploader.main()
    assert raised.value.code == status
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("made", "status"), [(True, 0), (False, 1)])
def test_the_exit_status_is_0_or_1_and_each_step_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, made: bool, status: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["rotate_uploader", "--stage", "dev", "--user", "backend", "--older-than", "60"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with empty_account() as account:
        if made:
            account.make("backend")
        assert rotate_uploader.main() == status
    output = capsys.readouterr()
    assert output.out == ("  uploader backend: its key is not old enough for a rotation\n" if made else "")
    assert output.err.startswith("" if made else "darkroom: the stage dev has no uploader backend")
