"""The allow-list of TIFF: which fields and compressions a scrubbed file may hold (TIFF 6.0, libtiff's registry)."""

from chalicelib.imaging.metadata.findings import Kind

NEW_SUBFILE_TYPE = 254
SUBFILE_TYPE = 255
WIDTH = 256
HEIGHT = 257
BITS_PER_SAMPLE = 258
COMPRESSION = 259
PHOTOMETRIC = 262
STRIP_OFFSETS = 273
ORIENTATION = 274
SAMPLES_PER_PIXEL = 277
ROWS_PER_STRIP = 278
STRIP_SIZES = 279
PLANAR = 284
TILE_WIDTH = 322
TILE_HEIGHT = 323
TILE_OFFSETS = 324
TILE_SIZES = 325
SUB_IFDS = 330
JPEG_TABLES = 347
OLD_JPEG_AT = 513
OLD_JPEG_SIZE = 514
#: Offsets of the quantisation, DC and AC tables of old-style JPEG (TIFF 6.0 section 22).
OLD_JPEG_TABLES = (519, 520, 521)
XMP = 700
ICC = 34675
EXIF_IFD = 34665
GPS_IFD = 34853
DNG_VERSION = 50706

#: Fields that place picture data; the writer makes them anew.
PLACES = frozenset({STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES, OLD_JPEG_AT, OLD_JPEG_SIZE, *OLD_JPEG_TABLES})
_PER_SAMPLE = 64
_PER_LEVEL = 3 * 65536
#: Every other field that stays, with the most values that it can mean; what lies beyond is not copied.
KEPT = {
    NEW_SUBFILE_TYPE: 1,
    SUBFILE_TYPE: 1,
    WIDTH: 1,
    HEIGHT: 1,
    BITS_PER_SAMPLE: _PER_SAMPLE,
    COMPRESSION: 1,
    PHOTOMETRIC: 1,
    266: 1,  # FillOrder
    SAMPLES_PER_PIXEL: 1,
    ROWS_PER_STRIP: 1,
    280: _PER_SAMPLE,  # MinSampleValue
    281: _PER_SAMPLE,  # MaxSampleValue
    282: 1,  # XResolution
    283: 1,  # YResolution
    PLANAR: 1,
    292: 1,  # T4Options
    293: 1,  # T6Options
    296: 1,  # ResolutionUnit
    297: 2,  # PageNumber
    301: _PER_LEVEL,  # TransferFunction
    317: 1,  # Predictor
    318: 2,  # WhitePoint
    319: 6,  # PrimaryChromaticities
    320: _PER_LEVEL,  # ColorMap
    TILE_WIDTH: 1,
    TILE_HEIGHT: 1,
    332: 1,  # InkSet
    334: 1,  # NumberOfInks
    336: 2 * _PER_SAMPLE,  # DotRange
    338: _PER_SAMPLE,  # ExtraSamples
    339: _PER_SAMPLE,  # SampleFormat
    340: _PER_SAMPLE,  # SMinSampleValue
    341: _PER_SAMPLE,  # SMaxSampleValue
    342: 6,  # TransferRange
    512: 1,  # JPEGProc
    515: 1,  # JPEGRestartInterval
    517: _PER_SAMPLE,  # JPEGLosslessPredictors
    518: _PER_SAMPLE,  # JPEGPointTransforms
    529: 3,  # YCbCrCoefficients
    530: 2,  # YCbCrSubSampling
    531: 1,  # YCbCrPositioning
    532: 6,  # ReferenceBlackWhite
    32995: 1,  # Matteing
    32996: _PER_SAMPLE,  # DataType
    37439: 1,  # StoNits, the scale of SGI LogLuv
}
_SHORT, _PALETTE, _SEPARATED = 3, 3, 5
#: Fields that have a meaning in some types and for some colours alone (TIFF 6.0 section 8 and 16 to 20); None: for all.
_MEANINGS: dict[int, tuple[frozenset[int], frozenset[int] | None]] = {
    280: (frozenset({_SHORT}), None),
    281: (frozenset({_SHORT}), None),
    301: (frozenset({_SHORT}), None),
    320: (frozenset({_SHORT}), frozenset({_PALETTE})),
    336: (frozenset({1, _SHORT}), frozenset({_SEPARATED})),
    340: (frozenset({_SHORT, 4, 8, 9, 11, 12}), None),
    341: (frozenset({_SHORT, 4, 8, 9, 11, 12}), None),
    342: (frozenset({_SHORT}), None),
}


def has_meaning(tag: int, kind: int, count: int, photometric: int, samples: int, bits: int) -> bool:
    """Tell whether a field of the allow-list means anything on a page, by its type, its count and the colours."""
    levels = 1 << min(bits, 16)
    counts = {280: (samples,), 281: (samples,), 301: (levels, 3 * levels), 336: (2, 2 * samples), 342: (6,)}
    counts |= {340: (samples,), 341: (samples,)}
    kinds, colours = _MEANINGS.get(tag, (None, None))
    fits = kinds is None or (kind in kinds and count in counts.get(tag, (count,)))
    return fits and (colours is None or photometric in colours)


#: Fields whose value is opaque and is judged by what is inside.
OPAQUE = frozenset({JPEG_TABLES, ICC})
#: Field types that hold numbers; text in a numeric field is no number.
NUMERIC_TYPES = frozenset({1, 3, 4, 5, 8, 9, 10, 11, 12, 16, 17})
#: Allowed fields that are worth showing to a user.
SHOWN = {
    282: Kind.DENSITY,
    283: Kind.DENSITY,
    301: Kind.COLOR,
    318: Kind.COLOR,
    319: Kind.COLOR,
    529: Kind.COLOR,
    532: Kind.COLOR,
}
#: What a field that goes is called; any other is private or free text.
DROPPED = {
    XMP: Kind.XMP,
    33723: Kind.IPTC,
    34377: Kind.PHOTOSHOP,
    37724: Kind.PHOTOSHOP,  # ImageSourceData: Photoshop's layers
    EXIF_IFD: Kind.EXIF,
    GPS_IFD: Kind.GPS,
    SUB_IFDS: Kind.THUMBNAIL,
    306: Kind.TIMESTAMP,
    0xC62F: Kind.SERIAL,
    0xA431: Kind.SERIAL,
}
TEXT_TYPE = 2

UNCOMPRESSED = 1
OLD_JPEG = 6
JPEG = 7
WEBP = 50001
#: Compressions that libtiff, and with it Pillow, reads: none, CCITT, LZW, JPEG, Deflate, PackBits, ThunderScan, LogLuv,
#: LZMA, Zstandard, WebP. The others belong to raw files or to codecs whose streams may carry comments of their own.
COMPRESSIONS = frozenset(
    {1, 2, 3, 4, 5, OLD_JPEG, JPEG, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000, WEBP}
)
#: Colour filter array and linear raw: the unrendered pictures of a raw photo (DNG 1.7).
RAW_PHOTOMETRICS = frozenset({32803, 34892, 51177})
