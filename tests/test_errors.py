"""Each error has a code for programs, a sentence for people, and the base class that decides about retries."""

import inspect

import pytest

from chalicelib import errors
from chalicelib.errors import DarkroomError

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, DarkroomError)]
#: The errors after which a retry may succeed: Lambda and the dog workflow retry them, and rest answers 503.
TRANSIENT = (errors.BackendUnavailable, errors.DogApiUnavailable)


def test_an_error_carries_its_sentence_and_its_numbers() -> None:
    error = errors.ImageTooLarge("The photo has 7 bytes.", limit=5, actual=7)
    assert (str(error), error.detail) == ("The photo has 7 bytes.", "The photo has 7 bytes.")
    assert (error.code, error.limit, error.actual) == ("image_too_large", 5, 7)


def test_an_error_without_a_limit_has_no_numbers() -> None:
    error = errors.ImageNotFound("There is no image.")
    assert (error.limit, error.actual) == (None, None)


def test_a_narrower_code_replaces_the_code_of_the_class_for_one_error_only() -> None:
    assert errors.CorruptImage("Cut short.", code="truncated_image").code == "truncated_image"
    assert errors.CorruptImage("Damaged.").code == "corrupt_image"


def test_every_class_has_a_code_of_its_own() -> None:
    assert len({each.code for each in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (errors.UnsupportedMediaType, errors.InvalidRequest),
        (errors.ImageExpired, errors.ImageNotFound),
        (errors.KeyReused, errors.Conflict),
        (errors.ImageTooLarge, errors.ImageRejected),
        (errors.UnsupportedFormat, errors.ImageRejected),
        (errors.CorruptImage, errors.ImageRejected),
    ],
)
def test_a_narrower_error_is_caught_by_its_base(error: type[DarkroomError], base: type[DarkroomError]) -> None:
    with pytest.raises(base):
        raise error("It happened.")


@pytest.mark.parametrize("error", TRANSIENT)
def test_a_transient_error_is_not_a_rejection(error: type[DarkroomError]) -> None:
    """An event handler records a rejection and returns, so that Lambda would not retry."""
    assert not issubclass(error, errors.ImageRejected | errors.InvalidRequest)


def test_every_error_of_the_dog_workflow_has_the_same_base() -> None:
    assert {each for each in CLASSES if each.__name__.startswith("Dog")} == {
        each for each in CLASSES if issubclass(each, errors.DogFault)
    }
