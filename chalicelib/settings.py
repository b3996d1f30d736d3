"""Settings: the environment, read once and handed down; nothing else reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOCAL_ENDPOINT = "http://127.0.0.1:4566"


class SettingsError(Exception):
    """Raised when the environment lacks a name or holds a bad value; `problems` lists every one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


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

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings of a stage.

        Raises SettingsError that names every missing variable and every bad value at once.
        """
        read = _Reader(environ)
        settings = cls(
            **_names(read),
            dog_bucket=read.text("DOG_BUCKET", environ.get("IMAGES_BUCKET", "")),
            limits=_limits(read),
            endpoint_url=_endpoint(environ),
            cors_origin=read.text("CORS_ORIGIN", "*"),
            list_shards=read.count("LIST_SHARDS", 1),
            link_seconds=read.count("LINK_SECONDS", 900),
            upload_seconds=read.count("UPLOAD_SECONDS", 900),
            resized_width=read.count("RESIZED_WIDTH", 300),
            resized_height=read.count("RESIZED_HEIGHT", 300),
            resized_fit=read.choice("RESIZED_FIT", ("cover", "contain", "pad", "stretch")),
            event_attempts=read.count("EVENT_ATTEMPTS", 3),
            landing_keep=read.choice("LANDING_KEEP", ("true", "false")) == "true",
            landing_days=read.count("LANDING_DAYS", 30),
            log_level=read.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        )
        read.finish()
        return settings


def _names(read: "_Reader") -> dict[str, Any]:
    """Read the names that every stage must give."""
    return {
        "stage": read.text("STAGE"),
        "images_bucket": read.text("IMAGES_BUCKET"),
        "landing_bucket": read.text("LANDING_BUCKET"),
        "destination_bucket": read.text("DESTINATION_BUCKET"),
        "images_table": read.text("IMAGES_TABLE"),
        "dogs_table": read.text("DDB_TABLE"),
    }


def _endpoint(environ: Mapping[str, str]) -> str | None:
    """Find the embedded AWS without a variable set by hand; a deployed stage talks to AWS itself."""
    return environ.get("AWS_ENDPOINT_URL") or (LOCAL_ENDPOINT if environ.get("STAGE") == "local" else None)


def _limits(read: "_Reader") -> Limits:
    return Limits(
        body_bytes=read.count("MAX_BODY_BYTES", Limits.body_bytes),
        object_bytes=read.count("MAX_OBJECT_BYTES", Limits.object_bytes),
        input_pixels=read.count("MAX_INPUT_PIXELS", Limits.input_pixels),
        output_pixels=read.count("MAX_OUTPUT_PIXELS", Limits.output_pixels),
        name_length=read.count("MAX_NAME_LENGTH", Limits.name_length),
    )


class _Reader:
    """Collects every problem, so that a person mends the environment once and not name by name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        value = self._environ.get(name) or default
        if not value:
            self._problems.append(f"{name} is not set")
        return value

    def count(self, name: str, default: int) -> int:
        value = self._environ.get(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            self._problems.append(f"{name} must be a positive whole number, not {value!r}")
            return default
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self._environ.get(name) or choices[0]
        if value not in choices:
            self._problems.append(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def finish(self) -> None:
        if self._problems:
            raise SettingsError(self._problems)
