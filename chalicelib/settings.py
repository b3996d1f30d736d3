"""The settings of a stage, read from its environment variables. Other modules take a Settings object."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib import ingest_hosts, uploaders
from chalicelib.cleanup_settings import CleanupMode, CleanupSettings, read_cleanup
from chalicelib.environment import EnvironmentReader, SettingsError
from chalicelib.errors import InvalidRequest
from chalicelib.imaging.renditions import read_renditions
from chalicelib.records import ANONYMOUS, SYSTEM

__all__ = ["Auth", "CleanupMode", "CleanupSettings", "Limits", "Settings", "SettingsError", "origin_of"]

LOCAL = "local"
LOCAL_ENDPOINT = "http://127.0.0.1:4566"
#: The presets of imaging/recipe.py, the first of which is the default.
PRESET_NAMES = ("default", "thumbnail", "web", "print")
#: Characters of the shortest API key that API Gateway accepts.
MIN_KEY_LENGTH = 20


@dataclass(frozen=True)
class Limits:
    """The limits of a request and of a photo."""

    #: Bytes of a request body. Lambda accepts an event of 6 MB, which also holds headers and JSON escapes.
    body_bytes: int = 6_000_000
    #: Bytes of an object that was put into S3, directly or by a presigned upload.
    object_bytes: int = 50_000_000
    #: Pixels of an input; imaging/limits.py allows some formats only a share of them.
    input_pixels: int = 51_000_000
    #: Pixels of an output; imaging/limits.py allows some formats only a share of them.
    output_pixels: int = 16_000_000
    #: Characters of the file name that a client sends.
    name_length: int = 255


class Auth(StrEnum):
    """How a stage authenticates a caller."""

    #: AWS Signature Version 4. API Gateway checks it.
    IAM = "iam"
    #: A token of a Cognito user pool. API Gateway checks it; on the stage `local` the embedded one does.
    COGNITO = "cognito"
    #: A key in X-Api-Key. API Gateway checks it; on the stage `local` the app does.
    API_KEY = "api_key"
    NONE = "none"


#: The value of DOG_SCHEDULE for no schedule.
SCHEDULE_OFF = "off"


@dataclass(frozen=True)
class Settings:
    """The settings of one stage. All its functions have the same."""

    stage: str
    images_bucket: str
    landing_bucket: str
    destination_bucket: str
    images_table: str
    dogs_table: str
    dog_bucket: str
    limits: Limits
    #: The address of the embedded AWS, or None for AWS itself.
    endpoint_url: str | None
    #: The address of the page, if the deployment has published it in a bucket; "" if the API serves it.
    page_url: str
    cors_origin: str
    list_shards: int
    #: Seconds until a presigned link and a presigned upload expire.
    link_seconds: int
    upload_seconds: int
    #: The preset of a photo whose caller, metadata and folder name none.
    default_preset: str
    resized_width: int
    resized_height: int
    resized_fit: str
    resized_format: str
    #: True if the variant `resized` gets the watermark, too.
    resized_watermark: bool
    #: The renditions of a photo whose caller says none, as the option `renditions` has them; "" for none.
    renditions: str
    #: How many times Lambda delivers an event at most: the first attempt and its retries.
    event_attempts: int
    #: True if the landing bucket keeps the original of a sanitized photo, for `landing_days`.
    landing_keep: bool
    landing_days: int
    #: Days after which S3 deletes a version that was overwritten or deleted.
    old_version_days: int
    cleanup: CleanupSettings
    #: The SNS topics for failures of the clean-up and of the dog workflow, and for the ends of images.
    alarms_topic: str
    images_topic: str
    dog_pipeline: str
    #: When the dog workflow starts: an EventBridge schedule expression, or `off`.
    dog_schedule: str
    dog_api_url: str
    #: Hosts besides those of the dog API from which pictures may be ingested.
    ingest_hosts: tuple[str, ...]
    auth: Auth
    cognito_user_pool_arn: str
    #: The address of the user pool's login page and the client of Darkroom's page, or "": a person pastes a token.
    login_url: str
    login_client_id: str
    #: The API keys that the app itself checks, by the id of their owner.
    api_keys: Mapping[str, str] = field(repr=False)
    #: True if a caller gets 404 for the images of other owners.
    owner_isolation: bool
    #: The IAM users that may put photos into the landing bucket, each under a prefix of its name.
    uploaders: tuple[str, ...]
    #: API Gateway's throttle: requests per second, and the size of a burst.
    throttle_rate: int
    throttle_burst: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings of a stage.

        Raises one SettingsError that names every missing variable and every bad value.
        """
        read = EnvironmentReader(environ)
        settings = cls(
            **_names(read),
            **_dogs(read, environ.get("IMAGES_BUCKET", "")),
            limits=_limits(read),
            endpoint_url=_endpoint(environ),
            list_shards=read.positive_integer("LIST_SHARDS", 1),
            link_seconds=read.positive_integer("LINK_SECONDS", 900),
            upload_seconds=read.positive_integer("UPLOAD_SECONDS", 900),
            **_variants(read),
            event_attempts=read.positive_integer("EVENT_ATTEMPTS", 3),
            landing_keep=read.flag("LANDING_KEEP", default=True),
            landing_days=read.positive_integer("LANDING_DAYS", 37),
            old_version_days=read.positive_integer("OLD_VERSION_DAYS", 7),
            cleanup=read_cleanup(read),
            **_access(read),
        )
        read.raise_problems()
        return settings


