"""Darkroom's entry points: a table of contents. Each handler reads, calls one flow and answers."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from chalice.app import Chalice, CloudWatchEvent, Request, Response, S3Event

import chalicelib
from chalicelib import backends, rest, telemetry
from chalicelib.flows import cleanup, dogs, images, resize, sanitize, upload
from chalicelib.settings import Settings, SettingsError

# What the decorators need (bucket, origin) is read at import; the backends are built at the first call.
try:
    SETTINGS = Settings.from_environ(os.environ)
except SettingsError as error:
    # Also what `chalice deploy` meets before a stage has its resources; it would show a traceback.
    sys.exit(f"Darkroom cannot start: {error.advice}")
# What API Gateway asks of whoever calls a route that is not public.
DEMANDED = rest.demanded(SETTINGS)
OPENAPI = Path(__file__).parent / "chalicelib" / "rest" / "openapi.json"

app = Chalice(app_name="darkroom", configure_logs=False)
app.api.binary_types.extend(set(rest.BINARY_TYPES) - set(app.api.binary_types))
app.api.cors = rest.cors(SETTINGS.cors_origin)


def scheduled(expression: str, name: str) -> Callable[..., Any]:
    """Register a schedule unless it is off: Chalice's own has no switch."""
    return app.schedule(expression, name=name) if expression != dogs.OFF else lambda handler: handler


def current_request() -> Request:
    """Return the request that a route is answering; there is one whenever a view runs."""
    return cast("Request", app.current_request)


@app.middleware("all")
def bind_request(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Put the ids of the request on every log line it causes: Lambda's and, where it came that way, API Gateway's."""
    context = cast("Any", event.lambda_context if isinstance(event, Request) else event.context)
    through = {"api_request_id": event.context.get("requestId", "")} if isinstance(event, Request) else {}
    with telemetry.bound(request_id=context.aws_request_id, function=context.function_name, **through):
        return get_response(event)


@app.middleware("http")
def finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Ask who calls, and give every answer that leaves the app its headers and every error its form."""
    return rest.finish(rest.admit(request, SETTINGS, get_response), request, SETTINGS.cors_origin)


@app.route("/images", methods=["POST"], content_types=[], **DEMANDED)
@rest.answers_problems
def post_image() -> Response:
    """Process a photo, or take it in for later."""
    here, photo = backends.current(), rest.read_photo(current_request(), SETTINGS.limits)
    record = upload.receive(here, photo)
    return rest.received(images.present(here, record), asynchronous=photo.asynchronous)


@app.route("/images", methods=["GET"], content_types=[], **DEMANDED)
@rest.answers_problems
def list_images() -> Response:
    """List the images, newest first, or find the one that came from a key of S3."""
    here, page = backends.current(), rest.read_page(current_request())
    if page.key is not None:
        return rest.image(images.show_by_key(here, page.owner, page.key))
    return rest.images(*images.list_newest(here, page))


@app.route("/images/{image_id}", methods=["GET"], content_types=[], **DEMANDED)
@rest.answers_problems
def show_image(image_id: str) -> Response:
    """Show one record."""
    return rest.image(images.show(backends.current(), rest.caller(current_request()), image_id))


@app.route("/images/{image_id}", methods=["DELETE"], content_types=[], **DEMANDED)
@rest.answers_problems
def delete_image(image_id: str) -> Response:
    """Delete an image with all its variants."""
    images.delete(backends.current(), rest.caller(current_request()), image_id)
    return rest.no_content()


@app.route("/images/{image_id}/content", methods=["GET"], content_types=[], **DEMANDED)
@rest.answers_problems
def image_content(image_id: str) -> Response:
    """Lead to a variant's bytes."""
    owner, variant = rest.caller(current_request()), rest.read_variant(current_request())
    return rest.see_other(images.content_link(backends.current(), owner, image_id, variant))


@app.route("/uploads", methods=["POST"], content_types=[], **DEMANDED)
@rest.answers_problems
def post_upload() -> Response:
    """Issue a ticket for a photo over the body limit."""
    here, announcement = backends.current(), rest.read_announcement(current_request(), SETTINGS.limits)
    record, form = upload.announce(here, announcement)
    return rest.ticket(images.present(here, record), form)


@app.route("/inspect", methods=["POST"], content_types=[], **DEMANDED)
@rest.answers_problems
def post_inspect() -> Response:
    """Tell what metadata a photo carries, and store nothing."""
    return rest.findings(sanitize.inspect(rest.read_photo(current_request(), SETTINGS.limits)))


@app.route("/sanitize", methods=["POST"], content_types=[], **DEMANDED)
@rest.answers_problems
def post_sanitize() -> Response:
    """Scrub a photo of its metadata."""
    here, photo = backends.current(), rest.read_photo(current_request(), SETTINGS.limits)
    return rest.received(images.present(here, sanitize.receive(here, photo)), asynchronous=False)


@app.route("/dogs", methods=["GET"], content_types=[], **DEMANDED)
@rest.answers_problems
def list_dogs() -> Response:
    """List the dog uploads, newest first."""
    limit, before = rest.read_dog_page(current_request())
    return rest.dogs(*dogs.list_newest(backends.current(), limit, before))


@app.route("/health", methods=["GET"], content_types=[])
def health() -> Response:
    """Tell that the service is alive; no backend is asked."""
    return Response({"status": "ok", "stage": SETTINGS.stage, "version": chalicelib.__version__})


@app.route("/openapi.json", methods=["GET"], content_types=[])
def openapi() -> Response:
    """Describe the API as OpenAPI 3."""
    return Response(rest.describe(OPENAPI, SETTINGS.auth))


@app.on_s3_event(bucket=SETTINGS.images_bucket, events=["s3:ObjectCreated:*"], prefix="uploads/", name="resize_image")
def resize_image(event: S3Event) -> None:
    """Process a photo that was put into S3."""
    context = cast("Any", event.context)
    resize.handle(backends.current(), event.bucket, event.key, context.aws_request_id)


@app.on_s3_event(bucket=SETTINGS.landing_bucket, events=["s3:ObjectCreated:*"], name="sanitize_image")
def sanitize_image(event: S3Event) -> None:
    """Scrub a photo that landed."""
    context = cast("Any", event.context)
    sanitize.handle(backends.current(), event.bucket, event.key, context.aws_request_id)


@app.schedule("cron(30 21 * * ? *)", name="cleanup")
def clean_up(event: CloudWatchEvent) -> dict[str, Any]:
    """Delete what has had its time, every day at 21:30 UTC."""
    remaining = cast("Any", event.context).get_remaining_time_in_millis
    outcome = cleanup.handle(backends.current(), remaining, dry_run=bool(event.detail.get("dry_run")))
    return vars(outcome)


@scheduled(SETTINGS.dog_schedule, name="dog_fetch")
def dog_fetch(event: CloudWatchEvent) -> None:
    """Start the dogs' workflow."""
    dogs.start(backends.current(), event.time)


@app.lambda_function(name="FetchAndUploadDogImage")
def fetch_and_upload_dog_image(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Fetch a dog and store it: the workflow's first task."""
    return dogs.fetch(backends.current(), str(event.get("run", "")))


@app.lambda_function(name="LogToDynamoDB")
def log_to_dynamodb(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Record what was stored: the workflow's second task."""
    return dogs.log(backends.current(), event)


@app.lambda_function(name="AlertPNG")
def alert_png(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Say what the alert is about: the workflow's third task."""
    return dogs.alert(event)
