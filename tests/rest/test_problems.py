"""Errors as problems: their status, members and headers."""

import pytest
from chalice.app import Response

from chalicelib import errors
from chalicelib.rest.problems import errors_as_problems, problem_from_chalice, problem_from_error


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.InvalidRequest, 400),
        (errors.NotAllowed, 403),
        (errors.ImageNotFound, 404),
        (errors.Conflict, 409),
        (errors.ImageExpired, 410),
        (errors.ImageTooLarge, 413),
        (errors.UnsupportedFormat, 415),
        (errors.UnsupportedMediaType, 415),
        (errors.CorruptImage, 422),
        (errors.KeyReused, 422),
        (errors.BackendUnavailable, 503),
    ],
)
def test_each_error_has_its_status(kind: type[errors.DarkroomError], status: int) -> None:
    response = problem_from_error(kind("A sentence."))

    assert (response.status_code, response.body["status"]) == (status, status)
    assert (response.body["code"], response.body["detail"]) == (kind.code, "A sentence.")
    assert response.headers["Content-Type"] == "application/problem+json"


def test_an_error_of_the_dog_workflow_would_be_a_500() -> None:
    assert problem_from_error(errors.DogImageEmpty("It is empty.")).status_code == 500


def test_a_missing_credential_is_a_401() -> None:
    assert problem_from_error(errors.NotAllowed("Who calls?", code="unauthorized")).status_code == 401


@pytest.mark.parametrize("kind", [errors.Conflict, errors.BackendUnavailable])
def test_an_error_that_may_pass_says_when_to_try_again(kind: type[errors.DarkroomError]) -> None:
    assert int(str(problem_from_error(kind("Later.")).headers["Retry-After"])) >= 1
    assert "Retry-After" not in problem_from_error(errors.InvalidRequest("Never.")).headers


def test_a_problem_has_a_limit_only_if_the_error_has_one() -> None:
    measured = problem_from_error(errors.ImageTooLarge("Too large.", limit=0, actual=5)).body

    assert (measured["limit"], measured["actual"]) == (0, 5)
    assert not {"limit", "actual"} & set(problem_from_error(errors.ImageNotFound("Gone.")).body)


def test_a_view_answers_a_problem_for_an_error_of_the_tree() -> None:
    @errors_as_problems
    def view(image_id: str) -> Response:
        raise errors.ImageNotFound(f"There is no image {image_id!r}.")

    assert view("a").body["detail"] == "There is no image 'a'."


def test_an_unexpected_error_is_a_500_that_does_not_show_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    @errors_as_problems
    def view() -> Response:
        raise KeyError("a secret")

    response = view()

    assert (response.status_code, response.body["code"]) == (500, "internal_error")
    assert "secret" not in str(response.body)
    capsys.readouterr()


def test_an_answer_of_a_view_is_not_changed() -> None:
    answer = Response("body")
    assert errors_as_problems(lambda: answer)() is answer


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_request"), (405, "method_not_allowed"), (415, "unsupported_media_type")]
)
def test_an_error_answer_of_chalice_becomes_a_problem(status: int, code: str) -> None:
    written = Response({"Code": "Error", "Message": "Unsupported method: PUT"}, {"Allow": "GET", "X-Old": "1"}, status)

    response = problem_from_chalice(written)

    assert (response.status_code, response.body["code"]) == (status, code)
    assert response.body["detail"] == "Unsupported method: PUT."
    assert response.headers["Allow"] == "GET, OPTIONS"
    assert "X-Old" not in response.headers


@pytest.mark.parametrize(
    "answer",
    [
        Response({"Code": "x", "Message": "not an error"}, {}, 200),
        Response({"code": "ours"}, {}, 404),
        Response("", {}, 403),
    ],
)
def test_any_other_answer_is_returned_unchanged(answer: Response) -> None:
    assert problem_from_chalice(answer) is answer
