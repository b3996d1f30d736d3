"""Darkroom's entry points: every route, S3 event, schedule and workflow task.

Each handler reads its input, calls one flow and returns the answer. It decides nothing itself.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from chalice.app import Chalice, CloudWatchEvent, Request, Response, S3Event

import chalicelib
from chalicelib import backends, flows, rest, s3_records, startup, telemetry
from chalicelib.settings import SCHEDULE_OFF, Settings, SettingsError

# Chalice's decorators need settings at import. The backends are built at the first call.
try:
    SETTINGS = Settings.from_environ(os.environ)
except SettingsError as error:
    # `chalice deploy` comes here too, if the resources of its stage do not exist yet.
    startup.refuse(f"Darkroom cannot start: {error.advice}")
# How API Gateway authorizes the callers of a route that is not public.
PROTECTED = rest.route_authorization(SETTINGS)
OPENAPI = Path(__file__).parent / "chalicelib" / "rest" / "openapi.json"

# This is the name of the API, by which CloudWatch keeps its metrics. Functions get theirs from .chalice/config.json.
app = Chalice(app_name=f"darkroom-{SETTINGS.stage}", configure_logs=False)
# Chalice logs an error that no view has caught; it would use a logger with the name of the app.
app.log = telemetry.log
app.api.binary_types.extend(set(rest.BINARY_TYPES) - set(app.api.binary_types))
app.api.cors = rest.cors(SETTINGS.cors_origin)


def scheduled(expression: str, name: str) -> Callable[..., Any]:
    """Register a schedule unless it is off. Chalice's own decorator cannot switch a schedule off."""
    return app.schedule(expression, name=name) if expression != SCHEDULE_OFF else lambda handler: handler


def each_record(handler: s3_records.Handler) -> s3_records.Handler:
    """Call an S3 handler once for each record of its event: Chalice reads only the first, and fails without one."""

    def handle(event: dict[str, Any], context: Any) -> None:
        s3_records.run(handler, event, context)

    app.handler_map.update({name: handle for name, known in app.handler_map.items() if known is handler})
    return handle


def current_request() -> Request:
    """Return the request that a view is answering. Chalice's type allows None, which a view never sees."""
    return cast("Request", app.current_request)


