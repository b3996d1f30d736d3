"""Replaces moto's ListObjectVersions, which differs from S3 in two ways that matter to a clean-up.

To find the next page, moto looks for the version that ended the last page. If that version was deleted meanwhile, moto
ends the list too early. It also copies every object of the bucket for each page.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.s3.models import FakeKey, S3Backend

Page = tuple[list[Any], list[str], list[Any], str | None, str | None]


@contextmanager
def installed() -> Iterator[None]:
    """Make moto list versions with this module until the block ends; moto still answers lists with a delimiter."""
    original = S3Backend.list_object_versions

    def listing(self: Any, bucket_name: str, delimiter: str | None = None, **options: Any) -> Page:
        if delimiter:
            return original(self, bucket_name, delimiter=delimiter, **options)  # type: ignore[no-any-return]  # moto is untyped
        return list_versions(self.get_bucket(bucket_name).keys, **options)

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
    """Return a page of versions: sorted by key, newest first, starting after the markers, which may be deleted.

    The page is a tuple: versions, common prefixes (always empty), delete markers, and the two markers of the next page,
    or None at the end.
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
    """Return a key's versions. For the marked key: those after the marked version, or none if no version is given."""
    versions = list(reversed(keys.getlist(name, [])))
    for index, version in enumerate(versions):
        version.is_latest = index == 0
    if name != marked[0]:
        return versions
    ids = [_id(version) for version in versions]
    if marked[1] in ids:
        return versions[ids.index(marked[1]) + 1 :]
    return versions if marked[1] else []


def _id(version: Any) -> str:
    return version.version_id or "null"
