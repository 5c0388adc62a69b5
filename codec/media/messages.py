"""Catches what libtiff prints on standard error while it decodes, which does not say what file it is about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from codec.errors import BadInput
from codec.media.limits import MAX_PIXELS
from codec.media.read import SourceFile, open_picture

STANDARD_ERROR = 2
TIFF = (b"II", b"MM")  # how its files begin
MOST = 1 << 12  # bytes that are looked at
MESSAGE = re.compile(r"^(\w\S*: [ -~]+?)\.?$", re.MULTILINE)  # who says it, and what


@contextmanager
def caught() -> Iterator[list[str]]:
    """Inside, what this process prints on standard error is caught, also what other threads print: for processes of our own only.

    Afterwards the messages of libtiff are in the list."""
    import tempfile  # which takes a moment to load

    found = list[str]()
    try:
        kept = os.dup(STANDARD_ERROR)
    except OSError:  # there is none
        yield found
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), STANDARD_ERROR)
        try:
            yield found
        finally:
            os.dup2(kept, STANDARD_ERROR)
            os.close(kept)
            file.seek(0)
            found += MESSAGE.findall(file.read(MOST).decode("ascii", "replace"))


def open_quietly(data: bytes, ending: str = "", max_pixels: int = MAX_PIXELS, needed: bool = True) -> SourceFile:
    """As read.open_picture, but what libtiff prints becomes part of the error, or the reason to keep a file that it reads all the same."""
    if not data.startswith(TIFF):
        return open_picture(data, ending, max_pixels, needed)
    try:
        with caught() as messages:
            found = open_picture(data, ending, max_pixels, needed)
    except BadInput as error:
        raise BadInput(f"{error} ({messages[0]})" if messages else str(error)) from error
    return replace(found, keep=found.keep or f"it is damaged ({messages[0]})") if messages else found
