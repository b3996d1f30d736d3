"""S3's list of versions, in place of moto's, which is unlike AWS in two ways that a clean-up meets.

moto finds the place to go on from by the very version that the last page ended with, so that a list whose page was
deleted meanwhile seems to be at its end; and it copies every object of the bucket for each page.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3.models import FakeKey, S3Backend

Page = tuple[list[Any], list[str], list[Any], str | None, str | None]


@contextmanager
def installed() -> Iterator[None]:
    """Let moto list versions by this module until the block ends; lists that are folded at a delimiter stay moto's."""
    original = S3Backend.list_object_versions

    def listing(self: Any, bucket_name: str, delimiter: str | None = None, **asked: Any) -> Page:
        if delimiter:
            return original(self, bucket_name, delimiter=delimiter, **asked)  # type: ignore[no-any-return]  # moto is untyped
        return list_versions(self.get_bucket(bucket_name).keys, **asked)

    S3Backend.list_object_versions = listing
    try:
        yield
    finally:
        S3Backend.list_object_versions = original


def list_versions(
    keys: Any,
    key_marker: str | None = None,
    max_keys: int = 1000,
    prefix: str = "",
    version_id_marker: str | None = None,
) -> Page:
    """List a page of versions: by key, the newest of each first, from behind the markers, be they still there or not.

    Gives versions, common prefixes (none), delete markers, and the markers of the next page, None at the end.
    """
    marked = (key_marker or "", version_id_marker)
    names = sorted(name for name in list(keys) if name.startswith(prefix) and name >= marked[0])
    found = (version for name in names for version in _from(keys, name, marked))
    listed = list(itertools.islice(found, max_keys + 1))
    page = listed[:max_keys]
    versions = [each for each in page if isinstance(each, FakeKey)]
    markers = [each for each in page if not isinstance(each, FakeKey)]
    if not page or len(listed) == len(page):
        return versions, [], markers, None, None
    return versions, [], markers, page[-1].name, _id(page[-1])


def _from(keys: Any, name: str, marked: tuple[str, str | None]) -> list[Any]:
    """Give a key's versions, of the marked key those behind the marked version: none where no version is told."""
    versions = list(reversed(keys.getlist(name, [])))
    for place, version in enumerate(versions):
        version.is_latest = place == 0
    if name != marked[0]:
        return versions
    ids = [_id(version) for version in versions]
    if marked[1] in ids:
        return versions[ids.index(marked[1]) + 1 :]
    return versions if marked[1] else []


def _id(version: Any) -> str:
    return version.version_id or "null"
