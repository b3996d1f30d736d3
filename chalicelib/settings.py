"""Settings: the environment, read once and handed down; nothing else reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.environment import Reader, SettingsError
from chalicelib.records import ANONYMOUS, SYSTEM

__all__ = ["Auth", "CleanupMode", "CleanupSettings", "Limits", "Settings", "SettingsError"]

LOCAL = "local"
LOCAL_ENDPOINT = "http://127.0.0.1:4566"
#: As few as API Gateway takes.
KEY_LENGTH = 20


@dataclass(frozen=True)
class Limits:
    """What a photo, a body and an answer may measure; sizes in bytes, areas in pixels."""

    #: A request body: Lambda takes 6 MB of event, of which headers and JSON escapes need their share.
    body_bytes: int = 6_000_000
    #: An object that came through S3 or a presigned upload.
    object_bytes: int = 50_000_000
    #: Decoded pixels of an input, before the factor of its format (imaging/limits.py).
    input_pixels: int = 50_000_000
    #: Pixels of an output, before the factor of its format (imaging/limits.py).
    output_pixels: int = 16_000_000
    #: Characters of a client's file name.
    name_length: int = 255


class Auth(StrEnum):
    """How a stage tells who calls."""

    #: A request signed by AWS's version 4; API Gateway checks it.
    IAM = "iam"
    #: A token of a Cognito user pool; API Gateway checks it.
    COGNITO = "cognito"
    #: A key in X-Api-Key; API Gateway checks it, and the app where there is none in front.
    API_KEY = "api_key"
    NONE = "none"


class CleanupMode(StrEnum):
    """What the scheduled clean-up does."""

    OFF = "off"
    #: Deletes objects older than an age.
    EXPIRED = "expired"
    #: Empties the buckets, until an instant that deployment sets.
    EVERYTHING = "everything"


#: Mode and age in days of the clean-up, where a stage says nothing else.
_CLEANUP_DEFAULTS = {"local": (CleanupMode.EXPIRED, 1), "dev": (CleanupMode.EVERYTHING, 1)}


@dataclass(frozen=True)
class CleanupSettings:
    """What the scheduled clean-up may take."""

    mode: CleanupMode
    max_age_days: int
    #: `everything` runs only before this instant.
    until: datetime | None
    dry_run: bool
    #: Buckets by their role: `images`, `landing`.
    targets: tuple[str, ...]
    #: Prefixes that are spared in every bucket.
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """One stage's settings, the same for every function of it."""

    stage: str
    images_bucket: str
    landing_bucket: str
    destination_bucket: str
    images_table: str
    dogs_table: str
    dog_bucket: str
    limits: Limits
    #: Where AWS is, when it is not AWS: the embedded one.
    endpoint_url: str | None
    cors_origin: str
    list_shards: int
    #: Seconds that a presigned link and a presigned upload live.
    link_seconds: int
    upload_seconds: int
    resized_width: int
    resized_height: int
    resized_fit: str
    #: Times that an event is delivered in all: Lambda's first try and its two retries.
    event_attempts: int
    #: Whether the original of a scrubbed photo stays in landing, and for how many days.
    landing_keep: bool
    landing_days: int
    log_level: str
    cleanup: CleanupSettings
    #: Where the clean-up and the dogs' workflow tell people of a failure.
    alarms_topic: str
    dog_pipeline: str
    #: When dogs are fetched, in EventBridge's words; `off` for never.
    dog_schedule: str
    dog_api_url: str
    auth: Auth
    cognito_user_pool_arn: str
    #: Keys that the app itself knows, by the id that their records belong to.
    api_keys: Mapping[str, str] = field(repr=False)
    #: Whether another's record is as if it were not there.
    owner_isolation: bool
    #: Requests a second that API Gateway lets through to the stage, and how many at once.
    throttle_rate: int
    throttle_burst: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings of a stage.

        Raises SettingsError that names every missing variable and every bad value at once.
        """
        read = Reader(environ)
        settings = cls(
            **_names(read),
            **_dogs(read, environ.get("IMAGES_BUCKET", "")),
            limits=_limits(read),
            endpoint_url=_endpoint(environ),
            cors_origin=read.text("CORS_ORIGIN", "*"),
            list_shards=read.count("LIST_SHARDS", 1),
            link_seconds=read.count("LINK_SECONDS", 900),
            upload_seconds=read.count("UPLOAD_SECONDS", 900),
            **_resized(read),
            event_attempts=read.count("EVENT_ATTEMPTS", 3),
            landing_keep=read.flag("LANDING_KEEP", default=True),
            landing_days=read.count("LANDING_DAYS", 37),
            log_level=read.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
            cleanup=_cleanup(read),
            **_access(read),
        )
        read.finish()
        return settings


def _names(read: Reader) -> dict[str, Any]:
    """Read the names that every stage must give."""
    return {
        "stage": read.text("STAGE"),
        "images_bucket": read.text("IMAGES_BUCKET"),
        "landing_bucket": read.text("LANDING_BUCKET"),
        "destination_bucket": read.text("DESTINATION_BUCKET"),
        "images_table": read.text("IMAGES_TABLE"),
        "dogs_table": read.text("DDB_TABLE"),
        "alarms_topic": read.text("ALARMS_TOPIC_ARN"),
    }


def _access(read: Reader) -> dict[str, Any]:
    is_local = read.text("STAGE") == LOCAL
    auth = Auth(read.choice("AUTH", tuple(Auth), Auth.NONE if is_local else Auth.IAM))
    keys = _api_keys(read)
    if is_local and auth in (Auth.IAM, Auth.COGNITO):
        read.refuse(f"AUTH={auth} is checked by API Gateway, which the stage local has not; there take none or api_key")
    if is_local and auth is Auth.API_KEY and not keys:
        read.refuse("AUTH=api_key needs API_KEYS on the stage local")
    return {
        "auth": auth,
        "cognito_user_pool_arn": read.text("COGNITO_USER_POOL_ARN") if auth is Auth.COGNITO else "",
        "api_keys": keys,
        "owner_isolation": read.flag("OWNER_ISOLATION", default=auth is not Auth.NONE),
        "throttle_rate": read.count("THROTTLE_RATE", 50),
        "throttle_burst": read.count("THROTTLE_BURST", 100),
    }


def _api_keys(read: Reader) -> dict[str, str]:
    """Read `id:key` pairs; no id may be one of the owners that are nobody's key."""
    keys: dict[str, str] = {}
    for number, pair in enumerate(read.words("API_KEYS", ","), 1):
        owner, _, key = pair.partition(":")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", owner) or owner in (SYSTEM, ANONYMOUS) or len(key) < KEY_LENGTH:
            read.refuse(f"API_KEYS, entry {number}, must be <id>:<key> with a key of at least {KEY_LENGTH} characters")
        elif owner in keys or key in keys.values():
            read.refuse(f"API_KEYS, entry {number}, repeats an id or a key")
        else:
            keys[owner] = key
    return keys


