"""The parameters of a gain map in XMP: read in every form that programs write, and written in one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.metadata.gain_map.parameters import Channel, Parameters
from chalicelib.imaging.metadata.gain_map.xmp import AppleGainMap, read_apple, read_hdrgm, write_packet

SPACE = b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
APPLE_SPACE = b'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/"'
APPLE_TYPE = b"<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"
GREY = Parameters(
    Fraction(0),
    Fraction(5, 2),
    (Channel(Fraction(-1, 2), Fraction(3), Fraction(5, 4), Fraction(1, 64), Fraction(1, 64)),),
)
COLOUR = Parameters(
    Fraction(0),
    Fraction(13, 10),
    tuple(
        Channel(Fraction(-number, 10), Fraction(1_277_177 + number, 1_000_000), Fraction(1), Fraction(0), Fraction(0))
        for number in (1, 2, 3)
    ),
    is_backward=True,
)


@pytest.mark.parametrize("parameters", [GREY, COLOUR])
def test_what_is_written_is_read_again(parameters: Parameters) -> None:
    written = write_packet(parameters, None)
    assert read_hdrgm(written) == parameters
    assert write_packet(read_hdrgm(written), None) == written


@pytest.mark.parametrize(
    "text",
    [
        b"""hdrgm:GainMapMin='-0.5' hdrgm:GainMapMax = "3.0" hdrgm:Gamma=" 1.25 " hdrgm:HDRCapacityMax="2.5e0">""",
        (
            b"><hdrgm:GainMapMin>-0.5</hdrgm:GainMapMin><hdrgm:GainMapMax>+3</hdrgm:GainMapMax>"
            b"<hdrgm:Gamma>\n1.25\n</hdrgm:Gamma><hdrgm:HDRCapacityMax>2.5</hdrgm:HDRCapacityMax>"
        ),
        (
            b"hdrgm:GainMapMin='-0.5' hdrgm:HDRCapacityMax='2.5'><hdrgm:GainMapMax>"
            b"<rdf:Seq><rdf:li> 3 </rdf:li></rdf:Seq></hdrgm:GainMapMax><hdrgm:Gamma>1.25</hdrgm:Gamma>"
        ),
    ],
    ids=["attributes", "elements", "a list of one"],
)
def test_attributes_elements_and_lists_are_read_with_adobes_defaults(text: bytes) -> None:
    packet = b"<rdf:Description " + SPACE + b" " + text
    assert read_hdrgm(packet) == GREY
    assert read_hdrgm(packet.replace(b"hdrgm:", b"g:").replace(b"xmlns:hdrgm", b"xmlns:g")) == GREY


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GainMapMax", b"Other"),
        (b"HDRCapacityMax", b"Other"),
        (b'"3"', b'"65"'),
        (b'"3"', b'"three"'),
        (b'"1.25"', b'"0"'),
        (b'"1.25"', b'"-1"'),
        (b'"2.5"', b'"-2.5"'),
        (b"hdr-gain-map/1.0/", b"another/1.0/"),
    ],
)
def test_parameters_that_are_missing_or_out_of_range_are_refused(old: bytes, new: bytes) -> None:
    assert read_hdrgm(write_packet(GREY, None).replace(old, new)) is None


def test_lists_of_another_length_are_refused() -> None:
    written = write_packet(COLOUR, None)
    assert read_hdrgm(written.replace(b"<rdf:li>1.277178</rdf:li>", b"")) is None


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (b"<HDRGainMap:HDRGainMapVersion>65536</HDRGainMap:HDRGainMapVersion>", AppleGainMap(65536, None)),
        (
            (
                b"<HDRGainMap:HDRGainMapVersion>131072</HDRGainMap:HDRGainMapVersion>"
                b"<HDRGainMap:HDRGainMapHeadroom>4.95</HDRGainMap:HDRGainMapHeadroom>"
            ),
            AppleGainMap(131072, Fraction(99, 20)),
        ),
        (b"<HDRGainMap:HDRGainMapVersion>12345</HDRGainMap:HDRGainMapVersion>", None),
        (b"", None),
    ],
)
def test_apples_values_are_read_and_written(elements: bytes, expected: AppleGainMap | None) -> None:
    packet = b"<rdf:Description " + APPLE_SPACE + b">" + APPLE_TYPE + elements
    assert read_apple(packet) == expected
    if expected:
        assert read_apple(write_packet(None, expected)) == expected


def test_apples_values_need_its_type() -> None:
    written = write_packet(None, AppleGainMap(65536, None))
    assert read_apple(written.replace(b"hdrgainmap</", b"portrait</")) is None


def test_a_heic_has_a_packet_without_the_type() -> None:
    apple = AppleGainMap(131072, Fraction(2))
    written = write_packet(None, apple, with_type=False)
    assert b"AuxiliaryImageType" not in written
    assert read_apple(written, needs_type=False) == apple
    assert read_apple(written) is None


def test_both_forms_share_a_packet() -> None:
    written = write_packet(GREY, AppleGainMap(131072, Fraction(2)))
    assert (read_hdrgm(written), read_apple(written)) == (GREY, AppleGainMap(131072, Fraction(2)))


def test_a_long_packet_of_open_elements_is_searched_in_bounded_steps() -> None:
    packet = SPACE + b"<hdrgm:GainMapMax>" * 3_000 + b"<rdf:li>3</rdf:li>" + b" " * 10_000
    assert read_hdrgm(packet + b"</hdrgm:GainMapMax>") is None
    assert read_hdrgm(packet) is None


@given(st.binary(max_size=200))
def test_any_packet_is_refused_or_read(data: bytes) -> None:
    packet = SPACE + APPLE_SPACE + APPLE_TYPE + b"hdrgm:GainMapMax=" + data
    for found in (read_hdrgm(packet), read_apple(packet)):
        assert found is None or write_packet(None, None)
