"""Publish the page in its bucket: send what changed, delete what is not of the page, and tell CloudFront."""

import os
import uuid
from dataclasses import replace
from typing import Any

from chalicelib.settings import Settings
from scripts.deployment.target import Target, step
from scripts.deployment.web import choice, stack
from scripts.deployment.web.objects import WebObject, objects, policy

#: The metadata in which an object has its digest.
_DIGEST = "darkroom-digest"


def publish(target: Target, settings: Settings, api: str) -> None:
    """Publish the page that calls `api`, the address of the API, unless the stage has WEB=app.

    A second call sends no object. `settings` are those after the stacks: they have the address of the page.
    """
    web = choice.read(target)
    if web == choice.APP:
        return
    if target.is_embedded:
        settings = replace(settings, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    stack.create_or_update(target, settings.old_version_days, policy(settings, api))
    outputs = stack.outputs(target)
    with step("publishing the page"):
        sent = _send(target.client("s3"), outputs["WebBucket"], list(objects(web, settings, api)))
    if "DistributionId" in outputs:
        with step("telling CloudFront to forget the page of before"):
            _invalidate(target, outputs["DistributionId"])
    target.log(f"  the page: {sent} objects sent")


def _send(s3: Any, bucket: str, wanted: list[WebObject]) -> int:
    """Send the objects that the bucket does not have, delete those that are not wanted; return how many were sent."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = {each["Key"] for page in pages for each in page.get("Contents", [])}
    sent = 0
    for each in wanted:
        if each.key in keys and s3.head_object(Bucket=bucket, Key=each.key)["Metadata"].get(_DIGEST) == each.digest:
            continue
        s3.put_object(Bucket=bucket, Key=each.key, Body=each.data, Metadata={_DIGEST: each.digest}, **each.headers)
        sent += 1
    for key in sorted(keys - {each.key for each in wanted}):
        s3.delete_object(Bucket=bucket, Key=key)
    return sent


def _invalidate(target: Target, distribution: str) -> None:
    """Make CloudFront forget all files: also after a run that broke off between the last object and this call."""
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(uuid.uuid4())}
    target.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
