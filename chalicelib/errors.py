"""The error tree: errors carry data, and rest alone knows their HTTP statuses."""


class DarkroomError(Exception):
    """Base of every error that Darkroom raises on purpose.

    `code` is the stable name of the fault, `detail` the sentence for people; `limit` and `actual` are set where a limit
    was passed.
    """

    #: The name that a client may switch on when the raiser gives no narrower one.
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
    """Raised when the caller's words are off: a bad option, base64 or page token."""

    code = "invalid_request"


class UnsupportedMediaType(InvalidRequest):
    """Raised when a body is sent under a content type that the call does not read."""

    code = "unsupported_media_type"


class NotAllowed(DarkroomError):
    """Raised when the caller is not known (`code` unauthorized) or may not do this (forbidden)."""

    code = "forbidden"


class ImageNotFound(DarkroomError):
    """Raised when no image, variant or object answers to the name."""

    code = "image_not_found"


class ImageExpired(ImageNotFound):
    """Raised when the record is kept but the image was cleaned away."""

    code = "image_expired"


class Conflict(DarkroomError):
    """Raised when the state of a record does not admit the call."""

    code = "conflict"


class KeyReused(Conflict):
    """Raised when an Idempotency-Key comes back with another photo or other options."""

    code = "idempotency_key_reused"


class ImageRejected(DarkroomError):
    """Base of the permanent faults of a photo: trying again changes nothing."""

    code = "image_rejected"


class ImageTooLarge(ImageRejected):
    """Raised when bytes or pixels pass a limit; carries `limit` and `actual`."""

    code = "image_too_large"


class UnsupportedFormat(ImageRejected):
    """Raised when the bytes are of no format that Darkroom reads."""

    code = "unsupported_format"


class CorruptImage(ImageRejected):
    """Raised when the bytes claim a format and break its rules."""

    code = "corrupt_image"


class BackendUnavailable(DarkroomError):
    """Raised when AWS did not do its part: transient, so the same call may succeed later."""

    code = "backend_unavailable"


class DogFault(DarkroomError):
    """Base of the faults of the dogs' workflow; they end in its state machine, which names them by class."""

    code = "dog_fault"


class DogApiUnavailable(DogFault):
    """Raised when the dog API does not answer, or by 429 or 5xx: transient, so the same call may succeed later."""

    code = "dog_api_unavailable"


class DogApiMalformed(DogFault):
    """Raised when the dog API answers what cannot be read: no JSON, no `message`, a refusal, an odd address."""

    code = "dog_api_malformed"


class DogHostNotAllowed(DogFault):
    """Raised before anything is sent to an address outside the list, be it in a redirect."""

    code = "dog_host_not_allowed"


class DogImageEmpty(DogFault):
    """Raised when an image's address answers with no byte."""

    code = "dog_image_empty"


class DogImageNotAnImage(DogFault):
    """Raised when an image's address answers with something else, such as a page of HTML."""

    code = "dog_image_not_an_image"


class DogImageMislabelled(DogFault):
    """Raised when an image's name ends in another format's extension than its bytes have."""

    code = "dog_image_mislabelled"


class DogImageTooLarge(DogFault):
    """Raised as soon as an answer passes the limit in bytes; carries `limit`."""

    code = "dog_image_too_large"
