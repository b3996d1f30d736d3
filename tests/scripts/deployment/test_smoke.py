"""How far the smoke test is let in on each kind of stage, and what it says of the rest."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.settings import Auth, Settings
from scripts.deployment import smoke
from scripts.deployment.target import DeployError, Target

HELD = {"API_KEY": "anns-key", "TOKEN": "a.b.c"}


@dataclass(frozen=True)
class Watched(smoke.ApiClient):
    """A api that answers as it is told, and notes what it is asked."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: bytes = b"", media: str = "") -> tuple[int, Any]:  # noqa: ARG002 -- the base's signature
        self.asked.append(f"{method} {path}")
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("auth", "headers", "signed"),
    [
        (Auth.IAM, {}, True),
        (Auth.NONE, {}, False),
        (Auth.API_KEY, {"x-api-key": "anns-key"}, False),
        (Auth.COGNITO, {"Authorization": "a.b.c"}, False),
    ],
)
def test_a_door_is_entered_as_its_stage_asks(auth: Auth, headers: dict[str, str], *, signed: bool) -> None:
    api = smoke.api_client_of(Target("dev"), "http://127.0.0.1:9/", auth, HELD)
    assert (api.headers, api.signed) == (headers, signed)


@pytest.mark.parametrize(("auth", "variable"), [(Auth.API_KEY, "API_KEY"), (Auth.COGNITO, "TOKEN")])
def test_without_a_key_or_a_token_it_says_what_it_could_not_try(settings: Settings, auth: Auth, variable: str) -> None:
    said: list[str] = []
    assert not smoke.api_client_of(Target("dev"), "http://127.0.0.1:9/", auth, {}).headers
    api = Watched(Target("dev", log=said.append), "", {}, signed=False, answers=[(200, {})])
    smoke.run_smoke_test(api, replace(settings, auth=auth))
    assert api.asked == ["GET health"]
    assert said[-1].startswith("  NOT tried: posting, reading, S3 and landing")
    assert f"with {variable} set" in said[-1]


def test_an_api_that_does_not_answer_fails_the_deployment_with_how_to_go_on(settings: Settings) -> None:
    api = Watched(Target("dev", log=lambda _line: None), "", {}, signed=False, answers=[(502, b"no")])
    with pytest.raises(DeployError, match=r"GET /health was answered 502.*How to go on"):
        smoke.run_smoke_test(api, replace(settings, auth=Auth.NONE))
