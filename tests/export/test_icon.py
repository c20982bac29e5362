"""The icon is a valid picture with the colours of the page."""

import io

import matplotlib.image
import numpy as np
import pytest

from emotion_hf.export.icon import BARS, GROUND, icon_png, icon_svg


@pytest.mark.parametrize("side", [48, 192])
def test_the_png_has_the_size_and_the_colours(side):
    pixels = np.round(255 * matplotlib.image.imread(io.BytesIO(icon_png(side)))[..., :3]).astype(int)
    assert pixels.shape == (side, side, 3)
    assert pixels[0, 0].tolist() == [*bytes.fromhex(GROUND[1:])]
    assert pixels[side // 2, side // 2].min() > 240  # the bar in the middle
    assert (pixels == pixels[::-1]).all()  # the bars are centred


def test_the_svg_has_five_bars():
    assert icon_svg().count("rx=") == 5 and BARS in icon_svg()
