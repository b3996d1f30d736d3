"""Bodies and answers are coded as API Gateway codes them."""

import gzip
import zlib

import pytest

from scripts.embedded.content_coding import compress, decompress
from scripts.embedded.request_body import BODY_LIMIT, BodyError

DATA = b"a photo " * 400


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(DATA, mtime=0), "gzip"),
        (gzip.compress(DATA, mtime=0), " X-GZIP"),
        (zlib.compress(DATA), "deflate"),
        (DATA, "br"),
    ],
)
def test_a_body_is_decompressed_if_its_coding_is_known(body: bytes, coding: str) -> None:
    assert decompress(body, coding) == DATA


@pytest.mark.parametrize("body", [DATA, gzip.compress(DATA, mtime=0)[:-9], gzip.compress(DATA, mtime=0)[:5]])
def test_a_body_that_is_not_what_its_coding_says_is_a_400(body: bytes) -> None:
    with pytest.raises(BodyError) as caught:
        decompress(body, "gzip")
    assert (caught.value.status, caught.value.code) == (400, "bad_request")


def test_a_small_body_of_many_bytes_is_a_413_and_takes_no_more_memory_than_the_limit() -> None:
    bomb = gzip.compress(b"\0" * (BODY_LIMIT + 1000))
    with pytest.raises(BodyError) as caught:
        decompress(bomb, "gzip")
    assert (caught.value.status, caught.value.extra) == (413, {"limit": BODY_LIMIT, "actual": BODY_LIMIT + 1})


def test_a_body_of_the_limit_is_taken() -> None:
    assert len(decompress(gzip.compress(b"\0" * BODY_LIMIT), "gzip")) == BODY_LIMIT


@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5", "*"])
def test_an_answer_is_compressed_from_the_minimum_on(accepted: str) -> None:
    packed = compress(DATA, accepted, len(DATA))
    assert packed
    assert gzip.decompress(packed) == DATA
    assert compress(DATA, accepted, len(DATA) + 1) is None


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"])
def test_an_answer_is_as_it_is_for_a_client_that_does_not_accept_gzip(accepted: str) -> None:
    assert compress(DATA, accepted, 1) is None


def test_without_a_minimum_nothing_is_compressed() -> None:
    assert compress(DATA, "gzip", None) is None
