"""Chooses the methods that are worth trying on a picture or a stripe: statistics tell most apart, of the others the smallest counts.

What was measured (share of pixels that equal their left or upper neighbour): Kodak's photos 0.05 to 0.31, a photo in 16 colours 0.71,
screenshots 0.75 to 0.90, plots 0.64 to 0.97, but also a photo of six levels in each channel, which the model codes in 0.7 of WebP's bytes
as it leaves out levels that do not occur. In between, each stripe is coded by the model and by WebP, and all rows as one stripe by WebP
and LZMA; the smallest counts. LZMA beat WebP by 5 to 12 % on palettes, gray screenshots and color maps, and lost by up to half elsewhere;
on more than 2^22 samples it is too slow.
"""

from __future__ import annotations

from codec.density.density import PlanesDensity
from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.media.picture import RowSource, form_of, whole
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.smallest import encode_smallest
from codec.methods.statistics import colours, levels, repeated
from codec.methods.webp import MAX_SIDE, WEBP

METHODS: tuple[Method, ...] = (PHOTO, WEBP, LZMA, RAW)
AUTO, STORED = "auto", "stored"  # what else a user may ask for: any method, or the file as it is
SMALL = 1 << 14  # pixels of a picture on which everything is tried
SINGLE = 1 << 22  # most pixels of a single stripe
SLOW = 1 << 22  # most samples for a slow method where a quick one codes them
PHOTO_BELOW, GRAPHICS_ABOVE, FLAT_ABOVE = 0.35, 0.6, 0.9  # shares of repeated pixels
FEW, FEW_LEVELS = 256, 16  # colours, levels of a channel


def names() -> tuple[str, ...]:
    """What a user may ask for."""
    return (AUTO, *dict.fromkeys(name for method in METHODS for name in method.asked_by), STORED)


def method_name(number: int) -> str:
    """The name of the method that has this number."""
    return next(method.name for method in METHODS if method.number == number)


def usable(form: Form, name: str) -> tuple[Method, ...]:
    """The methods that can code a picture, of those that the user asks for."""
    return tuple(method for method in METHODS if method.asked_by and name in (AUTO, *method.asked_by) and method.can_code(form))


def plans(picture: RowSource, methods: tuple[Method, ...]) -> list[tuple[tuple[Method, ...], bool]]:
    """What to try on a picture: methods, and whether all rows are a single stripe, which graphics are best coded as."""
    form = form_of(picture)
    graphics = tuple(method for method in methods if method.single)
    if not graphics or form.width * form.height > SINGLE or form.height > MAX_SIDE:
        return [(methods, False)]
    if graphics == methods:
        return [(graphics, True)]
    worth = worth_trying(whole(picture).pixels, methods)
    if all(method.single for method in worth):
        return [(worth, True)]
    return [(worth, False)] if all(method.noisy for method in worth) else [(worth, False), (graphics, True)]


def worth_trying(pixels: Pixels, methods: tuple[Method, ...]) -> tuple[Method, ...]:
    """The methods that may be the best for rows of a picture."""
    if len(methods) < 2:
        return methods
    noisy = tuple(method for method in methods if method.noisy)
    if pixels.shape[0] * pixels.shape[1] > SMALL:
        share = repeated(pixels)
        if noisy and share < PHOTO_BELOW:
            return noisy
        graphics = pixels.shape[2] >= 3 and share > GRAPHICS_ABOVE and colours(pixels) <= FEW
        if graphics and not (share < FLAT_ABOVE and levels(pixels) <= FEW_LEVELS):
            methods = tuple(method for method in methods if not method.noisy)
    quick = any(not method.slow and not method.noisy for method in methods)
    if quick and (any(method.noisy for method in methods) or pixels.size > SLOW):
        methods = tuple(method for method in methods if not method.slow)
    return methods


def encode_rows(pixels: Pixels, form: Form, methods: tuple[Method, ...], setting: Setting) -> CodedRows:
    """The rows of a picture by the best of the methods that are worth trying."""
    return encode_smallest(pixels, form, worth_trying(pixels, methods), setting)


def method_of(data: memoryview, form: Form, rows: int, single: bool) -> Method:
    """The method of a stripe, if it can hold so many rows of a picture of this form; single: all of them, because the file says so.

    Asked before anything is allocated for the rows. Raises BadFile."""
    for method in METHODS:
        if len(data) and method.number == data[0] and (method.single or not single) and method.is_plausible(data[1:], form, rows):
            return method
    raise BadFile(f"the file is damaged: {len(data)} bytes for {rows} rows")


def decode_rows(data: memoryview, form: Form, rows: int, density: PlanesDensity | None, single: bool = False) -> Pixels:
    """The pixels of so many rows. Raises BadFile."""
    return method_of(data, form, rows, single).decode(data[1:], form, rows, density)
