"""Items of DynamoDB come back as they were written, and moto's serializer does not walk through their values."""

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.serialize import JSONSerializer

from scripts.embedded import attribute_values

ITEM: dict[str, Any] = {
    "ID": {"S": "a"},
    "number": {"N": "1.50"},
    "flag": {"BOOL": False},
    "nothing": {"NULL": True},
    "words": {"SS": ["x", "y"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": "x"}, {"M": {"n": {"N": "3"}}}]},
    "map": {"M": {"variants": {"M": {"size": {"N": "7"}, "name": {"S": "é"}}}, "empty": {"M": {}}}},
}
BYTES: dict[str, Any] = {"data": {"B": b"\x00\xff"}, "many": {"BS": [b"1", b"2"]}, "deep": {"M": {"data": {"B": b"3"}}}}


@pytest.fixture
def dynamodb() -> Any:
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        keys = [{"AttributeName": "ID", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "ID", "AttributeType": "S"}]
        client.create_table(
            TableName="t", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
        )
        yield client


@pytest.mark.parametrize("item", [ITEM, ITEM | BYTES, ITEM | {"data": BYTES["deep"]}])
def test_an_item_is_read_as_without_the_seam(dynamodb: Any, item: dict[str, Any]) -> None:
    dynamodb.put_item(TableName="t", Item=item)

    def read() -> list[Any]:
        key = {"ID": {"S": "a"}}
        query = {"KeyConditionExpression": "ID = :id", "ExpressionAttributeValues": {":id": {"S": "a"}}}
        batch = dynamodb.batch_get_item(RequestItems={"t": {"Keys": [key]}})["Responses"]["t"]
        old = dynamodb.put_item(TableName="t", Item=item, ReturnValues="ALL_OLD")["Attributes"]
        one, scanned = dynamodb.get_item(TableName="t", Key=key)["Item"], dynamodb.scan(TableName="t")["Items"]
        return [one, old, *scanned, *batch, *dynamodb.query(TableName="t", **query)["Items"]]

    without = read()
    with attribute_values.installed():
        found = read()
    assert len(found) == 5
    assert found == without
    assert found[0]["map"] == item["map"]


def test_a_value_is_not_walked_through(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=ITEM)

    def calls() -> int:
        counted: list[str] = []
        original = JSONSerializer._serialize_structure_member

        def count(self: Any, *arguments: Any) -> None:
            counted.append(arguments[-1])
            original(self, *arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(JSONSerializer, "_serialize_structure_member", count)
            dynamodb.scan(TableName="t")
        return len(counted)

    before = calls()
    with attribute_values.installed():
        assert calls() * 10 < before


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"S": "x"}, True),
        ({"M": {"a": {"N": "1"}}}, True),
        ({"B": b""}, False),
        ({"L": [{"BS": []}]}, False),
        ({"S": "x", "N": "1"}, False),
        ({}, False),
        ("x", False),
        (None, False),
    ],
)
def test_only_one_typed_value_without_bytes_is_plain(value: Any, *, plain: bool) -> None:
    assert attribute_values.is_plain(value) is plain
