"""A packet is cut into values without an XML parser: no entity, nesting or broken tag costs more than its length."""

import base64

import pytest

from chalicelib.imaging.metadata.details.values import Details
from chalicelib.imaging.metadata.details.xmp import Value, add_thumbnail, read_packet, unescape
from tests.imaging.metadata.details.builders import packet, thumbnail


def read(inner: str, attributes: str = "") -> list[Value]:
    return [value for value in read_packet(packet(inner, attributes)) if value.path[-1] != "x:xmptk"]


def test_values_are_read_from_elements_and_attributes() -> None:
    found = read("<dc:title>A</dc:title>", 'xmp:Label="B" exif:UserComment=\'C "c"\'')
    assert [(value.path[-1], value.text) for value in found if value.path[-1].startswith(("dc", "xmp:", "exif"))] == [
        ("xmp:Label", "B"),
        ("exif:UserComment", 'C "c"'),
        ("dc:title", "A"),
    ]


def test_a_list_has_a_value_for_each_item_and_its_language() -> None:
    items = '<rdf:li xml:lang="x-default">A</rdf:li><rdf:li xml:lang="de">B</rdf:li>'
    found = read(f"<dc:title><rdf:Alt>{items}</rdf:Alt></dc:title>")
    assert [value for value in found if "dc:title" in value.path] == [
        Value(("dc:title",), "A", "x-default"),
        Value(("dc:title",), "B", "de"),
    ]


def test_a_prefix_is_that_of_its_namespace_whatever_the_file_calls_it() -> None:
    found = read('<d:title xmlns:d="http://purl.org/dc/elements/1.1/">A</d:title><own:thing>B</own:thing>')
    assert {value.path for value in found} >= {("dc:title",), ("own:thing",)}


def test_entities_comments_and_marked_sections_are_read_as_xml_reads_them() -> None:
    [value] = read("<dc:title>a &lt;b&gt; &#233;<!-- no > --><![CDATA[<c> & d]]></dc:title>")[-1:]
    assert value.text == "a <b> é<c> & d"
    assert unescape("&lol; &amp;lt; &#x41;") == "&lol; &lt; A"


def test_an_entity_that_a_packet_declares_is_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY lol "ha ha">]>' + packet("<dc:title>&lol;</dc:title>")
    assert "&lol;" in {value.text for value in read_packet(bomb)}
    assert "ha ha" not in {value.text for value in read_packet(bomb)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_packet_is_decoded(encoding: str) -> None:
    text = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>Zoë</dc:title></x:xmpmeta>'
    assert [value.text for value in read_packet(text.encode(encoding))] == ["Zoë"]


@pytest.mark.parametrize(
    "hostile",
    [b"<a>" * 100_000, b'<a "' * 100_000, b"<!--" * 100_000, b"<![CDATA[" * 50_000, b"</a>" * 10, b"<", b"<a b='"],
)
def test_a_hostile_packet_ends_early(hostile: bytes) -> None:
    assert list(read_packet(hostile)) == []


def test_a_packet_with_too_many_values_ends() -> None:
    assert len(list(read_packet(b'<a b="1"/>' * 200_000))) <= 1 << 17


def test_a_thumbnail_is_decoded_and_a_broken_one_is_counted() -> None:
    details = Details()
    add_thumbnail(base64.encodebytes(thumbnail()).decode(), details)
    assert len(details.thumbnails) == 1
    assert details.is_complete
    add_thumbnail("not base64!", details)
    assert not details.is_complete
