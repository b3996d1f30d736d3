"""The EXIF and XMP items of an AVIF are found, and broken tables yield nothing."""

from PIL import Image

from chalicelib.imaging.metadata.details.items import find_items
from scripts.measuring import samples

BLOCK, PACKET = b"MM\0*\0\0\0\x08\0\0\0\0\0\0", b"<x:xmpmeta/>"
AVIF = samples.encode(Image.new("RGB", (16, 16)), "AVIF", exif=BLOCK, xmp=PACKET)


def test_the_items_are_found() -> None:
    assert sorted(find_items(AVIF)) == [(False, PACKET), (True, BLOCK)]


def test_a_packet_in_a_uuid_box_is_found() -> None:
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    box = (8 + len(uuid) + len(PACKET)).to_bytes(4, "big") + b"uuid" + uuid + PACKET
    assert (False, PACKET) in list(find_items(samples.encode(Image.new("RGB", (16, 16)), "AVIF") + box))


def test_items_that_share_bytes_yield_no_more_than_the_file() -> None:
    # Each extent of the packet and of the block gets the length of the whole file.
    lengths = {len(PACKET): 1, len(BLOCK) + 4: 1}
    damaged = bytearray(AVIF)
    for length in lengths:
        at = AVIF.index(length.to_bytes(4, "big"), AVIF.index(b"iloc"))
        damaged[at : at + 4] = len(AVIF).to_bytes(4, "big")
    found = [len(content) for _, content in find_items(bytes(damaged))]
    assert found
    assert sum(found) <= len(AVIF)


def test_broken_tables_yield_nothing() -> None:
    at = AVIF.index(b"iloc")
    assert list(find_items(AVIF[:at] + b"none" + AVIF[at + 4 :])) == []
