"""CORS_ORIGIN is `*` or one origin as a browser sends it; one that signs people in is what Cognito takes."""

from pathlib import Path

import pytest
from botocore.stub import Stubber

from scripts import doctor
from scripts.deployment import origin, user_pool
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, moto_target, set_variables

POOL = "arn:aws:cognito-idp:eu-west-1:210987654321:userpool/eu-west-1_aB3dE"


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    target = moto_target(copy_project(tmp_path))
    vars(target)["account"] = "123456789012"
    return target


@pytest.mark.parametrize("signs_in", [True, False])
@pytest.mark.parametrize(
    "good",
    [
        *("*", "https://photos.example.com", "https://example.com:8443", "https://xn--bcher-kva.example"),
        *("http://localhost", "http://localhost:5173", "https://localhost:5173", "https://10.0.0.1"),
    ],
)
def test_an_origin_that_browsers_send_is_taken(good: str, *, signs_in: bool) -> None:
    assert list(origin.findings(good, signs_in=signs_in)) == []


@pytest.mark.parametrize("signs_in", [True, False])
@pytest.mark.parametrize(
    "bad",
    [
        *("https://photos.example.com/", "https://photos.example.com/page", "https://photos.example.com?a=b"),
        *("https://a.example.com,https://b.example.com", "https://a.example.com https://b.example.com"),
        *("photos.example.com", "ftp://photos.example.com", "myapp://callback", "https://", "null", " *"),
        *("*.example.com", "https://*.example.com", "https://Photos.example.com", "https://ann@example.com"),
        *("https://example.com:443", "http://localhost:80", "https://example.com:0", "https://example.com:65536"),
        *("https://example.com.", "https://-a.example.com", "https://example.com\n", "https://example.com#a"),
        *("https://b\u00fccher.example", "https://example.com:"),
    ],
)
def test_a_text_that_is_no_origin_is_found_with_what_to_use(bad: str, *, signs_in: bool) -> None:
    [finding] = origin.findings(bad, signs_in=signs_in)
    assert finding.startswith(f"CORS_ORIGIN is {bad!r}, which is no origin. Use *, or one origin: https://")


@pytest.mark.parametrize(
    "plain", ["http://photos.example.com", "http://127.0.0.1:5173", "http://localhost.example.com"]
)
def test_cognito_sends_nobody_to_http_but_to_localhost(plain: str) -> None:
    assert list(origin.findings(plain, signs_in=False)) == []
    [finding] = origin.findings(plain, signs_in=True)
    assert "Use an origin with https" in finding


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({"AUTH": "cognito", "CORS_ORIGIN": "http://photos.example.com"}, 1),
        ({"AUTH": "cognito", "CORS_ORIGIN": "https://photos.example.com/"}, 1),
        ({"AUTH": "cognito", "CORS_ORIGIN": "http://photos.example.com", "COGNITO_USER_POOL_ARN": POOL}, 0),
        ({"AUTH": "iam", "CORS_ORIGIN": "http://photos.example.com"}, 0),
        ({"AUTH": "iam", "CORS_ORIGIN": "https://photos.example.com/"}, 1),
        ({"AUTH": "cognito", "CORS_ORIGIN": ""}, 0),
    ],
)
def test_the_doctor_checks_the_origin_before_cognito_gets_it(
    target: Target, variables: dict[str, str], count: int
) -> None:
    set_variables(target, **variables)
    assert len([each for each in doctor.source_findings(target) if "CORS_ORIGIN" in each]) == count


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({"AUTH": "cognito"}, 1),
        ({"AUTH": "cognito", "CORS_ORIGIN": "https://photos.example.com"}, 0),
        ({"AUTH": "cognito", "COGNITO_USER_POOL_ARN": POOL}, 0),
        ({"AUTH": "iam"}, 0),
    ],
)
def test_a_stage_with_users_and_without_an_origin_is_told(
    target: Target, variables: dict[str, str], count: int
) -> None:
    set_variables(target, **variables)
    lines = list(user_pool.advice(target))
    assert len(lines) == count
    assert all("set CORS_ORIGIN to its origin" in line for line in lines)
    with Stubber(target.client("lambda")) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})
        assert list(doctor.advice(target))[1:] == lines
