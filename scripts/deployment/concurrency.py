"""Compare the throttle of a stage with the number of functions that the account may run at once."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment import policies, reservations, resources, stage_file
from scripts.deployment.target import Target

#: Seconds of a call of the API with a large photo, cold starts included. docs/cost.md has the time of a usual one.
_SECONDS_OF_A_CALL = 2
#: Of all that may run at once, events and schedules need as many as the API.
_PART_OF_THE_API = 0.5


def advice(target: Target) -> Iterator[str]:
    """Yield one line: how many functions the account may run at once, and what the throttle should be.

    A new account may have 10: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    if target.is_embedded:
        return  # moto has no such limit, and does not know the call.
    try:
        limit = int(target.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    except (ClientError, BotoCoreError) as error:
        yield f"AWS does not say how many functions the account may run at once ({error})."
        return
    settings = stage_file.settings_of(target, resources.expected_names(target))
    line, (rate, burst) = f"The account may run {limit} functions at once.", suggested(limit)
    if own := reservations.read(target).get(policies.API):
        line, (rate, burst) = f"{line} {policies.API} has {own} of its own.", for_the_api(own)
    if settings.throttle_burst <= burst and settings.throttle_rate <= rate:
        yield f"{line} The throttle of the stage fits."
        return
    yield (
        f"{line} With THROTTLE_RATE={settings.throttle_rate} and THROTTLE_BURST={settings.throttle_burst}, callers may "
        f"get 5xx in place of 429, and photos in S3 may wait. Set THROTTLE_RATE={rate} and THROTTLE_BURST={burst}, or "
        "ask AWS for more concurrency (Service Quotas, Lambda, Concurrent executions)."
    )


def suggested(limit: int) -> tuple[int, int]:
    """Return THROTTLE_RATE and THROTTLE_BURST for an account that may run `limit` functions at once; 1 at least."""
    return for_the_api(max(1, int(limit * _PART_OF_THE_API)))


def for_the_api(concurrency: int) -> tuple[int, int]:
    """Return THROTTLE_RATE and THROTTLE_BURST for an API that may run `concurrency` functions at once."""
    return max(1, concurrency // _SECONDS_OF_A_CALL), concurrency
