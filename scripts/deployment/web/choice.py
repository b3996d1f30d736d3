"""Read where a stage has its page: WEB=app (the API serves it), WEB=s3 (a public bucket) or WEB=cloudfront."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from chalicelib.settings import Auth, origin_of
from scripts.deployment import stage_file
from scripts.deployment.policies import partition_of
from scripts.deployment.target import DeployError, Target, step

#: The values of WEB, the default first.
APP, S3, CLOUDFRONT = CHOICES = ("app", "s3", "cloudfront")
#: What an account blocks for all its buckets, and with it a bucket whose policy makes it public.
_BLOCKS = ("BlockPublicPolicy", "RestrictPublicBuckets")


def read(target: Target) -> str:
    """Return the stage's WEB. Raises DeployError for another value."""
    chosen = stage_file.environment(target).get("WEB") or APP
    if chosen not in CHOICES:
        raise DeployError(f"WEB is {chosen!r} in .chalice/config.json. Use {', '.join(CHOICES[:-1])} or {CHOICES[-1]}.")
    return chosen


def findings(target: Target) -> Iterator[str]:
    """Check that CloudFront is where the stage is, and that CORS_ORIGIN is not that of another page."""
    web, variables = read(target), stage_file.environment(target)
    if web == CLOUDFRONT and partition_of(target.region) != "aws":
        yield (
            f"WEB=cloudfront needs the partition aws, and {target.region} is in {partition_of(target.region)}. "
            "Use WEB=app or WEB=s3."
        )
    origin, page = variables.get("CORS_ORIGIN"), variables.get("PAGE_URL", "")
    if web != APP and origin and origin != origin_of(page):
        known = f", which is {origin_of(page)}," if page else ""
        yield (
            f"CORS_ORIGIN is {origin}, and with WEB={web} only the page of the stage may call. Remove CORS_ORIGIN: "
            f"the deployment sets the origin of the page{known} itself."
        )


def account_findings(target: Target) -> Iterator[str]:
    """Check that the account lets a bucket be public, if the stage has WEB=s3."""
    # The embedded AWS has no such block, and its endpoint is an address, before which no account can stand.
    if read(target) != S3 or target.is_embedded:
        return
    blocked = [name for name in _BLOCKS if _account_blocks(target).get(name)]
    if blocked:
        yield (
            f"WEB=s3 needs a public bucket, and the account {target.account} blocks them ({', '.join(blocked)} of S3's "
            "Block Public Access for the account). Use WEB=cloudfront or WEB=app, or switch these two off for the "
            "account: the other buckets of the stage stay blocked by their own settings."
        )


def advice(target: Target) -> Iterator[str]:
    """Say what a page by HTTP cannot do."""
    if read(target) != S3:
        return
    yield "WEB=s3 is HTTP: who is on the way to a visitor can change the page, and read what it holds (docs/page.md)."
    if stage_file.environment(target).get("AUTH") == Auth.COGNITO:
        yield "Cognito's login page sends nobody to HTTP: people paste an ID token. WEB=cloudfront lets them sign in."


def _account_blocks(target: Target) -> dict[str, bool]:
    remedy = "attach docs/deployer-web-policy.json to the role that deploys"
    with step("reading the account's Block Public Access", remedy):
        try:
            answer = target.client("s3control").get_public_access_block(AccountId=target.account)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchPublicAccessBlockConfiguration":
                return {}
            raise
    return dict(answer["PublicAccessBlockConfiguration"])
