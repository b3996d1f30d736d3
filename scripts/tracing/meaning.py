"""Say what the facts about a photo mean, and what a person can do."""

from datetime import UTC, datetime

from chalicelib.keys import UPLOADS, id_in_key
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import Settings
from scripts.tracing.facts import Facts

_REPLAY = "Remove the cause that the log names, then run `python -m scripts.replay --stage {stage}`."
#: What to do about an error code. Codes that are missing here are faults of the photo.
_ADVICE = {
    "object_missing": "The object was deleted before its event came. Put the photo again.",
    "object_archived": (
        "S3 does not return an archived object. Restore it and copy it onto its key with the storage class STANDARD."
    ),
    "event_failed": f"The photo is stored, but its event did not come or failed in all tries. {_REPLAY}",
    "attempts_failed": f"The function died in every attempt; it may need more memory or time. {_REPLAY}",
    "abandoned": "The request that made this image ended before it was finished. Send the photo again.",
    "internal_error": f"The function raised an unexpected error. {_REPLAY}",
    "backend_unavailable": f"An AWS service did not answer. {_REPLAY}",
    "bad_option": "An option is wrong. Put the photo again with another one: docs/reference.md lists them.",
    "out_of_range": "An option is out of its range. Put the photo again with another one.",
}


def explain(facts: Facts, settings: Settings, now: datetime) -> str:
    """Return what happened and what to do, in one to three sentences."""
    text = _explain_record(facts.record, now) if facts.record else _explain_without_record(facts, settings)
    if facts.letters and (facts.record is None or facts.record.status is not Status.COMPLETED):
        text += f" Its event is in the dead-letter queue. {_REPLAY}"
    return text.format(stage=settings.stage)


def _explain_record(record: ImageRecord, now: datetime) -> str:
    if record.status in (Status.FAILED, Status.REJECTED):
        return _explain_error(record)
    if record.status is Status.PENDING:
        return _explain_pending(record, now)
    if record.status is Status.PROCESSING:
        until = _time(record.writes_until)
        return (
            f"A function is working on it until {until} at the latest. Look again then: if it died, Lambda tries again."
        )
    if record.status is Status.DELETED:
        return "Somebody has deleted this image. The record stays until nothing can write an object of it any more."
    if record.status is Status.EXPIRED:
        return (
            "The image has expired: the clean-up has deleted its pictures, its photo was overwritten long ago, or its "
            "form was not used. Send the photo again."
        )
    if record.superseded_at is not None:
        return f"The image is completed. Another photo was put under its key, so it expires at {_time(record.due_at)}."
    return "The image is completed. Nothing is wrong."


def _explain_error(record: ImageRecord) -> str:
    code, detail = (record.error.code, record.error.detail) if record.error else ("", "The record has no reason.")
    fault = "The photo is at fault: send another one, or one that its program has saved again."
    return (
        f"The image is {record.status}: {detail} {_ADVICE.get(code, fault)}".replace("{", "{{")
        .replace("}", "}}")
        .replace("{{stage}}", "{stage}")
    )


def _explain_pending(record: ImageRecord, now: datetime) -> str:
    if record.upload_until and record.original is None:
        if record.status_at(now) is Status.EXPIRED:
            return "The form of POST /uploads was not used in time. Ask for another one."
        return f"Nobody has used the form of POST /uploads yet. It may be used until {_time(record.upload_until)}."
    return (
        "The photo is stored, and its S3 event has not come yet. Events take seconds. If none comes until "
        f"{_time(record.due_at)}, the reconciliation ends the image in `failed`."
    )


def _explain_without_record(facts: Facts, settings: Settings) -> str:
    if not facts.key:
        return "There is no image with this id. Records of deleted images are gone."
    if facts.key.endswith("/"):
        return "The key ends with /, so it is a folder. Folders are ignored."
    if rule := _missed_rule(facts, settings):
        return rule
    if facts.size is None:
        return (
            "There is no object under this key, and no record. It was never put there, or the clean-up or a person "
            "has deleted it."
        )
    if id_in_key(facts.key):
        return (
            f"The folder {UPLOADS}<id>/ belongs to the API, and no record has this id. An object that is put there "
            f"without a form is deleted. Put photos under {UPLOADS} with another name."
        )
    return (
        "The object is there, and no function has begun with it. Events take seconds; run this again in a moment. If "
        "nothing comes, look at the alarms of the stage and at the runbook."
    )


def _missed_rule(facts: Facts, settings: Settings) -> str:
    """Return why no function listens for the object, or ""."""
    if facts.bucket == settings.images_bucket and not facts.key.startswith(UPLOADS):
        return f"The images bucket sends events only for keys below {UPLOADS}. Put the photo there."
    if facts.bucket not in (settings.images_bucket, settings.landing_bucket):
        return (
            f"No function listens to the bucket {facts.bucket}. Put photos into {settings.images_bucket}/{UPLOADS}, or "
            f"into {settings.landing_bucket} to remove their metadata."
        )
    return ""


def _time(seconds: int | None) -> str:
    return datetime.fromtimestamp(seconds or 0, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