def _resized(read: Reader) -> dict[str, Any]:
    return {
        "resized_width": read.count("RESIZED_WIDTH", 300),
        "resized_height": read.count("RESIZED_HEIGHT", 300),
        "resized_fit": read.choice("RESIZED_FIT", ("cover", "contain", "pad", "stretch")),
    }


def _dogs(read: Reader, images_bucket: str) -> dict[str, Any]:
    return {
        "dog_bucket": read.text("DOG_BUCKET", images_bucket),
        "dog_pipeline": read.text("DOG_PIPELINE_ARN"),
        "dog_schedule": read.text("DOG_SCHEDULE", "rate(1 hour)"),
        "dog_api_url": read.text("DOG_API_URL", "https://dog.ceo"),
    }


def _endpoint(environ: Mapping[str, str]) -> str | None:
    """Find the embedded AWS without a variable set by hand; a deployed stage talks to AWS itself."""
    return environ.get("AWS_ENDPOINT_URL") or (LOCAL_ENDPOINT if environ.get("STAGE") == LOCAL else None)


def _cleanup(read: Reader) -> CleanupSettings:
    mode, days = _CLEANUP_DEFAULTS.get(read.text("STAGE"), (CleanupMode.EXPIRED, 30))
    targets = read.words("CLEANUP_TARGETS", "images,landing")
    if unknown := set(targets) - {"images", "landing"}:
        read.refuse(f"CLEANUP_TARGETS may name images and landing, not {', '.join(sorted(unknown))}")
    return CleanupSettings(
        mode=CleanupMode(read.choice("CLEANUP_MODE", tuple(CleanupMode), mode)),
        max_age_days=read.count("CLEANUP_MAX_AGE_DAYS", days),
        until=read.instant("CLEANUP_UNTIL"),
        dry_run=read.flag("CLEANUP_DRY_RUN", default=False),
        targets=targets,
        keep=read.words("CLEANUP_KEEP", ""),
    )


def _limits(read: Reader) -> Limits:
    return Limits(
        body_bytes=read.count("MAX_BODY_BYTES", Limits.body_bytes),
        object_bytes=read.count("MAX_OBJECT_BYTES", Limits.object_bytes),
        input_pixels=read.count("MAX_INPUT_PIXELS", Limits.input_pixels),
        output_pixels=read.count("MAX_OUTPUT_PIXELS", Limits.output_pixels),
        name_length=read.count("MAX_NAME_LENGTH", Limits.name_length),
    )
