"""What the samples of a picture are, mode by mode."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture
from PIL import Image

from codec.media.form import CHANNELS, DEEP, Form, most_bits, sample_type


@pytest.mark.parametrize("mode", sorted(CHANNELS.keys() - DEEP))
def test_a_mode_has_the_channels_and_types_of_pillow(mode: str) -> None:
    pixels = np.asarray(Image.new(mode, (3, 2)))
    assert pixels.shape == ((2, 3) if CHANNELS[mode] == 1 else (2, 3, CHANNELS[mode]))
    assert pixels.dtype.itemsize == sample_type(mode).itemsize


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
def test_a_sample_has_at_most_the_bits_of_its_mode(mode: str, bits: int) -> None:
    assert bits <= most_bits(mode) <= 8 * sample_type(mode).itemsize


def test_a_form_counts_its_samples() -> None:
    form = Form("RGBA", 8, 30, 20)
    assert form.channels == 4 and form.samples == random_picture("RGBA", 8, 20, 30).pixels.size == 2400
