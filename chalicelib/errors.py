"""The error tree. Errors carry data; only rest knows their HTTP statuses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.records import ImageRecord


class DarkroomError(Exception):
    """Base of every error that Darkroom raises on purpose.

    `code` is a stable name for programs, and `detail` a sentence for people. If a limit was exceeded, `limit` and
    `actual` are the allowed and the actual number.
    """

    #: The code of the class. An error may be raised with a narrower one.
    code = "error"

    def __init__(
        self, detail: str, *, code: str | None = None, limit: int | None = None, actual: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.limit = limit
        self.actual = actual


class InvalidRequest(DarkroomError):
    """Raised when a request is malformed: an unknown option, invalid base64 or an invalid page token."""

    code = "invalid_request"


class UnsupportedMediaType(InvalidRequest):
    """Raised when the route does not accept the Content-Type of the body."""

    code = "unsupported_media_type"


class NotAllowed(DarkroomError):
    """Raised when the caller is unknown (`code` unauthorized) or has no permission (`code` forbidden)."""

    code = "forbidden"


class ImageNotFound(DarkroomError):
    """Raised when an image, a variant or an object does not exist."""

    code = "image_not_found"


class ImageExpired(ImageNotFound):
    """Raised when the record still exists but the clean-up has deleted the image."""

    code = "image_expired"


class Conflict(DarkroomError):
    """Raised when the call is not possible in the current state of the record."""

    code = "conflict"


class KeyReused(Conflict):
    """Raised when a client sends an Idempotency-Key again with another photo or other options."""

    code = "idempotency_key_reused"


class ImageRejected(DarkroomError):
    """Base of the permanent errors of a photo: a retry gives the same result."""

    code = "image_rejected"


class ImageTooLarge(ImageRejected):
    """Raised when a photo has too many bytes or pixels; carries `limit` and `actual`."""

    code = "image_too_large"


class UnsupportedFormat(ImageRejected):
    """Raised when the bytes have no format that Darkroom reads, or are of a kind of it that it does not read."""

    code = "unsupported_format"


class CorruptImage(ImageRejected):
    """Raised when the bytes begin like a known format but break its rules."""

    code = "corrupt_image"


class ObjectArchived(ImageRejected):
    """Raised when S3 does not return an object because its storage class is an archive."""

    code = "object_archived"


class BackendUnavailable(DarkroomError):
    """Raised when a call to AWS fails. The error is transient: a retry may succeed."""

    code = "backend_unavailable"


class DogFault(DarkroomError):
    """Base of the errors of the dog workflow. The state machine matches them by their class names."""

    code = "dog_fault"


class DogApiUnavailable(DogFault):
    """Raised when the dog API sends no response, or 429 or 5xx. The error is transient: a retry may succeed."""

    code = "dog_api_unavailable"


class DogApiMalformed(DogFault):
    """Raised when the response of the dog API has another status, is not JSON, or lacks a usable address."""

    code = "dog_api_malformed"


class DogHostNotAllowed(DogFault):
    """Raised before a request, or a redirect, to an address that is not on the allow-list."""

    code = "dog_host_not_allowed"


class DogImageEmpty(DogFault):
    """Raised when the picture has no bytes."""

    code = "dog_image_empty"


class DogImageNotAnImage(DogFault):
    """Raised when the bytes are not an image, but for example an HTML page."""

    code = "dog_image_not_an_image"


class DogImageMislabelled(DogFault):
    """Raised when the extension of the picture's name does not match the format of its bytes."""

    code = "dog_image_mislabelled"


class DogImageTooLarge(DogFault):
    """Raised when the picture has too many bytes or pixels; carries `limit`."""

    code = "dog_image_too_large"


class RecordChanged(Exception):
    """Raised when a record has another revision than the caller read; `current` is None if the record was deleted.

    No client sees it: the flows decide again about the current record.
    """

    def __init__(self, current: "ImageRecord | None") -> None:
        super().__init__("The record has another revision.")
        self.current = current
