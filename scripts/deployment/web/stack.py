"""Create, update and delete the stack of the page: darkroom-<stage>-web, from the template web.yaml.

It exists with WEB=s3 and WEB=cloudfront. It comes before the API, whose CORS names the page; its policy, which names
the API, comes after it.
"""

import os

from chalicelib.settings import origin_of
from scripts.deployment import bucket_emptying, origin, stacks, stage_file
from scripts.deployment.target import Target
from scripts.deployment.web import choice
from scripts.project import PROJECT

TEMPLATE = PROJECT / "scripts" / "deployment" / "web.yaml"


def create_or_update(target: Target, old_version_days: int, policy: str | None = None) -> None:
    """Create or update the stack unless the stage has WEB=app. A second call changes nothing.

    `policy` is CloudFront's Content-Security-Policy; None keeps the one that the stack has.
    """
    web = choice.read(target)
    if web != choice.APP:
        parameters = {"Stage": target.stage, "Web": web, "OldVersionDays": str(old_version_days), "Policy": policy}
        stacks.create_or_update(target, name(target), TEMPLATE.read_text(), parameters)


def outputs(target: Target) -> dict[str, str]:
    """Return the outputs of the stack; none if the stage has WEB=app."""
    return {} if choice.read(target) == choice.APP else stacks.outputs_of(target, name(target)) or {}


def names(target: Target) -> dict[str, str]:
    """Return the variable that holds the address of the page, if the stack has one."""
    found = outputs(target)
    return {"PAGE_URL": _page_url(target, found)} if "PageUrl" in found else {}


def cors_origin(target: Target) -> str:
    """Return the one origin that may call: that of CORS_ORIGIN, else that of the stack's page, else any."""
    page = names(target).get("PAGE_URL", "")
    return stage_file.environment(target).get("CORS_ORIGIN") or (origin_of(page) if page else origin.ANY)


def delete(target: Target) -> None:
    """Empty the bucket and delete the stack. CloudFront takes some minutes. Without a stack, this does nothing."""
    if stacks.outputs_of(target, name(target)) is not None:
        bucket_emptying.empty(target, bucket(target))
        stacks.delete(target, name(target))


def delete_unused(target: Target) -> None:
    """Delete the stack after a deployment that does not use it any more."""
    if choice.read(target) == choice.APP and stacks.outputs_of(target, name(target)) is not None:
        target.log("The page that the API serves again:")
        delete(target)


def name(target: Target) -> str:
    """Return the name of the stack."""
    return f"{target.name}{stacks.WEB}"


def bucket(target: Target) -> str:
    """Return the name of the bucket."""
    return f"{target.name}-web-{target.account}"


def _page_url(target: Target, found: dict[str, str]) -> str:
    """Return the address of the page. The embedded AWS has neither CloudFront nor websites: there, S3 shows it."""
    if not target.is_embedded:
        return found["PageUrl"]
    return f"{os.environ['AWS_ENDPOINT_URL'].rstrip('/')}/{found['WebBucket']}/index.html"
