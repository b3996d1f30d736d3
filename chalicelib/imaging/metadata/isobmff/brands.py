"""Scrub the brands in ftyp, which name the readers that can show the file. An unregistered brand is free text."""

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan

#: HEIF, MIAF, AVIF, the ISO base media file format, MPEG-4, QuickTime and CMAF, from the register of mp4ra.org.
_KNOWN = frozenset(
    b"mif1 mif2 mif3 msf1 heic heix heim heis hevc hevx hevm hevs heif avif avis avio avci avcs avcp avc1 miaf MA1A "
    b"MA1B MiHE MiHA MiHB MiHM MiPr MiAn MiAC MiAB MiAE MiBr MiBu MiCm MiRf iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 "
    b"isoa isob isoc isom mp41 mp42 mp71 3gp4 3gp5 3gp6 3g2a tmap unif 1pic jpeg jpgs j2ki j2is vvic vvis evbi evbs "
    b"evmi evms mpuf geo1 pred cmfc cmf2 cmfs dash ccff hvce M4VH M4VP av01 MSNV MiCM".split()
) | {b"qt  "}


def scrub_brands(plan: BoxPlan, box: Box) -> None:
    """Plan to replace each unknown brand by a known brand of the file, so that no offset moves. Zero the rest of ftyp.

    Raises CorruptImage when the box is cut short or has no known brand.
    """
    offsets = [box.start, *range(box.start + 8, box.end - 3, 4)]
    brands = [plan.data[at : at + 4] for at in offsets]
    known = next((brand for brand in brands if brand in _KNOWN), None)
    if box.end - box.start < 8 or not known:
        raise CorruptImage("The file has no known brand.", code="file_brand")
    for at, brand in zip(offsets, brands, strict=True):
        if brand not in _KNOWN:
            plan.counter.add(Kind.UNKNOWN, "ftyp", 4, "unknown brand")
            plan.patch(at, known)
    plan.zero(box.start + 4, box.start + 8, Kind.UNKNOWN, "ftyp", "minor version")
    plan.zero(box.end - (box.end - box.start) % 4, box.end, Kind.PADDING, "ftyp", "bytes after the brands")
