"""The tasks of the dog workflow with a fault, retried as Step Functions retries them."""

from collections.abc import Callable
from typing import Any

from chalicelib.backends import Backends
from chalicelib.dog_api.pictures import read_address
from chalicelib.dog_records import DogCounts, DogUpload
from chalicelib.flows import dog_ingestion, dogs
from tests import stage
from tests.flows.photos import photo
from tests.flows.test_dogs import serving
from tests.trust.faults import Crash, Process
from tests.trust.world import World

RUN = "run-1"
ADDRESS = "https://images.dog.ceo/breeds/pug/n1.{}"


def task(world: World, process: Process, call: Callable[[Backends, int], Any]) -> Any:
    """Run a task as the workflow does, and return its result, or None if all tries failed."""
    for attempt in range(dogs.RETRIES + 1):
        current = process if attempt == 0 else Process(down=process.down)
        try:
            with world.running(current) as backends:
                return call(backends, attempt)
        except (Crash, Exception):  # noqa: BLE001 - Step Functions retries after every error
            world.clock.advance(2)
    return None


def runs(faulty: str, image_format: str) -> Callable[[World, Process], None]:
    """Run the workflow; the task `faulty` meets the fault."""
    data, address = photo(image_format=image_format), ADDRESS.format("png" if image_format == "PNG" else "jpg")

    def flow(world: World, process: Process) -> None:
        def fetch(backends: Backends, _attempt: int) -> Any:
            return dogs.fetch(serving(backends, data, address), RUN)

        fetched = task(world, process if faulty == "fetch" else Process(), fetch)
        if fetched is None:
            return

        def log(backends: Backends, attempt: int) -> Any:
            return dogs.log(backends, {**fetched, "alert_id": RUN, "retry_count": attempt})

        logged = task(world, process if faulty == "log" else Process(), log)
        check(world, fetched["uploaded_image"], logged, is_png=image_format == "PNG")

    return flow


def ingests(image_format: str) -> Callable[[World, Process], None]:
    """Run the task of the ingestion, which meets the fault; a second execution repeats it."""
    data, address = photo(image_format=image_format), ADDRESS.format("png" if image_format == "PNG" else "jpg")
    key = read_address(address).key

    def flow(world: World, process: Process) -> None:
        def ingest(backends: Backends, attempt: int) -> Any:
            event = {"address": address, "run": RUN, "retry_count": attempt}
            return dog_ingestion.handle(serving(backends, data, address), event)

        for current in (process, Process()):
            task(world, current, ingest)
        check_ingested(world, key)

    return flow


def check_ingested(world: World, key: str) -> None:
    """A picture that was ingested twice is there, is counted once, and raises no alert."""
    row = world.base.dogs.find(key)
    if row is None or key not in stage.keys(world.base.settings.dog_bucket):
        world.problems.append("a picture that was ingested twice is not there")
    if row and (row.alert_id or row.expired):
        world.problems.append("the row of an ingested picture has an alert or is expired")
    counts = sum(each.uploads for each in world.base.dogs.counts("2000-01-01").values())
    if counts != 1:
        world.problems.append(f"one ingested picture is counted {counts} times")


def check(world: World, key: str, logged: Any, *, is_png: bool) -> None:
    """A row describes a picture that exists, and every copy of an alert has the id of its run."""
    row = world.base.dogs.find(key)
    exists = key in stage.keys(world.base.settings.dog_bucket)
    if row and not exists and not row.expired:
        world.problems.append("a row describes a dog picture that does not exist")
    if row and (row.alert_triggered, row.alert_id) != (is_png, RUN if is_png else ""):
        world.problems.append("the alert of a row is not that of its run")
    check_counts(world, row)
    if logged and (row is None or logged["logged_item"]["alert_id"] != row.alert_id):
        world.problems.append("the workflow would send an alert with another id")


def check_counts(world: World, row: DogUpload | None) -> None:
    """A row is counted once, however often its run was retried; without a row, nothing is counted."""
    counts = DogCounts()
    for day in world.base.dogs.counts("2000-01-01").values():
        counts.add(day)
    expected = (1, int(row.alert_triggered), {row.file_type: 1}) if row else (0, 0, {})
    if (counts.uploads, counts.alerts, counts.types) != expected:
        world.problems.append(f"the counts are {counts}, and not those of one row")


DOG_FLOWS = {
    f"dog {task_name}, {image_format}": runs(task_name, image_format)
    for task_name in ("fetch", "log")
    for image_format in ("JPEG", "PNG")
} | {f"dog ingestion, {image_format}": ingests(image_format) for image_format in ("JPEG", "PNG")}
