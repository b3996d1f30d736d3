"""Chunk order: chunks that decoders ignore are found and removed; where decoders disagree, the file is rejected."""

import struct
import zlib

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.png.chunks import walk
from chalicelib.imaging.metadata.png.order import ChunkOrder
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk
from tests.imaging.metadata.assert_clean import kinds, scrub

CHROMATICITIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def spoil_checksum(made: bytes) -> bytes:
    return made[:-4] + bytes(byte ^ 0x55 for byte in made[-4:])


def find(data: bytes, kind: bytes) -> tuple[int, int]:
    """Return start and end of the first chunk of a type."""
    start = data.index(kind) - 4
    return start, start + 12 + int.from_bytes(data[start : start + 4])


def reasons(data: bytes) -> list[tuple[bytes, str]]:
    """Return each chunk that decoders ignore, with the reason."""
    order = ChunkOrder(data)
    checked = [(each.type, order.check(each)) for each in walk(data)]
    return [(chunk_type, reason) for chunk_type, reason in checked if reason]


IGNORED = {
    "frame without an animation": samples.png(
        chunk(b"fcTL", struct.pack(">5I", 0, 40, 24, 0, 0) + SECRET[:4] + bytes(2))
    ),
    "image data after the unbroken run": samples.png(late=chunk(b"tIME", bytes(7)) + chunk(b"IDAT", SECRET)),
    "histogram": samples.png(chunk(b"hIST", SECRET)),
    "palette of a colour picture": samples.png(chunk(b"PLTE", SECRET + b"z")),
    "palette of a grey picture": samples.png(chunk(b"PLTE", SECRET + b"z"), image=samples.draw(mode="L")),
    "repeated chromaticities": samples.png(chunk(b"cHRM", CHROMATICITIES), chunk(b"cHRM", SECRET.ljust(32))),
    "density after the pixels": samples.png(late=chunk(b"pHYs", SECRET[:9])),
    "transparency after the pixels": samples.png(late=chunk(b"tRNS", SECRET[:6])),
    "second profile": samples.png(
        *(chunk(b"iCCP", name + b"\0\0" + zlib.compress(samples.srgb_profile())) for name in (b"icc", SECRET))
    ),
    "background of two bytes too many": samples.png(chunk(b"bKGD", SECRET[:6]), image=samples.draw(mode="L")),
    "palette deeper than its pixels": samples.png(image=samples.draw(mode="1").convert("P"), bits=1),
}


@pytest.mark.parametrize("name", IGNORED)
def test_a_chunk_that_decoders_ignore_is_removed(name: str) -> None:
    data = IGNORED[name]
    if name == "palette deeper than its pixels":
        start, end = find(data, b"PLTE")
        data = data[:start] + chunk(b"PLTE", data[start + 8 : end - 4] + SECRET * 3) + data[end:]
    assert kinds(data)
    stripped = metadata.strip(data)
    assert samples.frames(stripped.data)[0][:3] == samples.frames(data)[0][:3]
    assert not any(part in stripped.data for part in (SECRET, SECRET[:9], SECRET[:6]))


def test_an_animation_that_is_declared_after_the_pixels_is_removed() -> None:
    """Browsers and Pillow show the still image: acTL counts only before it (PNG third edition, 11.3.5.1)."""
    control = chunk(b"fcTL", struct.pack(">5I", 0, 40, 24, 0, 0) + bytes(6))
    frame = chunk(b"fdAT", bytes(4) + zlib.compress(bytes(24 * 121)))
    data = samples.png(late=chunk(b"acTL", struct.pack(">II", 1, 0)) + control + frame)
    assert kinds(data) == {Kind.PADDING}
    assert metadata.strip(data).data == samples.png()


def test_frame_data_without_an_animation_is_removed_although_pillow_rejects_the_file() -> None:
    data = samples.png(late=chunk(b"fdAT", bytes(4) + SECRET))
    assert kinds(data) == {Kind.PADDING}
    assert metadata.strip(data).data == samples.png()


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"fcTL", b"fdAT"])
def test_a_wrong_checksum_of_a_chunk_of_pixels_is_rejected(kind: bytes) -> None:
    data = samples.animation("PNG")
    start, end = find(data, kind)
    with pytest.raises(CorruptImage) as raised:
        metadata.strip(data[:start] + spoil_checksum(data[start:end]) + data[end:])
    assert raised.value.code == "png_checksum"


@pytest.mark.parametrize("kind", [b"gAMA", b"iCCP"])
def test_a_colour_chunk_with_a_wrong_checksum_is_removed(kind: bytes) -> None:
    data = samples.png(spoil_checksum(chunk(kind, struct.pack(">I", 45455))))
    assert reasons(data) == [(kind, "chunk with a wrong checksum")]
    assert metadata.strip(data).data == samples.png()


@pytest.mark.parametrize("made", [chunk(b"tRNS", bytes(6)), chunk(b"acTL", struct.pack(">II", 1, 0))])
def test_a_second_chunk_that_changes_the_picture_is_rejected(made: bytes) -> None:
    with pytest.raises(CorruptImage) as raised:
        metadata.strip(samples.png(made, made))
    assert raised.value.code == "png_repeated"


def test_an_animation_control_chunk_after_the_first_frame_is_rejected() -> None:
    data = samples.animation("PNG")
    (start, end), (frame, frame_end) = find(data, b"acTL"), find(data, b"fcTL")
    assert end == frame
    swapped = data[:start] + data[frame:frame_end] + data[start:end] + data[frame_end:]
    with pytest.raises(CorruptImage, match="follows its first frame"):
        metadata.strip(swapped)


def test_the_palette_of_a_palette_picture_is_kept() -> None:
    data = samples.png(image=samples.draw(mode="P"), transparency=3)
    assert scrub(data).data == data


@pytest.mark.parametrize("data", [samples.png(dpi=(300, 300)), samples.animation("PNG")])
def test_decoders_ignore_no_chunk_of_a_usual_file(data: bytes) -> None:
    assert reasons(data) == []


def in_order(*parts: bytes) -> list[tuple[bytes, str]]:
    data = samples.png()
    return reasons(data[:33] + b"".join(parts) + data[-12:])


IDAT = chunk(b"IDAT", zlib.compress(bytes(24 * 121)))
GAMMA = chunk(b"gAMA", bytes(4))
EXIF = chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0")


@pytest.mark.parametrize(
    ("parts", "ignored"),
    [
        ((GAMMA, IDAT, IDAT), []),
        ((IDAT, GAMMA), [b"gAMA"]),
        ((GAMMA, GAMMA, IDAT), [b"gAMA"]),
        ((IDAT, chunk(b"prVt", b""), IDAT), [b"IDAT"]),
        ((IDAT, EXIF), []),
        ((chunk(b"prVt", b""), chunk(b"prVt", b""), IDAT), []),
    ],
)
def test_a_repeated_or_late_chunk_is_ignored_but_exif_may_follow_the_pixels(
    parts: tuple[bytes, ...], ignored: list[bytes]
) -> None:
    assert [chunk_type for chunk_type, _ in in_order(*parts)] == ignored


def test_colours_that_decoders_ignore_do_not_come_back() -> None:
    linear, usual = (chunk(b"gAMA", struct.pack(">I", gamma)) for gamma in (100_000, 45_455))
    too_long = chunk(b"gAMA", struct.pack(">I", 100_000) + SECRET)
    assert scrub(samples.png(too_long)).data == samples.png()
    for broken in (too_long, spoil_checksum(linear)):
        assert metadata.strip(samples.png(broken, usual)).data == samples.png(usual)
