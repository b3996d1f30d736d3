"""Tracks of an image sequence: timing and coding stay, everything else in their boxes is removed."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.heif_files import animated_avif, box, full_box, heic_file, sequence
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels

SECRET = b"SECRET Jane Doe!"
PLACES = {
    "sample groups": {"stbl": full_box(b"sgpd", SECRET)},
    "sub-samples": {"stbl": full_box(b"subs", SECRET)},
    "samples that depend": {"stbl": full_box(b"sdtp", SECRET)},
    "after offsets": {"stco": SECRET},
    "after one size for all": {"stsz": SECRET},
    "after the header of the media": {"vmhd": SECRET},
    "after the header of the movie": {"mvhd": SECRET},
    "after the header of the track": {"tkhd": SECRET},
    "after edits": {"trak": box(b"edts", full_box(b"elst", struct.pack(">I", 1), bytes(12), SECRET))},
    "reference of an unknown kind": {"trak": box(b"tref", box(b"SECR", SECRET))},
    "reference to no track": {"trak": box(b"tref", box(b"auxl", SECRET))},
    "second header of the movie": {"moov": full_box(b"mvhd", bytes(96), SECRET)},
}


@pytest.mark.parametrize("name", PLACES)
def test_everything_else_in_the_boxes_of_a_movie_is_removed(name: str) -> None:
    data = sequence(**PLACES[name])  # type: ignore[arg-type]  # the tests name the boxes
    clean = isobmff.strip(data)
    assert SECRET not in clean.data
    assert (clean.size, len(clean.data)) == ((64, 48), len(data))
    assert kinds(data)
    assert kinds(clean.data) == set()


def test_a_plain_sequence_has_nothing_to_remove() -> None:
    assert isobmff.strip(sequence()).data == sequence()
    assert kinds(sequence()) == set()


def test_settings_of_a_player_are_zeroed() -> None:
    data = sequence()
    at = data.index(b"mvhd") + 4 + 72
    clean = isobmff.strip(data[:at] + SECRET + data[at + len(SECRET) :]).data
    assert clean == data


def test_a_track_of_sound_is_emptied() -> None:
    sound = box(b"trak", box(b"mdia", full_box(b"hdlr", b"\0\0\0\0soun", bytes(12), b"SECRET\0")))
    assert_clean(heic_file(before_data=box(b"moov", sound)))


def test_an_animation_keeps_frames_and_timing_and_loses_dates() -> None:
    data = animated_avif()
    clean = assert_clean(data, b"AOM")
    assert pixels(clean) == pixels(data)
    assert len(pixels(clean)) == 3
    assert Kind.TIMESTAMP in {finding.kind for finding in isobmff.strip(data).removed}


@pytest.mark.parametrize(("box_name", "error"), [(b"mvex", "fragmented"), (b"moof", "fragments")])
def test_a_fragmented_sequence_is_rejected(box_name: bytes, error: str) -> None:
    data = sequence(moov=box(box_name)) if box_name == b"mvex" else sequence() + box(box_name)
    with pytest.raises(UnsupportedFormat, match=error):
        isobmff.strip(data)


def test_a_language_becomes_undetermined() -> None:
    data = animated_avif()
    at = data.index(b"mdhd") + 4 + 4 + (28 if data[data.index(b"mdhd") + 4] else 16)
    german = data[:at] + struct.pack(">H", 0x10B5) + data[at + 2 :]
    assert assert_clean(german)[at : at + 2] == struct.pack(">H", 0x55C4)
    assert "language" in {finding.summary for finding in isobmff.read(german).findings}


def test_a_box_that_is_there_twice_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="twice"):
        isobmff.strip(sequence(trak=full_box(b"tkhd", bytes(80))))


def sources(flags: int) -> bytes:
    return box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"url ", SECRET, flags=flags)))


def test_the_address_of_the_data_is_zeroed() -> None:
    assert_clean(sequence(minf=sources(1)), SECRET)


def test_a_sequence_whose_pictures_are_in_another_file_is_rejected() -> None:
    with pytest.raises(UnsupportedFormat, match="another file"):
        isobmff.strip(sequence(minf=sources(0)))


def coding(kind: bytes) -> bytes:
    entry = box(kind, bytes(8), SECRET, bytes(18), SECRET * 2, bytes(4), box(b"uuid", SECRET))
    return full_box(b"stsd", struct.pack(">I", 1), entry)


def test_names_of_the_encoder_are_zeroed() -> None:
    assert_clean(sequence(stbl=coding(b"av01")), SECRET)


def test_an_unknown_coding_is_rejected() -> None:
    with pytest.raises(UnsupportedFormat, match="coding"):
        isobmff.strip(sequence(stbl=coding(b"mp4v")))


def test_a_cut_handler_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="handler"):
        isobmff.strip(heic_file(handler=b"short"))
