"""The item of a dog upload, also as earlier versions have written it."""

from dataclasses import replace

from chalicelib.aws.dog_items import digest_of, from_item, to_item
from chalicelib.dog_records import DogUpload

ROW = DogUpload(
    "html/pug-1.webp",
    "https://example.test/1",
    "2026-03-01T12:00:00.000Z",
    "webp",
    alert_triggered=False,
    breed="pug",
    unexpected_type=True,
)


def test_a_row_is_the_same_after_it_was_stored() -> None:
    assert from_item(to_item(ROW, "run", 3)) == ROW


def test_empty_texts_are_not_stored_and_read_as_empty() -> None:
    plain = replace(ROW, breed="")
    item = to_item(plain, "run", 1)
    assert {"breed", "alert_id"}.isdisjoint(item)
    assert from_item(item) == plain


def test_a_row_of_an_earlier_version_has_no_breed_and_no_unexpected_type() -> None:
    item = to_item(ROW, "run", 1)
    del item["breed"], item["unexpected_type"]
    assert from_item(item) == replace(ROW, breed="", unexpected_type=False)


def test_the_keys_of_the_index_spread_rows_and_sort_them_by_time() -> None:
    rows = [replace(ROW, image_name=f"html/{number}.webp") for number in range(30)]
    assert {to_item(row, "run", 3)["list_key"]["S"] for row in rows} == {"dogs#0", "dogs#1", "dogs#2"}
    assert to_item(ROW, "run", 3)["listed_at"]["S"] == f"{ROW.upload_timestamp}#{digest_of(ROW)}"
