"""PNG and APNG: each kind of metadata is found and removed, and the compressed pixels do not change by a bit."""

import struct
import zlib

import pytest
from hypothesis import given, settings

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive
from tests.imaging.metadata.exif.builders import studio_exif

XMP_KEYWORD = b"XML:com.adobe.xmp\0"
COLORS = (
    chunk(b"gAMA", struct.pack(">I", 45455)),
    chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
    chunk(b"sBIT", b"\x08\x08\x08"),
    chunk(b"bKGD", bytes(6)),
    chunk(b"tRNS", bytes(6)),
    chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
)


def raw_profile(exif: bytes) -> bytes:
    return b"Raw profile type exif\0\nexif\n%8d\n" % len(exif) + exif.hex().encode() + b"\n"


def iccp(profile: bytes, name: bytes = b"icc") -> bytes:
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))


CHUNKS = {
    Kind.EXIF: chunk(b"eXIf", samples.rich_exif(6)),
    Kind.GPS: chunk(b"tEXt", raw_profile(samples.rich_exif())),
    Kind.XMP: chunk(b"iTXt", XMP_KEYWORD + bytes(4) + samples.packet()),
    Kind.TEXT: chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"iTXt", b"Author\0\1\0\0\0" + zlib.compress(SECRET)),
    Kind.TIMESTAMP: chunk(b"tIME", b"\x07\xe8\x01\x01\x00\x00\x00"),
    Kind.C2PA: chunk(b"caBX", SECRET),
    Kind.PRIVATE: chunk(b"prVt", SECRET),
    Kind.IPTC: chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(SECRET)),
    Kind.ICC_TEXT: iccp(samples.srgb_profile(), SECRET),
    Kind.PADDING: chunk(b"gAMA", struct.pack(">I", 45455) + SECRET),
}
FULL = samples.png(*CHUNKS.values(), *COLORS)
ANIMATION = samples.animation("PNG")


@pytest.mark.parametrize("kind", CHUNKS)
def test_each_kind_of_metadata_is_found_and_removed(kind: Kind) -> None:
    data = samples.png(CHUNKS[kind])
    assert kind in kinds(data)
    assert kind in {finding.kind for finding in scrub(data).removed}


@pytest.mark.parametrize("kind", [Kind.EXIF, Kind.GPS, Kind.XMP, Kind.TEXT, Kind.PRIVATE])
def test_metadata_after_the_pixels_is_removed(kind: Kind) -> None:
    scrub(samples.png(late=CHUNKS[kind]))


def test_colour_density_and_transparency_are_kept() -> None:
    data = samples.png(*COLORS)
    assert scrub(data).data == data


def test_a_second_scrub_keeps_the_order_of_density_and_exif() -> None:
    clean = scrub(samples.png(chunk(b"eXIf", studio_exif()))).data
    assert b"pHYs" in clean
    assert b"eXIf" in clean
    assert scrub(clean).data == clean


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pixels_of_every_mode_are_kept(mode: str) -> None:
    image = samples.draw(mode="L" if mode == "I;16" else mode).convert(mode)
    scrub(samples.png(CHUNKS[Kind.TEXT], image=image))


def test_frames_timing_and_loop_of_an_animation_are_kept() -> None:
    data = samples.animation("PNG")
    assert scrub(data[:-12] + CHUNKS[Kind.TEXT] + data[-12:]).data == data


@pytest.mark.parametrize(
    "holder",
    [chunk(b"eXIf", samples.rich_exif(6)), chunk(b"eXIf", b"Exif\0\0" + samples.rich_exif(6))],
)
def test_the_orientation_of_exif_is_kept_wherever_its_chunk_is(holder: bytes) -> None:
    for data in (samples.png(holder), samples.png(late=holder)):
        stripped = scrub(data)
        assert "orientation 6" in {finding.summary for finding in stripped.kept}
        assert stripped.data.index(b"eXIf") < stripped.data.index(b"IDAT")


def test_a_profile_is_kept_byte_for_byte_under_a_neutral_name() -> None:
    profile = samples.srgb_profile()
    assert samples.profile_of(scrub(samples.png(iccp(profile, SECRET))).data) == profile


@pytest.mark.parametrize("payload", [b"icc\0\0broken", b"icc\0\1x", b"icc", b""])
def test_a_profile_that_cannot_be_decompressed_is_removed(payload: bytes) -> None:
    data = samples.png(chunk(b"iCCP", payload))
    assert metadata.strip(data).data == samples.png()


def test_bytes_after_a_compressed_profile_are_removed() -> None:
    packed = zlib.compress(samples.srgb_profile()) + SECRET
    assert SECRET not in metadata.strip(samples.png(chunk(b"iCCP", b"icc\0\0" + packed))).data


def test_a_text_bomb_is_removed_and_a_profile_bomb_is_rejected() -> None:
    bomb = zlib.compress(bytes(64 << 20))
    assert metadata.strip(samples.png(chunk(b"zTXt", b"a\0\0" + bomb))).data == samples.png()
    assert metadata.strip(samples.png(chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb))).data == samples.png()
    with pytest.raises(CorruptImage):
        metadata.strip(samples.png(chunk(b"iCCP", b"a\0\0" + bomb)))


def test_bytes_after_the_end_chunk_are_removed() -> None:
    data = samples.png(trailer=SECRET)
    assert kinds(data) == {Kind.TRAILER}
    assert scrub(data).data == samples.png()


def test_a_removed_chunk_may_have_a_wrong_checksum() -> None:
    wrong = CHUNKS[Kind.PRIVATE][:-1] + b"?"
    assert metadata.strip(samples.png(wrong)).data == samples.png()


@pytest.mark.parametrize(
    "broken",
    [
        samples.png()[:20],
        samples.png()[:-20],
        samples.png()[:33] + samples.png()[-12:],
        samples.png()[:8] + samples.png()[33:],
        samples.png(chunk(b"CgBI", b"")),
        samples.png(chunk(b"IHDR", bytes(13))),
        samples.png(b"\xff\xff\xff\xfftEXt"),
        samples.png(chunk(b"t\0Xt", b"")),
        samples.png()[:16] + bytes(4) + samples.png()[20:],
    ],
)
def test_a_damaged_png_is_rejected(broken: bytes) -> None:
    with pytest.raises(CorruptImage):
        metadata.strip(broken)


def test_twenty_thousand_chunks_are_counted_in_one_finding() -> None:
    data = samples.png(chunk(b"tEXt", b"") * 20_000)
    assert [(finding.summary, finding.count) for finding in metadata.inspect(data)] == [("text chunk", 20_000)]
    assert metadata.strip(data).data == samples.png()


def test_a_thousand_types_of_private_chunks_give_fewer_than_300_findings() -> None:
    names = [bytes([97 + n // 676, 97 + n // 26 % 26, 65, 97 + n % 26]) for n in range(1000)]
    assert len(metadata.inspect(samples.png(b"".join(chunk(name, b"") for name in names)))) < 300


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_png_is_rejected_or_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(FULL, changes, cut)
    survive(ANIMATION, changes, cut)
