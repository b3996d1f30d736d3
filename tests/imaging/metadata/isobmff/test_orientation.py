"""An AVIF whose XMP alone tells which way up it stands keeps standing so, by irot and imir."""

import io

import pi_heif
import pytest
from PIL import Image

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import isobmff, strip
from scripts.measuring.factory import SECRET, draw, encode, packet, rich_exif, upright
from scripts.measuring.heif_factory import Piece
from scripts.measuring.heif_samples import avif_file, heic_file


def avif(**options: object) -> bytes:
    return encode(draw((64, 48)), "AVIF", quality=90, speed=10, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_only_xmp_tells_is_carried_over(orientation: int) -> None:
    data = avif(xmp=packet(orientation))
    clean = strip(data).data
    assert upright(clean) == upright(data)
    assert len(clean) == len(data)
    assert SECRET not in clean
    assert strip(clean).data == clean
    assert (b"irot" in clean or b"imir" in clean) == (orientation > 1)


@pytest.mark.parametrize("orientation", [2, 5, 6, 7])
def test_an_exif_block_without_the_tag_leaves_the_word_to_xmp(orientation: int) -> None:
    data = avif(xmp=packet(orientation), exif=rich_exif())
    assert upright(strip(data).data) == upright(data)


@pytest.mark.parametrize("exif", range(1, 9))
def test_an_exif_block_with_the_tag_wins(exif: int) -> None:
    data = avif(xmp=packet(6), exif=rich_exif(exif))
    assert upright(strip(data).data) == upright(data)


def test_without_a_reference_the_packet_is_no_word_on_the_picture() -> None:
    data = avif_file(Piece(b"mime", packet(6), b"\0application/rdf+xml\0")).build()
    assert upright(strip(data).data) == upright(data)


def test_tables_without_room_are_refused() -> None:
    whole = avif_file(
        Piece(b"mime", packet(7), b"\0rdf+xml\0"), Piece(b"uri ", b"x", b"\0"), references=((b"cdsc", 2, 1),)
    )
    assert isobmff.strip(whole.build()).data
    crowded = avif_file(Piece(b"mime", packet(7), b"\0rdf+xml\0", in_idat=True), references=((b"cdsc", 2, 1),))
    with pytest.raises(UnsupportedFormat, match="room"):
        isobmff.strip(crowded.build())


def test_readers_of_heic_do_not_ask_xmp() -> None:
    data = heic_file(Piece(b"mime", packet(6), b"\0application/rdf+xml\0"), references=((b"cdsc", 2, 1),))
    clean = isobmff.strip(data).data
    assert b"irot" not in clean
    assert pi_heif.is_supported(io.BytesIO(clean))
    with Image.open(io.BytesIO(avif(xmp=packet(6)))) as image:
        assert image.getexif().get(274) == 6
