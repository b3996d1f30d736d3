import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.users import Pool, token
from tests.browser.login_page import CODE, LoginPage
from tests.browser.window import Window
from tests.end_to_end.program import Program

KEY = "anns-key-is-20-long-or-more"
PASSWORD = "Only-for-a-try-1"


@pytest.fixture(scope="module")
def keyed(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:  # noqa: ARG001 -- skips first
    running = Program(tmp_path_factory.mktemp("keyed"), AUTH="api_key", API_KEYS=f"ann:{KEY}")
    running.wait_until_ready()
    yield running
    running.kill()


def test_a_stage_with_keys_asks_once_and_a_refused_key_keeps_the_work(
    chromium: Any, keyed: Program, photo: Path
) -> None:
    with Window.opened(chromium, keyed) as window:
        window.sees("This stage asks for an API key")
        assert not window.page.get_by_role("button", name="Choose photos").count()
        give(window, "a-key-that-nobody-has-given")
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("The API key is not valid any more")
        window.card(photo.name).wait_for()
        give(window, KEY)
        window.sees("1 of 1 photo done")
        window.tab("Library")
        window.page.locator(".tile").get_by_text(photo.name).wait_for()
        assert KEY not in str(window.page.context.storage_state())
        window.page.reload()
        window.sees("This stage asks for an API key")


def give(window: Window, key: str) -> None:
    """Type a key and send it."""
    window.page.get_by_label("API key").fill(key)
    window.press("Use this API key")


def test_a_key_that_is_refused_later_is_asked_for_again_and_the_work_goes_on(
    chromium: Any, keyed: Program, photo: Path
) -> None:
    with Window.opened(chromium, keyed) as window:
        give(window, KEY)
        problem = {"title": "Unauthorized", "detail": "The key was taken back.", "code": "unauthorized"}
        window.page.route("**/images?*", lambda route: route.fulfill(status=401, json=problem), times=1)
        window.choose(photo)
        window.press("Develop 1 photo")
        window.sees("Your photos stay. The work goes on when you have signed in.")
        give(window, KEY)
        window.sees("1 of 1 photo done")
        first, second = window.posts()
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@pytest.fixture(scope="module")
def login(chromium: Any) -> Iterator[LoginPage]:  # noqa: ARG001 -- skips first
    page = LoginPage()
    yield page
    page.stop()


@pytest.fixture(scope="module")
def signed(login: LoginPage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    running = Program(tmp_path_factory.mktemp("signed"), AUTH="cognito", LOGIN_URL=login.url, LOGIN_CLIENT_ID="page-1")
    running.wait_until_ready()
    client = boto3.client("cognito-idp", endpoint_url=running.aws_url)
    [pool] = client.list_user_pools(MaxResults=1)["UserPools"]
    users = Pool(client, pool["Id"], "local")
    client.admin_create_user(UserPoolId=pool["Id"], Username="ann@example.com", MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool["Id"], Username="ann@example.com", Password=PASSWORD, Permanent=True)
    login.id_token = token(users, "ann@example.com", PASSWORD)
    client.close()
    yield running
    running.kill()


def test_people_sign_in_on_the_login_page_before_they_choose_photos(
    chromium: Any, signed: Program, login: LoginPage, photo: Path
) -> None:
    with Window.opened(chromium, signed, "?preset=web&watermark=Ann#develop") as window:
        window.sees("This stage asks for a token")
        assert not window.page.get_by_role("button", name="Choose photos").count()
        window.press("Sign in")
        window.choose(photo)
        asked = login.asked[-1]
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            "page-1",
            "S256",
        )
        assert window.page.evaluate("location.href").endswith("/?preset=web&watermark=Ann#develop")
        window.press("Develop 1 photo")
        window.sees("1 of 1 photo done")
        assert login.id_token not in str(window.page.context.storage_state())


def test_a_login_that_is_refused_is_said_and_a_token_can_be_pasted(
    chromium: Any, signed: Program, login: LoginPage
) -> None:
    with Window.opened(chromium, signed) as window:
        window.page.route("**/oauth2/token", lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}))
        window.press("Sign in")
        window.sees("The login page gave no token.")
        window.page.get_by_label("ID token").fill(login.id_token)
        window.press("Use this token")
        window.page.get_by_role("button", name="Choose photos").wait_for()


def test_an_answer_to_a_login_that_nobody_asked_for_is_not_taken(
    chromium: Any, signed: Program, login: LoginPage
) -> None:
    with Window.opened(chromium, signed, f"?code={CODE}&state=forged") as window:
        window.sees("This stage asks for a token")
        assert not [each for each in window.requests if each.url.startswith(login.url)]


def test_a_page_that_came_by_http_offers_the_token_alone(chromium: Any, signed: Program) -> None:
    def take_away(page: Any) -> None:
        page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")

    with Window.opened(chromium, signed, prepare=take_away) as window:
        window.sees("This stage asks for a token")
        assert not window.page.get_by_role("button", name="Sign in").count()


def test_a_stage_with_signatures_gives_the_command_for_curl(chromium: Any, program: Program) -> None:
    with Window.opened(chromium, program, config={"auth": "iam"}) as window:
        window.sees("A page cannot sign requests")
        assert not window.page.get_by_role("button", name="Choose photos").count()
        window.page.context.grant_permissions(["clipboard-read"])
        window.press("Copy the command")
        words = shlex.split(window.page.evaluate("navigator.clipboard.readText()"))
        assert words[:3] == ["curl", "--aws-sigv4", "aws:amz:$AWS_DEFAULT_REGION:execute-api"]
        assert words[-1] == f"http://127.0.0.1:{program.port}/images?filename=photo.jpg"
