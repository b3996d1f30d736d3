"""The OpenAPI document that a stage serves: its own security scheme and no other."""

import json

import pytest

import app
from chalicelib.rest.description import describe
from chalicelib.settings import Auth


@pytest.mark.parametrize(
    ("auth", "scheme"), [(Auth.IAM, "sigv4"), (Auth.COGNITO, "cognito"), (Auth.API_KEY, "api_key")]
)
def test_the_document_has_the_security_scheme_of_the_stage_alone(auth: Auth, scheme: str) -> None:
    document = json.loads(describe(app.OPENAPI, auth))

    assert document["security"] == [{scheme: []}]
    assert set(document["components"]["securitySchemes"]) == {scheme}


def test_an_open_stage_has_no_security_scheme() -> None:
    document = json.loads(describe(app.OPENAPI, Auth.NONE))

    assert document["security"] == []
    assert document["components"]["securitySchemes"] == {}


def test_the_rest_of_the_document_is_the_same_on_every_stage() -> None:
    open_stage, signed = (json.loads(describe(app.OPENAPI, auth)) for auth in (Auth.NONE, Auth.IAM))

    assert open_stage["paths"] == signed["paths"]
    assert open_stage["components"]["schemas"] == signed["components"]["schemas"]


def test_the_document_is_written_once() -> None:
    assert describe(app.OPENAPI, Auth.NONE) is describe(app.OPENAPI, Auth.NONE)
