"""The allow-list of TIFF: the fields and compressions that a stripped file may hold (TIFF 6.0, libtiff's registry)."""

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
STRIP_BYTE_COUNTS = 279
PLANAR_CONFIGURATION = 284
COLOR_MAP = 320
TILE_WIDTH = 322
TILE_HEIGHT = 323
TILE_OFFSETS = 324
TILE_BYTE_COUNTS = 325
SUB_IFDS = 330
JPEG_TABLES = 347
#: JPEGInterchangeFormat and JPEGInterchangeFormatLength of old-style JPEG (TIFF 6.0 section 22).
JPEG_STREAM_OFFSET = 513
JPEG_STREAM_SIZE = 514
#: Old-style JPEG: the offsets of the quantisation, DC and AC tables (TIFF 6.0 section 22).
JPEG_TABLE_OFFSETS = (519, 520, 521)
XMP = 700
ICC = 34675
EXIF_IFD = 34665
GPS_IFD = 34853
DNG_VERSION = 50706

#: Fields that locate image data. The writer computes them again.
LOCATION_TAGS = frozenset(
    {
        STRIP_OFFSETS,
        STRIP_BYTE_COUNTS,
        TILE_OFFSETS,
        TILE_BYTE_COUNTS,
        JPEG_STREAM_OFFSET,
        JPEG_STREAM_SIZE,
        *JPEG_TABLE_OFFSETS,
    }
)
#: Fields without which a decoder shows another picture. A file is rejected if one of them would be lost.
PICTURE_TAGS = frozenset(
    {
        WIDTH,
        HEIGHT,
        BITS_PER_SAMPLE,
        COMPRESSION,
        PHOTOMETRIC,
        266,  # FillOrder
        STRIP_OFFSETS,
        SAMPLES_PER_PIXEL,
        ROWS_PER_STRIP,
        STRIP_BYTE_COUNTS,
        PLANAR_CONFIGURATION,
        292,  # T4Options
        293,  # T6Options
        317,  # Predictor
        TILE_WIDTH,
        TILE_HEIGHT,
        TILE_OFFSETS,
        TILE_BYTE_COUNTS,
        338,  # ExtraSamples
        339,  # SampleFormat
        JPEG_TABLES,
        530,  # YCbCrSubSampling
    }
)
#: The same for pages of palette colours, and for pages of old-style JPEG.
PALETTE_TAGS = frozenset({COLOR_MAP})
OLD_JPEG_TAGS = frozenset({512, JPEG_STREAM_OFFSET, JPEG_STREAM_SIZE, 515, 517, 518, *JPEG_TABLE_OFFSETS})
#: ImageDepth and TileDepth: a volume of several slices, which libtiff reads (libtiff's registry).
DEPTH_TAGS = frozenset({32997, 32998})
_MAX_SAMPLES = 64
_MAX_LEVELS = 3 * 65536
#: Every other field that is kept, with the most values that it can have. Values beyond that number are not copied.
MAX_COUNTS = {
    NEW_SUBFILE_TYPE: 1,
    SUBFILE_TYPE: 1,
    WIDTH: 1,
    HEIGHT: 1,
    BITS_PER_SAMPLE: _MAX_SAMPLES,
    COMPRESSION: 1,
    PHOTOMETRIC: 1,
    266: 1,  # FillOrder
    SAMPLES_PER_PIXEL: 1,
    ROWS_PER_STRIP: 1,
    280: _MAX_SAMPLES,  # MinSampleValue
    281: _MAX_SAMPLES,  # MaxSampleValue
    282: 1,  # XResolution
    283: 1,  # YResolution
    PLANAR_CONFIGURATION: 1,
    292: 1,  # T4Options
    293: 1,  # T6Options
    296: 1,  # ResolutionUnit
    297: 2,  # PageNumber
    301: _MAX_LEVELS,  # TransferFunction
    317: 1,  # Predictor
    318: 2,  # WhitePoint
    319: 6,  # PrimaryChromaticities
    COLOR_MAP: _MAX_LEVELS,
    TILE_WIDTH: 1,
    TILE_HEIGHT: 1,
    332: 1,  # InkSet
    334: 1,  # NumberOfInks
    336: 2 * _MAX_SAMPLES,  # DotRange
    338: _MAX_SAMPLES,  # ExtraSamples
    339: _MAX_SAMPLES,  # SampleFormat
    340: _MAX_SAMPLES,  # SMinSampleValue
    341: _MAX_SAMPLES,  # SMaxSampleValue
    342: 6,  # TransferRange
    512: 1,  # JPEGProc
    515: 1,  # JPEGRestartInterval
    517: _MAX_SAMPLES,  # JPEGLosslessPredictors
    518: _MAX_SAMPLES,  # JPEGPointTransforms
    529: 3,  # YCbCrCoefficients
    530: 2,  # YCbCrSubSampling
    531: 1,  # YCbCrPositioning
    532: 6,  # ReferenceBlackWhite
    32995: 1,  # Matteing
    32996: _MAX_SAMPLES,  # DataType
    37439: 1,  # StoNits, the scale of SGI LogLuv
}
_SHORT, PALETTE, _SEPARATED = 3, 3, 5
#: Fields that are valid only with these types and photometric interpretations (TIFF 6.0 sections 8 and 16 to 20).
#: None stands for every photometric interpretation.
_RESTRICTED_TAGS: dict[int, tuple[frozenset[int], frozenset[int] | None]] = {
    280: (frozenset({_SHORT}), None),
    281: (frozenset({_SHORT}), None),
    301: (frozenset({_SHORT}), None),
    COLOR_MAP: (frozenset({_SHORT}), frozenset({PALETTE})),
    336: (frozenset({1, _SHORT}), frozenset({_SEPARATED})),
    340: (frozenset({_SHORT, 4, 8, 9, 11, 12}), None),
    341: (frozenset({_SHORT, 4, 8, 9, 11, 12}), None),
    342: (frozenset({_SHORT}), None),
}


