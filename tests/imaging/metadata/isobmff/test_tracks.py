"""The tracks of an image sequence: nothing hides in their tables, and no table costs more than one reading of it."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_factory import box, full_box
from scripts.measuring.heif_samples import sequence
from tests.imaging.metadata.assert_clean import kinds

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
def test_nothing_hides_in_the_boxes_of_a_movie(name: str) -> None:
    data = sequence(**PLACES[name])  # type: ignore[arg-type]  # the tests name the boxes
    clean = isobmff.strip(data)
    assert SECRET not in clean.data
    assert (clean.size, len(clean.data)) == ((64, 48), len(data))
    assert kinds(data)
    assert kinds(clean.data) == set()


def test_a_plain_sequence_has_nothing_to_remove() -> None:
    assert isobmff.strip(sequence()).data == sequence()
    assert kinds(sequence()) == set()


def test_sizes_of_samples_that_no_chunk_has_are_zeroed() -> None:
    sizes = full_box(b"stsz", struct.pack(">II", 0, 5), struct.pack(">I", 100), SECRET)
    data = sequence().replace(full_box(b"stsz", struct.pack(">II", 100, 1)), sizes)
    grown = len(sizes) - 20
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        at = data.index(kind) - 4
        data = data[:at] + struct.pack(">I", int.from_bytes(data[at : at + 4], "big") + grown) + data[at + 4 :]
    assert SECRET not in isobmff.strip(data).data


def test_settings_of_a_player_are_zeroed() -> None:
    data = sequence()
    at = data.index(b"mvhd") + 4 + 72
    clean = isobmff.strip(data[:at] + SECRET + data[at + len(SECRET) :]).data
    assert clean == data


BROKEN = {
    "runs that fall back": sequence(struct.pack(">IIIIIIIII", 1, 1, 1, 9, 1, 1, 1, 1, 1), (28,) * 9),
    "runs that stand still": sequence(struct.pack(">III", 1, 1, 1) * 3),
    "a run behind the last chunk": sequence(struct.pack(">IIIIII", 1, 1, 1, 0x53454352, 1, 1)),
    "a first run that is not the first": sequence(struct.pack(">III", 2, 1, 1), (28, 28)),
    "a run of no samples": sequence(struct.pack(">III", 1, 0, 1)),
    "a run of no coding": sequence(struct.pack(">III", 1, 1, 0x53454352)),
    "a table twice": sequence(stbl=full_box(b"stco", SECRET)),
    "two tables of offsets": sequence(stbl=full_box(b"co64", struct.pack(">IQ", 1, 28))),
    "edits cut short": sequence(trak=box(b"edts", full_box(b"elst", SECRET))),
    "more chunks than the file holds": sequence(offsets=tuple(range(28, 128, 2)) * 500),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_that_breaks_its_rule_is_rejected(name: str) -> None:
    with pytest.raises(CorruptImage):
        isobmff.strip(BROKEN[name])
