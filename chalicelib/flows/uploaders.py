"""Measure how old the access keys of the uploaders are, so that an alarm can ring for a key that nobody rotates."""

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.uploaders import resource_name


def measure_key_ages(backends: Backends) -> int:
    """Emit the age of the oldest key in whole days as UploaderKeyAgeDays, and return it; 0 without uploaders.

    Raises ImageNotFound if the secret of an uploader is missing, and BackendUnavailable.
    """
    settings, ages = backends.settings, dict[str, int]()
    for name in settings.uploaders:
        created = backends.secrets.key_created(resource_name(settings.stage, name))
        ages[name] = (backends.now() - created).days
    oldest = max(ages.values(), default=0)
    if ages:
        telemetry.log.info("keys of the uploaders", extra={"days": ages})
    telemetry.measure(UploaderKeyAgeDays=oldest)
    return oldest
