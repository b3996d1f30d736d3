"""The changes that several rules share."""

from dataclasses import replace

from chalicelib.flows.states import changes
from chalicelib.records import SourceObject
from tests.flows.states.cases import COMPLETED, ORIGINAL, OUTPUTS, SOURCE, UPLOAD_KEY


def test_several_versions_of_an_original_wait_for_their_deletion() -> None:
    other = replace(ORIGINAL, version_id="v9")
    waiting = replace(COMPLETED, removing={"original": other})

    added = changes.removing_with(waiting, ORIGINAL)

    assert set(added.values()) == {ORIGINAL, other}
    assert changes.removing_with(waiting, other) == {"original": other}


def test_the_source_of_a_record_from_before_versions_is_its_original() -> None:
    assert changes.source_of(COMPLETED) == SOURCE
    assert changes.source_of(replace(COMPLETED, source_object=None)) == SourceObject("etag", "v2")
    assert changes.source_of(replace(COMPLETED, source_object=None, variants=OUTPUTS)) is None


def test_a_variant_is_shared_if_its_key_may_belong_to_another_image() -> None:
    assert changes.is_shared(COMPLETED, "original", ORIGINAL)
    assert not changes.is_shared(COMPLETED, "processed", OUTPUTS["processed"])
    own = replace(ORIGINAL, key=UPLOAD_KEY)
    assert changes.is_shared(COMPLETED, "sanitized", own)
    assert not changes.is_shared(replace(COMPLETED, source=UPLOAD_KEY), "sanitized", own)
