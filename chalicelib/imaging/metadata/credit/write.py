"""Writes the values to keep as texts of EXIF (Exif 3.0) and as an XMP packet (ISO 16684-1). Each has one form."""

from html import escape

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.credit.values import Credit, split_date

#: Bytes of a packet that fit into one segment of a JPEG, with the name of the segment.
_MAX_PACKET = 65_000
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
}
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
_RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
_TAIL = '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'


def exif_texts(credit: Credit) -> dict[int, bytes]:
    """Return the texts for an EXIF block, by tag, each with its last zero."""
    day, time, fraction, offset = split_date(credit.date)
    texts = {
        0x010E: credit.description,
        0x010F: credit.make,
        0x0110: credit.model,
        0x013B: credit.creator,
        0x8298: credit.rights.replace("\n", " "),
        0x9003: f"{day} {time}" if time else "",
        0x9011: offset.replace("Z", "+00:00"),
        0x9291: fraction,
    }
    return {tag: text.encode() + b"\0" for tag, text in texts.items() if text}


def write_packet(credit: Credit) -> bytes:
    """Return the XMP packet that holds the values, and nothing else. Raises CorruptImage if it would be too long."""
    properties = (
        _list("dc:creator", "Seq", credit.creator),
        _list("dc:rights", "Alt", credit.rights),
        _list("dc:title", "Alt", credit.title),
        _list("dc:description", "Alt", credit.description),
        _list("xmpRights:UsageTerms", "Alt", credit.terms),
        _plain("xmpRights:WebStatement", credit.statement),
        _plain("photoshop:Credit", credit.credit),
        _plain("exif:DateTimeOriginal", _xmp_date(credit.date)),
        _plain("tiff:Make", credit.make),
        _plain("tiff:Model", credit.model),
    )
    body = "".join(properties)
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items() if f"<{prefix}:" in body)
    packet = f"{_HEAD}{_RDF}{declared}>{body}{_TAIL}".encode()
    if len(packet) > _MAX_PACKET:
        raise CorruptImage("The texts of the photo are too long to be kept.", code="keep_too_long")
    return packet


def _plain(name: str, value: str) -> str:
    return f"<{name}>{escape(value, quote=False)}</{name}>" if value else ""


def _list(name: str, kind: str, value: str) -> str:
    """Return a property that XMP defines as a list or as alternatives by language, with one item."""
    language = ' xml:lang="x-default"' if kind == "Alt" else ""
    item = f"<rdf:{kind}><rdf:li{language}>{escape(value, quote=False)}</rdf:li></rdf:{kind}>"
    return f"<{name}>{item}</{name}>" if value else ""


def _xmp_date(date: str) -> str:
    """Return a date as XMP spells it (XMP part 1, 8.2.1.2)."""
    day, time, fraction, offset = split_date(date)
    return day.replace(":", "-") + (f"T{time}{'.' * bool(fraction)}{fraction}{offset}" if time else "")
