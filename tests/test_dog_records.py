"""Counts of dog uploads are added kind by kind."""

from collections import Counter

from chalicelib.dog_records import UNEXPECTED_TYPES, DogCounts
from chalicelib.imaging.formats import ImageFormat


def test_counts_are_added() -> None:
    total = DogCounts(1, 1, 0, Counter(png=1), Counter(pug=1))
    total.add(DogCounts(2, 0, 1, Counter(gif=1, png=1), Counter(pug=1, shiba=1)))
    assert total == DogCounts(3, 1, 1, Counter(png=2, gif=1), Counter(pug=2, shiba=1))


def test_the_unexpected_types_are_formats_by_the_names_of_the_rows() -> None:
    assert {known.name.lower() for known in ImageFormat} > set(UNEXPECTED_TYPES)
