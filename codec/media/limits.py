"""How large a picture may be."""

from __future__ import annotations

from codec.errors import BadInput

MAX_PIXELS = 1 << 28  # of a picture, unless the user says otherwise
WAY_OUT = "allow more with --max-pixels, or cut the picture into parts"


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise BadInput for more pixels than somebody is ready to have in memory."""
    if width * height > most:
        raise BadInput(f"{width}x{height} are more than {most} pixels: {WAY_OUT}")
