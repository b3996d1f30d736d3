"""The headroom of Apple's gain maps in HEIC stays in its two items, which hold nothing else afterwards."""

from fractions import Fraction

import pytest

from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.exif.minimal import KeptExif, write_exif
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.gain_map.xmp import AppleGainMap, write_packet
from scripts.measuring.heif_files import HeifItem, full_box, heic_file, ispe
from tests.imaging.metadata.exif.builders import apple_note, iphone_exif
from tests.imaging.metadata.isobmff.checks import assert_clean
from tests.imaging.metadata.isobmff.test_gain_maps import APPLE, SAMSUNG, TONE_MAP

HEADROOM = (Fraction(101, 100), Fraction(1, 50))
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="SECRET"><rdf:RDF><rdf:Description rdf:about="" '
    b'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/"><HDRGainMap:HDRGainMapVersion>%d'
    b"</HDRGainMap:HDRGainMapVersion>%b</rdf:Description></rdf:RDF></x:xmpmeta>"
) + b" " * 400
OWN = b"<HDRGainMap:HDRGainMapHeadroom>4.5</HDRGainMap:HDRGainMapHeadroom>"
XMP_TEXT = b"SECRET name\0application/rdf+xml\0"


def iphone(note: bytes, packet: bytes = PACKET % (65536, b""), urn: bytes = APPLE, text: bytes = XMP_TEXT) -> bytes:
    """Build a HEIC of an iPhone: a picture, its gain map, its Exif item, and the XMP item of the gain map."""
    items = (
        HeifItem(b"hvc1", b"gain map", properties=(2,), hidden=True),
        HeifItem(b"Exif", b"\0\0\0\6Exif\0\0" + iphone_exif(note), b"SECRET name\0", hidden=True),
        HeifItem(b"mime", packet, text, hidden=True),
    )
    properties = (ispe(64, 48), full_box(b"auxC", urn + b"\0"))
    return heic_file(*items, properties=properties, references=((b"auxl", 2, 1), (b"cdsc", 3, 1), (b"cdsc", 4, 2)))


@pytest.mark.parametrize("order", [">", "<"])
def test_the_two_values_of_the_maker_note_stay(order: str) -> None:
    data = iphone(apple_note((101, 100), (1, 50), order))
    clean = assert_clean(data, b"asset id")
    assert bytes(4) + write_exif(KeptExif(headroom=HEADROOM)) in clean
    assert write_packet(None, AppleGainMap(65536, None), with_type=False) in clean
    assert b"Exif\0" in clean
    assert len(clean) == len(data)
    assert assert_clean(clean) == clean
    assert {finding.kind for finding in isobmff.read(clean).findings} == {Kind.GAIN_MAP}


def test_the_report_names_what_is_kept_and_removed() -> None:
    data = iphone(apple_note())
    kept = {finding.summary for finding in isobmff.read(data).findings if finding.allowed}
    assert kept == {"gain map", "headroom of the gain map in EXIF", "values of the gain map in XMP"}
    removed = {finding.kind for finding in isobmff.strip(data).removed}
    assert {Kind.EXIF, Kind.MAKERNOTE, Kind.XMP, Kind.TEXT} <= removed
    assert Kind.HEADROOM_LOST not in removed


def test_the_headroom_of_a_newer_photo_stays_in_the_packet() -> None:
    clean = assert_clean(iphone(apple_note(headroom=None), PACKET % (131072, OWN)))
    assert write_packet(None, AppleGainMap(131072, Fraction(9, 2)), with_type=False) + b" " in clean


@pytest.mark.parametrize("note", [apple_note(headroom=None), apple_note(gain=(1, 0))])
def test_a_maker_note_without_both_values_is_lost_by_name(note: bytes) -> None:
    data = iphone(note)
    clean = assert_clean(data, b"Apple iOS")
    assert Kind.HEADROOM_LOST in {finding.kind for finding in isobmff.strip(data).removed}
    assert Kind.HEADROOM_LOST not in {finding.kind for finding in isobmff.read(clean).findings}


@pytest.mark.parametrize(
    "packet", [b"<x:xmpmeta>SECRET", PACKET % (12345, b""), (PACKET % (65536, b"")).rstrip()[:250], b""]
)
def test_a_packet_without_values_or_space_is_removed(packet: bytes) -> None:
    clean = assert_clean(iphone(apple_note(), packet), b"rdf:RDF")
    assert write_exif(KeptExif(headroom=HEADROOM)) in clean


def test_a_packet_of_another_media_type_is_removed() -> None:
    assert_clean(iphone(apple_note(), text=b"\0text/html, a longer text\0"), b"HDRGainMap")


def test_a_gain_map_of_another_maker_needs_no_maker_note() -> None:
    assert_clean(iphone(apple_note(), urn=SAMSUNG), b"Apple iOS", b"HDRGainMap:")


def test_a_tone_map_has_the_headroom_too() -> None:
    items = (
        HeifItem(b"hvc1", b"gain map", properties=(2,), hidden=True),
        HeifItem(b"Exif", bytes(4) + iphone_exif(apple_note(headroom=None))),
        HeifItem(b"tmap", TONE_MAP, properties=(1,)),
    )
    links = ((b"auxl", 2, 1), (b"cdsc", 3, 1), (b"dimg", 4, 1), (b"dimg", 4, 2))
    data = heic_file(*items, properties=(ispe(64, 48), full_box(b"auxC", APPLE + b"\0")), references=links)
    assert Kind.HEADROOM_LOST not in {finding.kind for finding in isobmff.strip(data).removed}


def test_no_byte_of_the_two_items_is_free() -> None:
    """Change each byte of the items: the proof fails, or the new byte is part of one of the values."""
    clean = isobmff.strip(iphone(apple_note())).data
    start = clean.index(b"gain map") + len(b"gain map")
    changed = (clean[:at] + bytes([clean[at] ^ 0x11]) + clean[at + 1 :] for at in range(start, len(clean)))
    free = sum(not isobmff.read(data).removable for data in changed)
    assert free <= 16