@app.middleware("all")
def bind_request_ids(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Put Lambda's request id on every log line of an invocation, and for a route API Gateway's id too."""
    context = cast("Any", event.lambda_context if isinstance(event, Request) else event.context)
    gateway_id = {"api_request_id": event.context.get("requestId", "")} if isinstance(event, Request) else {}
    with telemetry.log_context(request_id=context.aws_request_id, function=context.function_name, **gateway_id):
        return get_response(event)


@app.middleware("http")
def authenticate_and_finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Check who calls, then add the common headers to every answer and turn each error into a problem."""
    return rest.finish(rest.authenticate(request, SETTINGS, get_response), request, SETTINGS.cors_origin)


@app.route("/images", methods=["POST"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def post_image() -> Response:
    """Process a photo now, or accept it for later."""
    services, photo = backends.current(), rest.read_photo(current_request(), SETTINGS.limits)
    record = flows.upload.receive(services, photo)
    view, read = flows.images.to_view(services, record), partial(flows.images.read_picture, services, record)
    return rest.photo_posted(current_request(), view, read, asynchronous=photo.asynchronous)


@app.route("/images", methods=["GET", "HEAD"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def list_images() -> Response:
    """List the images, newest first, or find the newest one of an S3 key."""
    services, page = backends.current(), rest.read_page(current_request())
    if page.key is not None:
        return rest.image(flows.images.show_by_key(services, page.owner, page.key))
    return rest.images(*flows.images.list_newest(services, page))


@app.route("/images/{image_id}", methods=["GET", "HEAD"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def show_image(image_id: str) -> Response:
    """Return one record."""
    return rest.image(flows.images.show(backends.current(), rest.caller(current_request()), image_id))


@app.route("/images/{image_id}", methods=["DELETE"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def delete_image(image_id: str) -> Response:
    """Delete an image with all its variants."""
    flows.images.delete(backends.current(), rest.caller(current_request()), image_id)
    return rest.no_content()


@app.route("/images/{image_id}/content", methods=["GET", "HEAD"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def image_content(image_id: str) -> Response:
    """Redirect to a presigned link to a variant's bytes."""
    owner, variant = rest.caller(current_request()), rest.read_variant(current_request())
    return rest.see_other(flows.images.content_link(backends.current(), owner, image_id, variant))


@app.route("/uploads", methods=["POST"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def post_upload() -> Response:
    """Create a presigned form for a photo that is larger than a request body may be."""
    services, upload_request = backends.current(), rest.read_upload_request(current_request(), SETTINGS.limits)
    record, form = flows.upload.create_upload(services, upload_request)
    return rest.upload_created(flows.images.to_view(services, record), form)


@app.route("/inspect", methods=["POST"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def post_inspect() -> Response:
    """List the metadata of a photo, with its values if the caller asks for them. Nothing is stored."""
    photo = rest.read_photo(current_request(), SETTINGS.limits)
    return rest.findings(*flows.sanitize.inspect(photo, SETTINGS))


@app.route("/sanitize", methods=["POST"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def post_sanitize() -> Response:
    """Store a photo without its metadata."""
    services, photo = backends.current(), rest.read_photo(current_request(), SETTINGS.limits)
    record = flows.sanitize.receive(services, photo)
    return rest.image_posted(flows.images.to_view(services, record), asynchronous=False)


@app.route("/dogs", methods=["GET", "HEAD"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def list_dogs() -> Response:
    """List the dog uploads, newest first."""
    limit, before = rest.read_dog_page(current_request())
    return rest.dogs(*flows.dogs.list_newest(backends.current(), limit, before))


@app.route("/dogs/stats", methods=["GET", "HEAD"], content_types=[], **PROTECTED)
@rest.errors_as_problems
def count_dogs() -> Response:
    """Count the dog uploads by type, breed and day."""
    return rest.dog_stats(flows.dog_stats.count(backends.current(), rest.read_since(current_request())))


@app.route("/", methods=["GET", "HEAD"], content_types=[])
@rest.errors_as_problems
def show_page() -> Response:
    """Show the page, on which people develop and scrub photos."""
    return rest.web_page(current_request(), SETTINGS)


@app.route("/web/{name}", methods=["GET", "HEAD"], content_types=[])
@rest.errors_as_problems
def show_web_file(name: str) -> Response:
    """Return a file of the page, or its configuration."""
    return rest.web_file(current_request(), SETTINGS, name, rest.describe(OPENAPI, SETTINGS.auth))


@app.route("/health", methods=["GET", "HEAD"], content_types=[])
def health() -> Response:
    """Report that the service runs. No backend is called."""
    return Response({"status": "ok", "stage": SETTINGS.stage, "version": chalicelib.__version__})


@app.route("/openapi.json", methods=["GET", "HEAD"], content_types=[])
def openapi() -> Response:
    """Describe the API as OpenAPI 3."""
    return rest.document(current_request(), rest.describe(OPENAPI, SETTINGS.auth))


@each_record
@app.on_s3_event(bucket=SETTINGS.images_bucket, events=["s3:ObjectCreated:*"], prefix="uploads/", name="resize_image")
def resize_image(event: S3Event) -> None:
    """Process a photo that was put into the images bucket."""
    context = cast("Any", event.context)
    flows.resize.handle(backends.current(), event.to_dict()["Records"][0], context.aws_request_id)


@each_record
@app.on_s3_event(bucket=SETTINGS.landing_bucket, events=["s3:ObjectCreated:*"], name="sanitize_image")
def sanitize_image(event: S3Event) -> None:
    """Strip the metadata of a photo that was put into the landing bucket."""
    context = cast("Any", event.context)
    flows.sanitize.handle(backends.current(), event.to_dict()["Records"][0], context.aws_request_id)


@scheduled(SCHEDULE_OFF if SETTINGS.cleanup.removed else "cron(30 21 * * ? *)", name="cleanup")
def clean_up(event: CloudWatchEvent) -> dict[str, Any]:
    """Delete expired objects, update their records and measure the uploaders' keys, every day at 21:30 UTC."""
    remaining = cast("Any", event.context).get_remaining_time_in_millis
    outcome = flows.cleanup.handle(backends.current(), remaining, dry_run=bool(event.detail.get("dry_run")))
    flows.uploaders.measure_key_ages(backends.current())
    return vars(outcome)


@app.schedule("rate(15 minutes)", name="reconcile")
def reconcile_records(event: CloudWatchEvent) -> dict[str, Any]:
    """End what is pending or processing past its time, every 15 minutes."""
    remaining = cast("Any", event.context).get_remaining_time_in_millis
    return vars(flows.reconcile.handle(backends.current(), remaining))


@scheduled(SETTINGS.dog_schedule, name="dog_fetch")
def dog_fetch(event: CloudWatchEvent) -> None:
    """Start the dog workflow."""
    flows.dogs.start(backends.current(), event.time)


@app.lambda_function(name="FetchAndUploadDogImage")
def fetch_and_upload_dog_image(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Fetch a dog picture and store it: the workflow's first task."""
    return flows.dogs.fetch(backends.current(), str(event.get("run", "")))


@app.lambda_function(name="LogToDynamoDB")
def log_to_dynamodb(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write the row of the stored picture: the workflow's second task."""
    return flows.dogs.log(backends.current(), event)


@app.lambda_function(name="AlertPNG")
def alert_png(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Return the contents of the PNG alert: the workflow's third task."""
    return flows.dogs.alert(event)


@app.lambda_function(name="IngestDog")
def ingest_dog(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Fetch, store and record the dog picture of an address: the task of the ingestion's state machine."""
    return flows.dog_ingestion.handle(backends.current(), event)
