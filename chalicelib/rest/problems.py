"""Turn errors into problem+json answers (RFC 9457).

Only this module knows the HTTP status of an error.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Response

from chalicelib import errors, problem_details
from chalicelib.telemetry import log

#: The status of each class of the error tree and its subclasses. The first match counts.
_STATUSES: tuple[tuple[type[errors.DarkroomError], int], ...] = (
    (errors.UnsupportedMediaType, 415),
    (errors.InvalidRequest, 400),
    (errors.NotAllowed, 403),
    (errors.ImageExpired, 410),
    (errors.ImageNotFound, 404),
    (errors.KeyReused, 422),
    (errors.Conflict, 409),
    (errors.ImageTooLarge, 413),
    (errors.UnsupportedFormat, 415),
    (errors.ImageRejected, 422),
    (errors.BackendUnavailable, 503),
)
#: Seconds after which a caller may try again.
_RETRY_AFTER = {409: "1", 503: "5"}


def errors_as_problems(view: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a view to answer a problem for whatever it raises.

    HTTP middleware cannot do this: Chalice turns an error into its own 500 before the middleware sees it.
    """

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except errors.DarkroomError as error:
            return problem_from_error(error)
        except Exception:
            # The last resort: the caller gets a problem, and the log gets the cause.
            log.exception("unexpected error")
            return problem(
                500, "internal_error", "An unexpected error occurred. The log has its cause under this request's id."
            )

    return answer


def problem(status: int, code: str, detail: str, **more: int) -> Response:
    """Return an answer with a problem. finish() adds the request id later."""
    headers: dict[str, str | list[str]] = {"Content-Type": problem_details.MEDIA_TYPE}
    if status in _RETRY_AFTER:
        headers["Retry-After"] = _RETRY_AFTER[status]
    return Response(problem_details.body(status, code, detail, **more), headers, status)


def problem_from_chalice(response: Response) -> Response:
    """Turn an error answer that Chalice wrote itself, such as its 405 or 415, into a problem."""
    body = response.body
    if response.status_code < 400 or not isinstance(body, dict) or "Code" not in body:
        return response
    code = {405: "method_not_allowed", 415: "unsupported_media_type"}.get(response.status_code, "bad_request")
    translated = problem(response.status_code, code, f"{body['Message']}.")
    if allowed := response.headers.get("Allow"):
        # Chalice answers OPTIONS itself, and has no order.
        translated.headers["Allow"] = ", ".join(sorted({*str(allowed).split(", "), "OPTIONS"}))
    return translated


def problem_from_error(error: errors.DarkroomError) -> Response:
    """Return the problem of an error of the tree, with its limit and actual value if it has them."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    if error.code == "unauthorized":
        status = 401
    measures = {"limit": error.limit, "actual": error.actual}
    return problem(status, error.code, error.detail, **{name: n for name, n in measures.items() if n is not None})
