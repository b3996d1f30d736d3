"""The events that the functions are measured with."""

import base64
from typing import Any

Event = dict[str, Any]


def request(method: str, resource: str, body: bytes = b"", path: str = "", **query: str) -> Event:
    """Return an event of API Gateway. A body is a JPEG, in base64 as API Gateway sends it."""
    name, _, value = path.partition("=")
    headers = {"Host": "127.0.0.1", "Accept": "*/*"} | ({"Content-Type": "image/jpeg"} if body else {})
    context = {"resourcePath": resource, "httpMethod": method, "requestId": "measured", "stage": "api"}
    return {
        "resource": resource,
        "path": resource,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {key: [each] for key, each in headers.items()},
        "multiValueQueryStringParameters": {key: [each] for key, each in query.items()} or None,
        "pathParameters": {name: value} if name else None,
        "stageVariables": None,
        "requestContext": context | {"path": f"/api{resource}", "identity": {"sourceIp": "127.0.0.1"}},
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def scheduled() -> Event:
    """Return an event of an EventBridge schedule."""
    names = {"version": "0", "account": "123456789012", "region": "us-east-1", "source": "aws.events", "id": "measured"}
    return names | {"detail-type": "Scheduled Event", "time": "2026-01-01T00:00:00Z", "resources": [], "detail": {}}


def object_created(bucket: str, key: str, put: dict[str, Any], size: int) -> Event:
    """Return an event of S3 for an object; `put` is the answer of PutObject."""
    item = {"key": key, "size": size, "eTag": put["ETag"].strip('"'), "versionId": put["VersionId"], "sequencer": "1"}
    s3 = {"bucket": {"name": bucket}, "object": item}
    times = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-01-01T00:00:00.000Z"}
    return {"Records": [times | {"awsRegion": "us-east-1", "s3": s3}]}
