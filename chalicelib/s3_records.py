"""Call an S3 handler once for each record of its event."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib import telemetry

Handler = Callable[[Any, Any], Any]


def run(handler: Handler, event: Mapping[str, Any], context: object) -> None:
    """Call the handler with each record, also after an error, and raise the first error at the end.

    Chalice reads only the first record. `s3:TestEvent`, which S3 sends for a new notification, has no records: it is
    logged and ignored. Raises KeyError for another event without records, so that it is not lost in silence.
    """
    if event.get("Event") == "s3:TestEvent":
        telemetry.log.info("test event of S3 ignored", extra={"bucket": event.get("Bucket")})
        return
    errors: list[Exception] = []
    for record in event["Records"]:
        try:
            handler({**event, "Records": [record]}, context)
        except Exception as error:  # noqa: BLE001 -- it is raised below, after the other records had their turn
            errors.append(error)
    if errors:
        raise errors[0]
