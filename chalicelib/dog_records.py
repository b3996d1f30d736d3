"""What the dogs table holds: a DogUpload for each picture, and the DogCounts of each day."""

from collections import Counter
from dataclasses import dataclass, field

#: Formats that the dog API should not have: their uploads are recorded and counted as `unexpected_type`.
UNEXPECTED_TYPES = ("gif", "webp")


@dataclass(frozen=True)
class DogUpload:
    """One stored dog picture. `image_name` is its key in the dog bucket."""

    image_name: str
    image_url: str
    upload_timestamp: str
    #: The format of the bytes: `png`, `jpeg` and so on.
    file_type: str
    #: True if the format requires an alert.
    alert_triggered: bool
    #: The id that every copy of the alert carries, or "" if there is no alert.
    alert_id: str = ""
    #: True after the picture was deleted.
    expired: bool = False
    #: The breed in the picture's address, such as `hound-afghan`, or "" if it has none.
    breed: str = ""
    #: True if the format is one of UNEXPECTED_TYPES.
    unexpected_type: bool = False


@dataclass
class DogCounts:
    """How many uploads were logged, in all and of each kind."""

    uploads: int = 0
    #: Uploads whose alert the workflow sends.
    alerts: int = 0
    unexpected_types: int = 0
    types: Counter[str] = field(default_factory=Counter)
    breeds: Counter[str] = field(default_factory=Counter)

    def add(self, other: "DogCounts") -> None:
        """Add the counts of another."""
        self.uploads += other.uploads
        self.alerts += other.alerts
        self.unexpected_types += other.unexpected_types
        self.types += other.types
        self.breeds += other.breeds
