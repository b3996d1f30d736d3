"""PQ and HLG pictures are shown by one tone curve: black stays black, order stays, 1000 cd/m2 is white."""

import pytest
from PIL import Image

from chalicelib.imaging.colour.cicp import PRIMARIES
from chalicelib.imaging.colour.hdr import HLG, PQ, HdrSpace, compress
from tests.imaging.colour.formulas import hlg_to_light, light_to_srgb, pq_to_light, tone
from tests.imaging.colour.made import avif, cicp, nclx, png, shown
from tests.pictures import near, pixel

BT_2020 = PRIMARIES[9]


@pytest.mark.parametrize("level", [0, 20, 64, 100, 128, 148, 180, 192, 220, 255])
def test_a_grey_of_pq_becomes_the_grey_of_the_tone_curve(level: int) -> None:
    wanted = round(255 * light_to_srgb(tone(pq_to_light(level / 255))))
    assert near(shown(png(8, 2, bytes([level]) * 48, cicp(9, PQ))), (wanted,) * 3, 1)
    assert near(shown(png(8, 0, bytes([level]) * 16, cicp(9, PQ))), (wanted,) * 3, 1)


@pytest.mark.parametrize("level", [0, 64, 127, 128, 192, 255])
def test_a_grey_of_hlg_has_the_light_of_a_display_of_1000_candela(level: int) -> None:
    wanted = round(255 * light_to_srgb(tone(hlg_to_light(level / 255))))
    assert near(shown(png(8, 2, bytes([level]) * 48, cicp(9, HLG))), (wanted,) * 3, 1)


def test_the_tone_curve_keeps_the_hue() -> None:
    """The gain depends on the brightest channel. The ratio of the channels' light stays."""
    image = compress(Image.new("RGB", (4, 4), (148, 120, 90)), HdrSpace(BT_2020, PQ))
    light = [pq_to_light(level / 255) for level in (148, 120, 90)]
    gain = tone(max(light)) / max(light)
    assert near(pixel(image), tuple(round(255 * light_to_srgb(gain * each)) for each in light), 1)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_a_brighter_level_is_never_darker(transfer: int) -> None:
    ramp = Image.linear_gradient("L").convert("RGB")
    shown_ramp = compress(ramp, HdrSpace(BT_2020, transfer))
    levels = [pixel(shown_ramp, 0, y)[0] for y in range(256)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 255)


def test_alpha_stays() -> None:
    space = HdrSpace(BT_2020, PQ)
    assert pixel(compress(Image.new("RGBA", (4, 4), (0, 0, 0, 77)), space)) == (0, 0, 0, 77)
    assert pixel(compress(Image.new("LA", (4, 4), (255, 77)), space)) == (255, 77)


def test_the_primaries_of_pq_are_converted_after_the_tone_curve() -> None:
    """BT.2020 red is outside sRGB: green and blue become 0. The same red of BT.709 keeps its hue."""
    row = bytes((140, 60, 60)) * 16
    wide, narrow = shown(png(8, 2, row, cicp(9, PQ))), shown(png(8, 2, row, cicp(1, PQ)))
    assert wide[0] > narrow[0]
    assert wide[1] < narrow[1]


def test_an_avif_of_pq_is_shown_by_the_tone_curve() -> None:
    wanted = round(255 * light_to_srgb(tone(pq_to_light(148 / 255))))
    assert near(shown(avif(Image.new("RGB", (64, 48), (148,) * 3), nclx(9, PQ))), (wanted,) * 3, 2)
