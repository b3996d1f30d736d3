"""Users are added, listed and removed, a password is never shown, and each mistake has one sentence."""

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.records import shown_owner
from chalicelib.settings import Auth, Settings
from scripts import users
from scripts.embedded import local_users
from scripts.embedded.server import AwsServer
from tests.scripts.embedded.conftest import server

__all__ = ["server"]

PASSWORD = "Only-for-tests-1"


pytestmark = pytest.mark.usefixtures("same_environment")


@pytest.fixture
def pool() -> Iterator[users.Pool]:
    with mock_aws():
        client: Any = boto3.client("cognito-idp")
        arn = local_users.create(client, "local", "http://127.0.0.1:1/", {})
        yield users.Pool(client, arn.rpartition("/")[2], "local")


def user(pool: users.Pool, email: str = "ann@example.com") -> Any:
    return pool.client.admin_get_user(UserPoolId=pool.id, Username=email)


def test_an_invited_user_must_choose_a_password(pool: users.Pool) -> None:
    requests: list[dict[str, Any]] = []
    pool.client.meta.events.register(
        "provide-client-params.cognito-idp.AdminCreateUser", lambda params, **_: requests.append(params)
    )
    users.add(pool, "ann@example.com")

    assert user(pool)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    # Cognito sends its invitation by email, with a password that nobody here knows.
    assert requests[0]["DesiredDeliveryMediums"] == ["EMAIL"]
    assert not {"MessageAction", "TemporaryPassword"} & set(requests[0])
    attributes = {each["Name"]: each["Value"] for each in user(pool)["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("ann@example.com", "true")


def test_a_user_with_a_password_gets_an_id_token(pool: users.Pool) -> None:
    users.add(pool, "ann@example.com", PASSWORD)

    assert user(pool)["UserStatus"] == "CONFIRMED"
    assert users.token(pool, "ann@example.com", PASSWORD).count(".") == 2


def test_a_user_whose_password_is_too_weak_is_not_made(pool: users.Pool) -> None:
    for weak in ("short-A1", "no-upper-case-1", "NO-LOWER-CASE-1", "No-digits-in-it"):
        with pytest.raises(ClientError, match="InvalidPasswordException"):
            users.add(pool, "ann@example.com", weak)
    assert list(users.users(pool)) == []


def test_a_token_for_a_user_who_has_never_signed_in_is_refused(pool: users.Pool) -> None:
    pool.client.admin_create_user(UserPoolId=pool.id, Username="ann@example.com", TemporaryPassword=PASSWORD)

    with pytest.raises(users.UsersFailed, match="login page first: Cognito asks for NEW_PASSWORD_REQUIRED"):
        users.token(pool, "ann@example.com", PASSWORD)


def test_a_token_needs_the_client_of_the_page(pool: users.Pool) -> None:
    users.add(pool, "ann@example.com", PASSWORD)

    with pytest.raises(users.UsersFailed, match="no client darkroom-other-page"):
        users.token(replace(pool, stage="other"), "ann@example.com", PASSWORD)


def test_all_pages_of_users_are_listed(pool: users.Pool) -> None:
    emails = [f"user{number}@example.com" for number in range(70)]
    for email in emails:
        users.add(pool, email)
    pool.client.admin_disable_user(UserPoolId=pool.id, Username=emails[0])
    calls: list[Any] = []
    pool.client.meta.events.register("before-call.cognito-idp.ListUsers", lambda **_: calls.append(1))

    listed = list(users.users(pool))

    assert [each.email for each in listed] == emails
    assert len(calls) == 2
    assert [each.status for each in listed[:2]] == ["force_change_password, disabled", "force_change_password"]
    sub = next(each["Value"] for each in user(pool, emails[0])["UserAttributes"] if each["Name"] == "sub")
    assert listed[0].owner == shown_owner("local", sub)


def test_a_removed_user_is_gone(pool: users.Pool) -> None:
    users.add(pool, "ann@example.com", PASSWORD)
    users.remove(pool, "ann@example.com")

    assert list(users.users(pool)) == []
    with pytest.raises(ClientError, match="UserNotFoundException"):
        users.token(pool, "ann@example.com", PASSWORD)


def test_the_pool_of_a_deployed_stage_is_the_one_of_its_settings(pool: users.Pool, settings: Settings) -> None:
    arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool"
    deployed = replace(settings, stage="dev", auth=Auth.COGNITO, cognito_user_pool_arn=arn)

    assert users.find_pool(pool.client, deployed) == users.Pool(pool.client, "us-east-1_Pool", "dev")
    with pytest.raises(users.UsersFailed, match="the stage dev has no users: its AUTH is iam"):
        users.find_pool(pool.client, replace(deployed, auth=Auth.IAM))


def test_the_pool_of_make_run_is_found_by_its_name(pool: users.Pool, settings: Settings) -> None:
    for number in range(61):
        pool.client.create_user_pool(PoolName=f"another-{number}")
    local = replace(settings, stage="local")

    assert users.find_pool(pool.client, local) == pool
    pool.client.delete_user_pool(UserPoolId=pool.id)
    with pytest.raises(users.UsersFailed, match="make run AUTH=cognito"):
        users.find_pool(pool.client, local)


@pytest.fixture(scope="module")
def port(server: AwsServer) -> int:
    """The port of a running embedded AWS with a pool for the stage `local`."""
    client: Any = boto3.client("cognito-idp", endpoint_url=server.url)
    local_users.create(client, "local", "http://127.0.0.1:1/", {})
    client.close()
    return server.port


@pytest.fixture
def command(port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line with some text on stdin; return its status and what it printed."""
    for name in ("AWS_ENDPOINT_URL", "STAGE", "AUTH", "NO_PROXY", "no_proxy", "MOTO_PORT", "AWS_CONFIG_FILE"):
        # The command sets them for the stage, and they must not outlive the test.
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "")

    def run(*words: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["users", "--aws-port", str(port), *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        status = users.main()
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_the_commands_add_list_and_remove_a_user_and_show_no_password(command: Any) -> None:
    printed = [
        command("add", "ann@example.com", "--password-stdin", stdin=f"{PASSWORD}\n"),
        command("add", "bob@example.com"),
        command("list"),
        command("remove", "ann@example.com", stdin="no\n"),
        command("remove", "ann@example.com", stdin="ann@example.com\n"),
        command("remove", "bob@example.com", "--yes"),
        command("list"),
    ]

    assert [status for status, _, _ in printed] == [0, 0, 0, 1, 0, 0, 0]
    assert [line.split()[0] for line in printed[2][1].splitlines()] == ["EMAIL", "ann@example.com", "bob@example.com"]
    assert printed[3][1].endswith("Nobody was removed.\n")
    assert [line.split()[0] for line in printed[6][1].splitlines()] == ["EMAIL"]
    assert PASSWORD not in str(printed)


def test_the_token_alone_is_on_stdout(command: Any) -> None:
    command("add", "carl@example.com", "--password-stdin", stdin=PASSWORD)
    status, out, err = command("token", "carl@example.com", "--password-stdin", stdin=f"{PASSWORD}\r\n")

    assert (status, err, out.count("."), out.count("\n")) == (0, "", 2, 1)


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (("add", "dora@example.com"), "", "dora@example.com is a user already"),
        (("remove", "nobody@example.com", "--yes"), "", "nobody@example.com is not a user; `list` shows all"),
        (("token", "dora@example.com", "--password-stdin"), "wrong\n", "the password of dora@example.com is wrong"),
        (("token", "dora@example.com", "--password-stdin"), "", "the password is empty"),
        (("add", "eve@example.com", "--password-stdin"), "weak\n", "the password is too weak: it needs 12 characters"),
        (("--stage", "nowhere", "list"), "", "there is no stage nowhere in .chalice/config.json"),
        (("--stage", "dev", "list"), "", "the stage dev has no users: its AUTH is iam, not cognito"),
    ],
)
def test_a_mistake_is_one_sentence(command: Any, words: tuple[str, ...], stdin: str, sentence: str) -> None:
    command("add", "dora@example.com", "--password-stdin", stdin=PASSWORD)
    status, out, err = command(*words, stdin=stdin)

    assert (status, out) == (1, "")
    assert err.startswith(f"darkroom: {sentence}")
    assert err.count("\n") == 1
    assert ".." not in err


@pytest.mark.parametrize(
    "email", ["ann", "@example.com", "ann@", "ann@example", "a b@example.com", f"{'a' * 120}@example.com"]
)
def test_a_text_that_is_no_address_is_refused(command: Any, email: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command("add", email)
    assert "is not an email address" in capsys.readouterr().err


def test_a_password_for_a_deployed_stage_is_refused(pool: users.Pool) -> None:
    options = users.parser().parse_args(["add", "ann@example.com", "--password-stdin", "--stage", "dev"])

    assert options.stage == "dev"
    with pytest.raises(users.UsersFailed, match="for local tries"):
        options.action(replace(pool, stage="dev"), options)
    assert list(users.users(pool)) == []


def test_without_make_run_the_command_says_so(command: Any, server: AwsServer) -> None:
    unused = 9
    assert unused != server.port
    status, _, err = command("--aws-port", str(unused), "list")

    assert status == 1
    assert err.endswith("Is `make run` running?\n")
