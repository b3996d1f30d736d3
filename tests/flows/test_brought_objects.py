"""An object that people brought is read with a limit, and its faults are the caller's."""

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, InvalidRequest
from chalicelib.flows.brought_objects import read_object
from tests import stage


def test_an_object_is_read_up_to_its_limit(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "logos/a", b"12345")
    assert read_object(backends, "logo", "logos/", "a", 5) == b"12345"
    with pytest.raises(InvalidRequest, match="The logo 'a' has 5 bytes; 4 are allowed") as caught:
        read_object(backends, "logo", "logos/", "a", 4)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("out_of_range", 4, 5)


def test_a_missing_object_is_named_with_its_folder(backends: Backends) -> None:
    with pytest.raises(InvalidRequest, match="There is no font 'b' below fonts/") as caught:
        read_object(backends, "font", "fonts/", "b", 5)
    assert caught.value.code == "bad_option"


def test_a_fault_of_aws_is_not_the_callers(backends: Backends) -> None:
    with pytest.raises(BackendUnavailable):
        read_object(stage.with_failures(backends, storage={"get": 1}), "logo", "logos/", "a", 5)
