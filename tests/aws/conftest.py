"""The fixtures of tests/aws for `make second-opinion`: LocalStack's S3 and dynalite in the place of moto's.

scripts/second_opinion.py starts both and sets AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL_DYNAMODB, which boto3 reads.
Topics and state machines stay moto's. Without those variables this file changes nothing.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from chalicelib.backends import Backends
from scripts.embedded import local_stage
from tests import stage
from tests.conftest import Clock
from tests.scripts.deployment import template

#: What DynamoDB's CreateTable takes of the properties in resources.yaml. dynalite has no TTL and no backups.
_TABLE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")

#: Tests that cannot run there, by a part of their ids, with the reason.
ELSEWHERE = {
    "test_presign.py": "it compares links with botocore's, without any S3",
    "calls_the_given_endpoint[": "it looks at the endpoint of AWS",
} | {
    f"test_catalog_revisions.py::{name}": "dynalite does not return the item of a failed condition"
    for name in (
        "test_a_record_cannot_be_created_twice",
        "test_an_old_revision_is_neither_updated_nor_deleted",
        "test_a_write_that_is_sent_again_does_not_overwrite_a_later_one",
        "test_a_deletion_that_is_sent_again_spares_a_record_that_was_created_meanwhile",
        "test_a_record_that_was_created_again_is_another_one",
    )
}

#: The tests of test_dog_uploads.py that write a row.
_ROWS = (
    "test_a_row_is_read_as_it_was_written",
    "test_a_retry_of_a_run_keeps_the_first_row",
    "test_a_later_run_overwrites_the_row_and_makes_it_current",
    "test_expiring_marks_a_row_and_creates_none",
    "test_rows_of_all_shards_are_listed_newest_first",
)
ELSEWHERE |= dict.fromkeys(("test_dog_stats.py", *_ROWS), "dynalite has no transactions")

if os.environ.get("SECOND_OPINION"):

    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        """Skip what the other implementations do not have; scripts/second_opinion.py counts the skips."""
        for item in items:
            for words, reason in ELSEWHERE.items():
                if words in item.nodeid:
                    item.add_marker(pytest.mark.skip(reason=reason))

    @pytest.fixture(scope="session")
    def empty_stage(wired: Backends) -> None:
        """Create the buckets as everywhere, and the tables of the template that is deployed."""
        local_stage.create_buckets(wired.settings, stage.s3())
        _create_tables(wired)

    @pytest.fixture
    def backends(
        wired: Backends,
        clock: Clock,
        empty_stage: None,  # noqa: ARG001 -- it creates the buckets and tables
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[Backends]:
        """Backends on the other implementations, which are emptied afterwards."""
        with mock_aws():
            # moto sets other credentials. LocalStack checks signatures with this secret, whatever the access key.
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
            yield replace(wired, now=clock)
        _empty_buckets()
        for table, key in ((wired.settings.images_table, "ID"), (wired.settings.dogs_table, "image_name")):
            _empty_table(table, key)
        # A test may have deleted a table.
        _create_tables(wired)

    def _create_tables(wired: Backends) -> None:
        names = {"ImagesTable": wired.settings.images_table, "DogsTable": wired.settings.dogs_table}
        existing = [name for name in names.values() if _is_active(name)]
        for logical, properties in template.of_type("resources.yaml", "AWS::DynamoDB::Table").items():
            if names[logical] in existing:
                continue
            described = {name: properties[name] for name in _TABLE}
            stage.dynamodb().create_table(TableName=names[logical], **described)
            stage.dynamodb().get_waiter("table_exists").wait(TableName=names[logical], WaiterConfig={"Delay": 1})

    def _empty_buckets() -> None:
        for bucket in [each["Name"] for each in stage.s3().list_buckets()["Buckets"]]:
            for key, version in [each for page in _versions(bucket) for each in page]:
                stage.s3().delete_object(Bucket=bucket, Key=key, VersionId=version)

    def _versions(bucket: str) -> Iterator[list[tuple[str, str]]]:
        for page in stage.s3().get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            yield [(each["Key"], each["VersionId"]) for each in entries]

    def _is_active(table: str) -> bool:
        """Return True if a table exists, after waiting until its deletion ends."""
        if table not in stage.dynamodb().list_tables()["TableNames"]:
            return False
        if stage.dynamodb().describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE":
            return True
        stage.dynamodb().get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
        return False

    def _empty_table(table: str, key: str) -> None:
        if _is_active(table):
            for page in stage.dynamodb().get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    stage.dynamodb().delete_item(TableName=table, Key={key: item[key]})