def is_defined(tag: int, field_type: int, count: int, photometric: int, samples: int, bits: int) -> bool:
    """Return True if TIFF defines an allowed field with this type and count for pages of these pixels."""
    levels = 1 << min(bits, 16)
    counts = {280: (samples,), 281: (samples,), 301: (levels, 3 * levels), 336: (2, 2 * samples), 342: (6,)}
    counts |= {340: (samples,), 341: (samples,)}
    types, photometrics = _RESTRICTED_TAGS.get(tag, (None, None))
    fits = types is None or (field_type in types and count in counts.get(tag, (count,)))
    return fits and (photometrics is None or photometric in photometrics)


#: Fields whose value is opaque bytes. The scrub checks and cleans the value itself.
OPAQUE_TAGS = frozenset({JPEG_TABLES, ICC})
#: Field types that hold numbers. A numeric field of another type is removed.
NUMERIC_TYPES = frozenset({1, 3, 4, 5, 8, 9, 10, 11, 12, 16, 17})
#: Allowed fields that are reported as findings.
REPORTED_TAGS = {
    282: Kind.DENSITY,
    283: Kind.DENSITY,
    301: Kind.COLOR,
    318: Kind.COLOR,
    319: Kind.COLOR,
    529: Kind.COLOR,
    532: Kind.COLOR,
}
#: The kinds of the fields that are removed. Every other one is reported as private or as text.
DROPPED_KINDS = {
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
ASCII_TYPE = 2

UNCOMPRESSED = 1
OLD_JPEG = 6
JPEG = 7
WEBP = 50001
#: Compressions that libtiff and Pillow read: none, CCITT, LZW, JPEG, Deflate, PackBits, ThunderScan, LogLuv,
#: LZMA, Zstandard, WebP. Others are those of raw files, or of codecs whose streams can hold comments.
COMPRESSIONS = frozenset(
    {1, 2, 3, 4, 5, OLD_JPEG, JPEG, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000, WEBP}
)
#: Colour filter array and linear raw: the pixels of a raw photo (DNG 1.7).
RAW_PHOTOMETRICS = frozenset({32803, 34892, 51177})
