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
    "behind offsets": {"stco": SECRET},
    "behind one size for all": {"stsz": SECRET},
    "behind the header of the media": {"vmhd": SECRET},
    "behind the header of the movie": {"mvhd": SECRET},
    "behind the header of the track": {"tkhd": SECRET},
    "behind edits": {"trak": box(b"edts", full_box(b"elst", struct.pack(">I", 1), bytes(12), SECRET))},
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


def test_a_cut_handler_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="handler"):
        isobmff.strip(heic_file(handler=b"short"))
