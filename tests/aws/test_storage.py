"""Lists of versions that are longer than one page of S3."""

from typing import Any

from chalicelib.aws.clients import Clients
from chalicelib.aws.storage import Storage
from chalicelib.backends import Backends
from tests import stage


def test_a_version_is_covered_by_a_marker_of_an_earlier_page(backends: Backends) -> None:
    bucket, clients = backends.settings.images_bucket, Clients(None)
    stage.s3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b", "c", "c"):
        stage.put(bucket, key, b"x")
    stage.s3().delete_object(Bucket=bucket, Key="a")
    stage.s3().delete_object(Bucket=bucket, Key="c")
    stage.put(bucket, "c", b"here again")

    def one_a_page(params: dict[str, Any], **_: object) -> dict[str, Any]:
        return params | {"MaxKeys": 1}

    events: Any = clients.s3.meta.events
    events.register("provide-client-params.s3.ListObjectVersions", one_a_page)
    pages = list(Storage(clients).versions(bucket))

    assert [len(page) for page in pages] == [1] * 8
    listed = [(each.key, bool(each.etag), each.key_deleted) for page in pages for each in page]
    assert listed[:4] == [("a", False, True), ("a", True, True), ("a", True, True), ("b", True, False)]
    assert {covered for key, _, covered in listed if key == "c"} == {False}
