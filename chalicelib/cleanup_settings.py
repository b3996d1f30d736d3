"""The settings of the scheduled clean-up, a part of settings.Settings."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.environment import EnvironmentReader


class CleanupMode(StrEnum):
    """What the scheduled clean-up deletes."""

    OFF = "off"
    #: Objects older than `max_age_days`.
    EXPIRED = "expired"
    #: All objects, until a time that the deployment sets.
    EVERYTHING = "everything"


#: Default mode and age in days of the clean-up, for each stage.
_CLEANUP_DEFAULTS = {"local": (CleanupMode.EXPIRED, 1), "dev": (CleanupMode.EVERYTHING, 1)}


@dataclass(frozen=True)
class CleanupSettings:
    """The settings of the scheduled clean-up."""

    mode: CleanupMode
    max_age_days: int
    #: The mode `everything` runs only before this time.
    until: datetime | None
    dry_run: bool
    #: The buckets to clean, by role: `images`, `landing`.
    targets: tuple[str, ...]
    #: Key prefixes that the clean-up keeps in every bucket.
    keep: tuple[str, ...]
    #: True if a person has taken the clean-up away for good: the stage has no function and no schedule for it.
    removed: bool


def read_cleanup(read: EnvironmentReader) -> CleanupSettings:
    """Read the settings of the clean-up. The defaults depend on the stage."""
    mode, days = _CLEANUP_DEFAULTS.get(read.text("STAGE"), (CleanupMode.EXPIRED, 30))
    targets = read.comma_separated("CLEANUP_TARGETS", "images,landing")
    if unknown := set(targets) - {"images", "landing"}:
        read.add_problem(f"CLEANUP_TARGETS can contain images and landing, not {', '.join(sorted(unknown))}")
    return CleanupSettings(
        mode=CleanupMode(read.choice("CLEANUP_MODE", tuple(CleanupMode), mode)),
        max_age_days=read.positive_integer("CLEANUP_MAX_AGE_DAYS", days),
        until=read.instant("CLEANUP_UNTIL"),
        dry_run=read.flag("CLEANUP_DRY_RUN", default=False),
        targets=targets,
        keep=read.comma_separated("CLEANUP_KEEP", ""),
        removed=read.flag("CLEANUP_REMOVED", default=False),
    )
