"""The EXIF tags whose values are shown, with their names in Exif 3.0 (and those of Microsoft, Adobe and TIFF 6.0)."""

from enum import Enum

from chalicelib.imaging.metadata.details.values import Topic


class Text(Enum):
    """How the bytes of a value become text."""

    PLAIN = "up to the first zero"
    TRIMMED = "without blanks at the end, too"
    COPYRIGHT = "the photographer's notice, a zero, the editor's"
    UTF16 = "little-endian UTF-16, as Windows writes it"
    COMMENT = "eight bytes name the encoding"


TAGS: dict[int, tuple[Topic, str, Text]] = {
    0x010F: (Topic.CAMERA, "Make", Text.TRIMMED),
    0x0110: (Topic.CAMERA, "Model", Text.TRIMMED),
    0x013C: (Topic.CAMERA, "HostComputer", Text.PLAIN),
    0xC614: (Topic.CAMERA, "UniqueCameraModel", Text.PLAIN),
    0xA432: (Topic.LENS, "LensSpecification", Text.PLAIN),
    0xA433: (Topic.LENS, "LensMake", Text.PLAIN),
    0xA434: (Topic.LENS, "LensModel", Text.PLAIN),
    0xFDEA: (Topic.LENS, "Lens", Text.PLAIN),
    0xA431: (Topic.SERIALS, "BodySerialNumber", Text.PLAIN),
    0xA435: (Topic.SERIALS, "LensSerialNumber", Text.PLAIN),
    0xA420: (Topic.SERIALS, "ImageUniqueID", Text.PLAIN),
    0xC62F: (Topic.SERIALS, "CameraSerialNumber", Text.PLAIN),
    0xFDE9: (Topic.SERIALS, "SerialNumber", Text.PLAIN),
    0x013B: (Topic.NAMES, "Artist", Text.TRIMMED),
    0x8298: (Topic.NAMES, "Copyright", Text.COPYRIGHT),
    0xA430: (Topic.NAMES, "CameraOwnerName", Text.PLAIN),
    0xA437: (Topic.NAMES, "Photographer", Text.PLAIN),
    0xA438: (Topic.NAMES, "ImageEditor", Text.PLAIN),
    0x9C9D: (Topic.NAMES, "XPAuthor", Text.UTF16),
    0xFDE8: (Topic.NAMES, "OwnerName", Text.PLAIN),
    0x0131: (Topic.SOFTWARE, "Software", Text.TRIMMED),
    0xA439: (Topic.SOFTWARE, "CameraFirmware", Text.PLAIN),
    0xA43A: (Topic.SOFTWARE, "RAWDevelopingSoftware", Text.PLAIN),
    0xA43B: (Topic.SOFTWARE, "ImageEditingSoftware", Text.PLAIN),
    0xA43C: (Topic.SOFTWARE, "MetadataEditingSoftware", Text.PLAIN),
    0x000B: (Topic.SOFTWARE, "ProcessingSoftware", Text.PLAIN),
    0x010D: (Topic.CAPTIONS, "DocumentName", Text.PLAIN),
    0x010E: (Topic.CAPTIONS, "ImageDescription", Text.PLAIN),
    0x011D: (Topic.CAPTIONS, "PageName", Text.PLAIN),
    0x9286: (Topic.CAPTIONS, "UserComment", Text.COMMENT),
    0xA436: (Topic.CAPTIONS, "ImageTitle", Text.PLAIN),
    0x9C9B: (Topic.CAPTIONS, "XPTitle", Text.UTF16),
    0x9C9C: (Topic.CAPTIONS, "XPComment", Text.UTF16),
    0x9C9E: (Topic.CAPTIONS, "XPKeywords", Text.UTF16),
    0x9C9F: (Topic.CAPTIONS, "XPSubject", Text.UTF16),
}
#: For each time: its own tag, that of its fractions of a second, and that of its offset from UTC.
EXIF_TIMES = {
    "DateTime": (0x0132, 0x9290, 0x9010),
    "DateTimeOriginal": (0x9003, 0x9291, 0x9011),
    "DateTimeDigitized": (0x9004, 0x9292, 0x9012),
}
