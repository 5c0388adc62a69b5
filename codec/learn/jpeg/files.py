"""Reads the quantised coefficients of JPEG files, for training."""

from __future__ import annotations

from pathlib import Path

from codec.density.density import Coefficients
from codec.density.jpeg.form import ComponentForm, JpegForm
from codec.errors import CodecError
from codec.media.jpeg.read import Layout, components_of, read_jpeg
from codec.media.limits import MAX_PIXELS
from codec.system.files import read_bytes


def read_coefficients(path: Path) -> tuple[JpegForm, Coefficients] | None:
    """The form and the coefficients of a file; None of one that cannot be taken apart, or has other than one or three components."""
    try:
        jpeg = read_jpeg(read_bytes(path), MAX_PIXELS)
    except CodecError:
        return None
    form = _form_of(jpeg.layout)
    if len(form.components) not in (1, 3):
        return None
    return form, components_of(jpeg.layout, jpeg.coefficients)


def _form_of(layout: Layout) -> JpegForm:
    found = []
    for number, one in enumerate(layout.frame.components):
        size = (one.whole_rows, one.whole_columns) if number in layout.interleaved else (one.rows, one.columns)
        found.append(ComponentForm(*size, one.horizontal, one.vertical, layout.steps[number]))
    return JpegForm(tuple(found))
