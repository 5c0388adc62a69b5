"""Makes files of several frames or pages, and reads them as Pillow does."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from codec.media.form import Pixels
from helpers.pictures import PALETTE, saved

FORMATS = {"GIF": ".gif", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif"}
TIMED = {"duration": [30, 120, 70, 70], "loop": 3}
SETTINGS: dict[str, dict[str, object]] = {
    "GIF": {**TIMED, "disposal": [0, 2, 1, 2], "comment": b"a comment"},
    "PNG": {**TIMED, "disposal": [0, 2, 0, 0], "blend": [0, 1, 0, 1]},
    "WEBP": {**TIMED, "lossless": True, "exact": True},
    "TIFF": {"dpi": (72, 72), "compression": "tiff_lzw"},
}
TOLD = ("duration", "loop", "disposal", "blend", "transparency", "background", "comment", "dpi", "icc_profile", "default_image")


def moving(mode: str = "RGB", frames: int = 4, height: int = 24, width: int = 33) -> list[Image.Image]:
    """A square that moves over stripes; the third frame is the second one again."""
    y, x = np.mgrid[:height, :width]
    found = list[Image.Image]()
    for number in range(frames):
        place = 4 * (1 if number == 2 else number)
        square = (abs(x - 6 - place) < 4) & (abs(y - 8 - place // 2) < 5)
        levels = np.where(square, 9, (x // 5 + y // 7) % 3).astype(np.uint8)
        if mode == "P":
            image = Image.fromarray(levels)
            image.putpalette(PALETTE)
        else:
            colours = np.stack([levels * 25, 255 - levels * 20, levels * 11 + 40, np.where(levels == 1, 120, 255)], 2).astype(np.uint8)
            image = Image.fromarray(colours, "RGBA").convert(mode)
        found.append(image)
    return found


def frames_file(form: str, mode: str = "RGB", frames: int = 4, **settings: object) -> bytes:
    """A file of this format (a key of FORMATS), with times and the like."""
    images = moving(mode, frames)
    told = {**SETTINGS[form], **settings}
    told = {name: value[:frames] if isinstance(value, list) else value for name, value in told.items()}
    return saved(images[0], form, save_all=True, append_images=images[1:], **told)


def pages_file(pages: Sequence[Pixels], **settings: object) -> bytes:
    """A TIFF of these pages."""
    images = [Image.fromarray(page) for page in pages]
    return saved(images[0], "TIFF", save_all=True, append_images=images[1:], **settings)


def seen(data: bytes) -> list[tuple[object, ...]]:
    """What Pillow says of each frame of a file: mode, size, pixels, palette, and what it is told of it."""
    found = list[tuple[object, ...]]()
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            told = {name: image.info[name] for name in TOLD if name in image.info}
            disposal = getattr(image, "disposal_method", None)
            found.append((image.mode, image.size, image.tobytes(), image.getpalette(), disposal, told))
    return found
