"""The tables that files have most often."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from codec.media.jpeg.standard import primer, quality_of, steps_of_quality


@pytest.mark.parametrize("quality", [10, 24, 50, 75, 98, 100])
def test_steps_are_those_of_the_ijg(quality: int) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    tables = Image.open(io.BytesIO(file.getvalue())).quantization  # type: ignore[attr-defined]
    assert [tuple(tables[place]) for place in (0, 1)] == [steps_of_quality(quality, chroma) for chroma in (False, True)]
    assert quality_of(tuple(tables[0])) == quality_of(tuple(tables[1])) == (quality, True)


def test_other_steps_are_near_a_quality() -> None:
    steps = steps_of_quality(90, False)
    assert quality_of((*steps[:63], steps[63] + 1)) == (90, False)


def test_the_primer_never_changes() -> None:
    assert hashlib.sha256(primer()).hexdigest()[:16] == "459bfa55695acc45"