def _names(read: EnvironmentReader) -> dict[str, Any]:
    return {
        "stage": read.text("STAGE"),
        "images_bucket": read.text("IMAGES_BUCKET"),
        "landing_bucket": read.text("LANDING_BUCKET"),
        "destination_bucket": read.text("DESTINATION_BUCKET"),
        "images_table": read.text("IMAGES_TABLE"),
        "dogs_table": read.text("DDB_TABLE"),
        "alarms_topic": read.text("ALARMS_TOPIC_ARN"),
        "images_topic": read.text("IMAGES_TOPIC_ARN"),
    }


def origin_of(address: str) -> str:
    """Return the origin of an address, as browsers send it."""
    return "/".join(address.split("/")[:3])


def _access(read: EnvironmentReader) -> dict[str, Any]:
    is_local = read.text("STAGE") == LOCAL
    auth = Auth(read.choice("AUTH", tuple(Auth), Auth.NONE if is_local else Auth.IAM))
    keys, made_pool, page = _api_keys(read), read.optional_text("USER_POOL_ARN"), read.optional_text("PAGE_URL")
    if is_local and auth is Auth.IAM:
        read.add_problem("AUTH=iam is checked by API Gateway; on the stage local, set none, api_key or cognito")
    if is_local and auth is Auth.API_KEY and not keys:
        read.add_problem("AUTH=api_key needs API_KEYS on the stage local")
    return {
        "page_url": page,
        "cors_origin": read.text("CORS_ORIGIN", origin_of(page) if page else "*"),
        "auth": auth,
        "cognito_user_pool_arn": read.text("COGNITO_USER_POOL_ARN", made_pool) if auth is Auth.COGNITO else "",
        "login_url": (read.optional_text("LOGIN_URL") or read.optional_text("USER_POOL_LOGIN_URL")).rstrip("/"),
        "login_client_id": read.optional_text("LOGIN_CLIENT_ID") or read.optional_text("USER_POOL_CLIENT_ID"),
        "api_keys": keys,
        "owner_isolation": read.flag("OWNER_ISOLATION", default=auth is not Auth.NONE),
        "uploaders": uploaders.check_names(read, read.comma_separated("UPLOADERS", ""), read.text("STAGE")),
        "throttle_rate": read.positive_integer("THROTTLE_RATE", 50),
        "throttle_burst": read.positive_integer("THROTTLE_BURST", 100),
    }


def _api_keys(read: EnvironmentReader) -> dict[str, str]:
    """Read `id:key` pairs."""
    keys: dict[str, str] = {}
    for number, pair in enumerate(read.comma_separated("API_KEYS", ","), 1):
        owner, _, key = pair.partition(":")
        entry = f"API_KEYS, entry {number},"
        if not _is_owner(owner) or len(key) < MIN_KEY_LENGTH:
            read.add_problem(f"{entry} must be <id>:<key> with a key of at least {MIN_KEY_LENGTH} characters")
        elif owner in keys or key in keys.values():
            read.add_problem(f"{entry} repeats an id or a key")
        else:
            keys[owner] = key
    return keys


def _is_owner(text: str) -> bool:
    """Return whether a key can have this id. SYSTEM and ANONYMOUS are owners without a key."""
    return bool(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text)) and text not in (SYSTEM, ANONYMOUS)


def _variants(read: EnvironmentReader) -> dict[str, Any]:
    preset = read.choice("DEFAULT_PRESET", PRESET_NAMES)
    width, height = read.positive_integer("RESIZED_WIDTH", 300), read.positive_integer("RESIZED_HEIGHT", 300)
    fit = read.choice("RESIZED_FIT", ("cover", "contain", "pad", "stretch"))
    image_format = read.choice("RESIZED_FORMAT", ("auto", "png", "jpeg", "webp", "avif", "gif"))
    resized = {"resized_width": width, "resized_height": height, "resized_fit": fit, "resized_format": image_format}
    marked = read.flag("RESIZED_WATERMARK", default=False)
    return {"default_preset": preset, "resized_watermark": marked, "renditions": _renditions(read), **resized}


def _renditions(read: EnvironmentReader) -> str:
    text = read.optional_text("RENDITIONS")
    try:
        read_renditions({"renditions": text} if text else {}, PRESET_NAMES)
    except InvalidRequest as error:
        read.add_problem(f"RENDITIONS: {error.detail}")
    return text


def _dogs(read: EnvironmentReader, images_bucket: str) -> dict[str, Any]:
    return {
        "dog_bucket": read.text("DOG_BUCKET", images_bucket),
        "dog_pipeline": read.text("DOG_PIPELINE_ARN"),
        "dog_schedule": read.text("DOG_SCHEDULE", "rate(1 hour)"),
        "dog_api_url": read.text("DOG_API_URL", "https://dog.ceo"),
        "ingest_hosts": ingest_hosts.check(read, read.comma_separated("INGEST_HOSTS", "")),
    }


def _endpoint(environ: Mapping[str, str]) -> str | None:
    """Return AWS_ENDPOINT_URL. The stage `local` has a default, so that nobody needs to set the variable."""
    return environ.get("AWS_ENDPOINT_URL") or (LOCAL_ENDPOINT if environ.get("STAGE") == LOCAL else None)


def _limits(read: EnvironmentReader) -> Limits:
    return Limits(
        body_bytes=read.positive_integer("MAX_BODY_BYTES", Limits.body_bytes),
        object_bytes=read.positive_integer("MAX_OBJECT_BYTES", Limits.object_bytes),
        input_pixels=read.positive_integer("MAX_INPUT_PIXELS", Limits.input_pixels),
        output_pixels=read.positive_integer("MAX_OUTPUT_PIXELS", Limits.output_pixels),
        name_length=read.positive_integer("MAX_NAME_LENGTH", Limits.name_length),
    )
