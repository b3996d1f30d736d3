"""The body of a problem, member by member."""

import json

import pytest

from chalicelib import problem_details


def test_a_problem_has_the_members_of_rfc_9457_and_a_code() -> None:
    assert problem_details.body(404, "route_not_found", "There is no such route.") == {
        "type": "/docs/reference.md#route_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such route.",
        "code": "route_not_found",
    }


def test_further_members_come_last_in_the_json_text() -> None:
    text = json.dumps(problem_details.body(404, "route_not_found", "No.", request_id="r", limit=1))

    assert text.endswith('"code": "route_not_found", "request_id": "r", "limit": 1}')


def test_a_status_that_http_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="799"):
        problem_details.body(799, "odd", "No.")
