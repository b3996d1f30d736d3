"""Erase what a stage holds of an owner, in passes, until a pass finds nothing.

An image goes as a deletion through the API does: a tombstone names its objects, the objects go by version, and then the
record goes. Between the two, every other version and delete marker under the image's own keys goes too. A run that
breaks off leaves a tombstone, which the next run finds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from chalicelib import telemetry
from chalicelib.aws.deletion import DELETE_BATCH
from chalicelib.errors import BackendUnavailable
from chalicelib.flows.deletion import delete_image, mark
from chalicelib.flows.objects import ObjectVersion
from chalicelib.flows.objects import delete as delete_versions
from chalicelib.flows.transition import seconds
from chalicelib.records import ImageRecord, Status
from scripts.owners import holdings, letters
from scripts.owners.holdings import Held
from scripts.owners.who import Work
from scripts.terminal.parallel import run_all

#: Images that are erased at once.
CONCURRENCY = 8
#: Passes of one run at most: uploads that go on for ever must not keep the command for ever.
MAX_PASSES = 10


@dataclass
class Pass:
    """What one pass has erased, and what it could not."""

    images: int = 0
    versions: int = 0
    letters: int = 0
    #: Images that no earlier pass had seen.
    arrived: int = 0
    #: The time, in seconds since the epoch, until which an upload may still write an image: its tombstone stays.
    waiting: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    #: True if a Ctrl-C has ended the pass early.
    stopped: bool = False

    @property
    def found_nothing(self) -> bool:
        """Return whether nothing was left to erase. Tombstones that must stay do not count."""
        return not (self.images or self.versions or self.letters or self.errors or self.stopped)


@dataclass(frozen=True)
class Erasure(Work):
    """Erases the data of one owner."""

    #: The ids of all images that this run has seen.
    seen: set[str] = field(default_factory=set)
    #: The tombstones that this run has cleared and that must stay, by id.
    cleared: dict[str, int] = field(default_factory=dict)

    def passes(self) -> Iterator[Pass]:
        """Erase in passes and yield each, until one finds nothing."""
        for number in range(MAX_PASSES):
            if number:
                self.patience.sleep(self.patience.pause)
            done = self.one_pass()
            yield done
            if done.found_nothing or done.stopped:
                return

    def one_pass(self) -> Pass:
        """Erase what there is now: dead letters, then images, then what else is under an uploader's prefix."""
        done = Pass()
        found = {each.id: each for each in holdings.records(self.services, self.clients, self.owner)}
        done.arrived = len(found.keys() - self.seen)
        self.seen.update(found)
        # Before the images: without a record, nobody knows whose photo a letter names.
        named = letters.take(self.services, self.clients, self.owner, self.seen, delete=True, wait=self.patience.letter)
        done.letters = len(named)
        self._erase_images(done, [each for each in found.values() if not self._must_stay(each)])
        if not done.stopped:
            done.versions += self._delete(holdings.below_prefix(self.services, self.owner))
        done.waiting = [until for until in self.cleared.values() if until > seconds(self.services)]
        return done

    def _must_stay(self, record: ImageRecord) -> bool:
        """Return whether an earlier pass has cleared this tombstone and its time is not over."""
        return record.status is Status.DELETED and self.cleared.get(record.id, 0) > seconds(self.services)

    def _erase_images(self, done: Pass, found: list[ImageRecord]) -> None:
        def count() -> None:
            done.images += 1
            if done.images % 100 == 0:
                self.log(f"  {done.images:,} of {len(found):,} images")

        results = run_all(self._erase_or_say, found, CONCURRENCY, count)
        done.versions += sum(versions for versions, _ in results)
        done.errors += [error for _, error in results if error]
        done.images -= len(done.errors)
        done.stopped = len(results) < len(found)

    def _erase_or_say(self, record: ImageRecord) -> tuple[int, str]:
        """Erase an image. Return how many further versions went, and the error; one must not keep the others."""
        try:
            return self._erase(record), ""
        except BackendUnavailable as error:
            return 0, f"{record.id}: {error}"
        except Exception as error:
            telemetry.log.exception("an image is not erased yet", extra={"id": record.id})
            return 0, f"{record.id}: {error}"

    def _erase(self, listed: ImageRecord) -> int:
        """Erase an image, and return how many versions went that its record does not name."""
        services, record = self.services, self.services.catalog.find(listed.id)
        named, tombstone = mark(services, record) if record else ([], None)
        delete_versions(services, named)
        further = self._delete(holdings.versions_of(services, record or listed))
        until = (tombstone.writes_until or 0) if tombstone else 0
        if until > seconds(services):
            self.cleared[listed.id] = until
        if tombstone and not delete_image(services, tombstone):
            raise BackendUnavailable("SNS does not take the message of its end, so its record stays.")
        return further

    def _delete(self, found: Iterable[Held]) -> int:
        """Delete versions and delete markers for good, in batches, and return their number."""
        pending, count = iter(found), 0
        while batch := list(islice(pending, DELETE_BATCH)):
            delete_versions(self.services, [ObjectVersion(*each.place) for each in batch])
            count += len(batch)
        return count
