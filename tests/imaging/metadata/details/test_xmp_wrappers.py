"""The element around a packet has two names or is missing, and the prefixes are the writer's own; the values count."""

import pytest

from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata.credit import strip_keeping
from chalicelib.imaging.metadata.credit.values import read_credit
from chalicelib.imaging.metadata.details import read_details
from scripts.measuring import samples

_RDF = (
    '<{r}:RDF xmlns:{r}="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><{r}:Description {r}:about=""'
    ' xmlns:{d}="http://purl.org/dc/elements/1.1/"><{d}:creator><{r}:Seq><{r}:li>Ann</{r}:li></{r}:Seq></{d}:creator>'
    "</{r}:Description></{r}:RDF>"
)
_PACKETS = {
    "xmpmeta": '<x:xmpmeta xmlns:x="adobe:ns:meta/">{}</x:xmpmeta>',
    "xapmeta": '<x:xapmeta xmlns:x="adobe:ns:meta/" x:xaptk="XMP toolkit 2.8">{}</x:xapmeta>',
    "another prefix": '<m:xapmeta xmlns:m="adobe:ns:meta/">{}</m:xapmeta>',
    "default namespace": '<xmpmeta xmlns="adobe:ns:meta/">{}</xmpmeta>',
    "none": "{}",
}


@pytest.mark.parametrize("wrapper", _PACKETS.values(), ids=_PACKETS)
@pytest.mark.parametrize(("rdf", "dc"), [("rdf", "dc"), ("r", "d")])
def test_a_value_is_found_and_kept_whatever_is_around_it(wrapper: str, rdf: str, dc: str) -> None:
    packet = wrapper.format(_RDF.format(r=rdf, d=dc)).encode()
    photo = samples.jpeg(samples.segment(0xE1, samples.XMP_PREFIX + packet))

    found = [(each.name, each.value) for topic in read_details(photo).values.values() for each in topic]
    assert ("dc:creator", "Ann") in found
    assert read_credit(photo, [Keep.COPYRIGHT]).creator == "Ann"
    assert b"Ann" in strip_keeping(photo, [Keep.COPYRIGHT]).data
