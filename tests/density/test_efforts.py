"""The embedded photo models: more effort takes fewer bits, on a small picture at least not more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from helpers.processes import ROOT
from PIL import Image

from codec.density import library
from codec.density.density import Options, Planes, PlanesForm
from codec.density.efforts import EFFORTS
from codec.density.library import PHOTO_TITLES
from codec.density.photo.colour import to_planes


def photo(channels: int) -> Planes:
    """The planes of the photo among the examples."""
    with Image.open(ROOT / "examples" / "photo.png") as image:
        pixels = np.asarray(image.convert("RGB" if channels == 3 else "L"))
    return to_planes(pixels.reshape(*pixels.shape[:2], channels))


@pytest.mark.parametrize("channels", PHOTO_TITLES)
def test_more_effort_takes_no_more_bits_and_every_effort_comes_back(channels: int) -> None:
    planes, payloads = photo(channels), list[bytes]()
    form, part = PlanesForm(*planes.shape[1:]), slice(0, planes.shape[1])
    for effort in sorted(EFFORTS):
        density = library.planes_density(channels, None, effort)
        payloads.append(density.encode(form, part, planes, Options()).payload)
        assert np.array_equal(density.decode(form, part, payloads[-1]), planes)
    sizes = list(map(len, payloads))
    assert all(after < 1.001 * before for before, after in pairwise(sizes)) and len(set(payloads)) == len(EFFORTS)
    assert sizes[-1] < sizes[0] < 1.1 * sizes[-1]


@pytest.mark.parametrize("channels", PHOTO_TITLES)
def test_every_effort_has_a_model_of_its_own(channels: int) -> None:
    assert len({library.planes_density(channels, None, effort).file.name for effort in EFFORTS}) == len(EFFORTS)
