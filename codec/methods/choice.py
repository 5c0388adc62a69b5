"""Which methods are worth trying on a picture or a stripe: statistics tell most of them apart before anything is coded.

What was measured (share of pixels that equal their left or upper neighbour): Kodak's photos 0.05 to 0.31, a photo in 16 colours 0.71,
screenshots 0.75 to 0.90, plots 0.64 to 0.97, but also a photo of six levels in each channel, which the model codes in 0.7 of WebP's bytes
as it leaves out levels that do not occur. In between, each stripe is coded by the model and by WebP, and all rows as one stripe by WebP
and LZMA; the smallest counts. LZMA beat WebP by 5 to 12 % on palettes, gray screenshots and color maps, and lost by up to half elsewhere;
on more than 2^22 samples it is too slow.
"""

from __future__ import annotations

import numpy as np

from codec.kinds.picture.header import LZMA, PHOTO, WEBP, PictureHeader
from codec.media.picture import Picture, Pixels, Rows
from codec.methods.method import model_channels
from codec.methods.webp import MAX_SIDE

METHODS = {"auto": (PHOTO, WEBP, LZMA), "photo": (PHOTO,), "graphics": (WEBP, LZMA), "planes": (LZMA,)}
SMALL = 1 << 14  # pixels of a picture on which everything is tried
SINGLE = 1 << 22  # most pixels of a single stripe
SLOW = 1 << 22  # most samples for LZMA where WebP does
PHOTO_BELOW, GRAPHICS_ABOVE, FLAT_ABOVE = 0.35, 0.6, 0.9  # shares of repeated pixels
FEW, FEW_LEVELS = 256, 16  # colours, levels of a channel
STEP = 16  # rows out of which two are looked at


def usable(header: PictureHeader, method: str) -> tuple[int, ...]:
    """The methods that can code a picture, of those that the user allows."""
    webp = header.bits <= 8 and header.width <= MAX_SIDE
    photo = header.bits == 8 and model_channels(header.mode) is not None
    return tuple(one for one in METHODS[method] if (one != PHOTO or photo) and (one != WEBP or webp))


def may_be_single(header: PictureHeader) -> bool:
    return header.width * header.height <= SINGLE and header.height <= MAX_SIDE


def worth_trying(pixels: Pixels, header: PictureHeader, methods: tuple[int, ...]) -> tuple[int, ...]:
    """The methods that may be the best for rows of a picture."""
    if len(methods) < 2:
        return methods
    if pixels.shape[0] * pixels.shape[1] > SMALL:
        share = repeated(pixels)
        if PHOTO in methods and share < PHOTO_BELOW:
            return (PHOTO,)
        graphics = pixels.shape[2] >= 3 and share > GRAPHICS_ABOVE and colours(pixels) <= FEW
        if graphics and not (share < FLAT_ABOVE and levels(pixels) <= FEW_LEVELS):
            methods = tuple(method for method in methods if method != PHOTO)
    if WEBP in methods and (PHOTO in methods or pixels.size > SLOW):
        methods = tuple(method for method in methods if method != LZMA)
    return methods


def plans(picture: Rows, header: PictureHeader, methods: tuple[int, ...]) -> list[tuple[tuple[int, ...], bool]]:
    """What to try on a picture: methods, and whether all rows are a single stripe, which graphics are best coded as."""
    graphics = tuple(method for method in methods if method != PHOTO)
    if not graphics or not may_be_single(header):
        return [(methods, False)]
    if graphics == methods:
        return [(graphics, True)]
    pixels = picture.pixels if isinstance(picture, Picture) else next(iter(picture.bands([slice(0, picture.height)])))
    worth = worth_trying(pixels, header, methods)
    if PHOTO not in worth:
        return [(worth, True)]
    return [(worth, False)] if worth == (PHOTO,) else [(worth, False), (graphics, True)]


def repeated(pixels: Pixels) -> float:
    """The share of pixels that equal their left or upper neighbour, in some of the rows."""
    rows = np.arange(1, len(pixels), STEP) if len(pixels) > 4 * STEP else np.arange(1, len(pixels))
    if not len(rows) or pixels.shape[1] < 2:
        return 0.0
    here, above = pixels[rows], pixels[rows - 1]
    same = (here[:, 1:] == here[:, :-1]).all(2) | (here[:, 1:] == above[:, 1:]).all(2)
    return float(same.mean())


def colours(pixels: Pixels) -> int:
    """How many colours there are in some of the pixels."""
    some = pixels[::4, ::4].astype(np.uint64)
    keys = sum((some[:, :, channel] << np.uint64(8 * channel) for channel in range(some.shape[2])), np.zeros((), np.uint64))
    return len(np.unique(keys))


def levels(pixels: Pixels) -> int:
    """How many levels the channel of most levels has in some of the pixels."""
    return max(len(np.unique(pixels[::4, ::4, channel])) for channel in range(pixels.shape[2]))
