"""Objects are deleted whatever their keys; a key that XML cannot hold goes alone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.deletion import DELETE_BATCH, NotDeleted, delete

ODD = ["a\x00", "a\x01b", "\x0b", "a\x1f", "a\ufffe", "\uffff"]
PLAIN = ["a", "a\tb", "a\nb", "a\rb", "\x7f", "\u0085", "\ud7ff", "\ue000", "\ufffd", "\U0001f415", "<&>"]


class Calls:
    """An S3 client that notes what it deletes, and refuses some keys."""

    def __init__(self, refused: tuple[str, ...] = ()) -> None:
        self.batches: list[list[dict[str, str]]] = []
        self.alone: list[dict[str, str]] = []
        self.buckets: set[str] = set()
        self._refused = refused

    def delete_objects(self, **call: Any) -> dict[str, Any]:
        self.buckets.add(call["Bucket"])
        entries = call["Delete"]["Objects"]
        self.batches.append(entries)
        return {"Errors": [{**each, "Code": "SlowDown"} for each in entries if each["Key"] in self._refused]}

    def delete_object(self, **call: Any) -> dict[str, Any]:
        self.buckets.add(call["Bucket"])
        self.alone.append({name: value for name, value in call.items() if name != "Bucket"})
        if call["Key"] in self._refused:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "DeleteObject")
        return {}


@pytest.mark.parametrize("key", ODD)
def test_a_key_that_xml_cannot_hold_goes_alone(key: str) -> None:
    calls: Any = Calls()

    assert delete(calls, "b", [("x", "v1"), (key, "v2"), ("y", "")]) == []

    assert calls.batches == [[{"Key": "x", "VersionId": "v1"}, {"Key": "y"}]]
    assert calls.alone == [{"Key": key, "VersionId": "v2"}]
    assert calls.buckets == {"b"}


def test_all_other_keys_go_in_one_call() -> None:
    calls: Any = Calls()

    delete(calls, "b", [(key, "v") for key in PLAIN])

    assert [each["Key"] for each in calls.batches[0]] == PLAIN
    assert calls.alone == []


def test_a_call_has_at_most_1000_objects_and_none_is_empty() -> None:
    calls: Any = Calls()

    delete(calls, "b", [(str(number), "") for number in range(DELETE_BATCH + 1)])
    delete(calls, "b", [("\x01", "")])
    delete(calls, "b", [])

    assert [len(each) for each in calls.batches] == [1000, 1]
    assert calls.alone == [{"Key": "\x01"}]


def test_what_is_not_deleted_is_returned_with_its_code() -> None:
    calls: Any = Calls(refused=("a", "\x01"))

    failed = delete(calls, "b", [("a", "v1"), ("b", "v2"), ("\x01", "v3"), ("\x02", "v4")])

    assert failed == [NotDeleted("a", "v1", "SlowDown"), NotDeleted("\x01", "v3", "AccessDenied")]
    assert [each["Key"] for each in calls.alone] == ["\x01", "\x02"]


def test_an_error_without_details_is_returned_without_them() -> None:
    class Silent(Calls):
        """An S3 client whose errors say nothing."""

        def delete_objects(self, **call: Any) -> dict[str, Any]:
            return {"Errors": [{}]} if call["Delete"]["Quiet"] else {}

        def delete_object(self, **_call: Any) -> dict[str, Any]:
            raise ClientError({}, "DeleteObject")

    calls: Any = Silent()

    assert delete(calls, "b", [("a", "v1"), ("\x01", "v2")]) == [NotDeleted("", "", ""), NotDeleted("\x01", "v2", "")]
