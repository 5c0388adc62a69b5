"""Chooses the methods that are worth trying on a stripe: statistics tell most photos, some rows priced by each method tell the rest.

Where less than a quarter of the pixels equal their left or upper neighbour, there is a photo (most of Kodak have less), and its method is
taken; where nearly all do, there is none. Elsewhere every method says what some of the rows take (Method.price). If that of photos says
least, or nearly so, it is taken, since it takes no longer to encode than to decode; else all methods for graphics that say nearly as little
as the least are tried. The rows are a thirty-second of all, where something happens; of what is likely a drawing a sixteenth, as drawings
repeat themselves from afar. Smooth photos have 0.35 to 0.65 repeated pixels: WebP would take 1.2 to 1.6 times what the model takes, and
says 1.2 to 1.7; where it says more than 1.2, the density of graphics, which takes longest to say, is not asked: of 40 such photos and 92
drawings it had one each for less, 3 and 6 %.

Rows that are a photo in some columns and a drawing in others are priced as panes (panes.py), too, and taken as a photo is; if these or a
photo cost less than WebP, nothing else is asked. Of 13 such stripes one was smaller as a drawing, by 4 %.

The density of graphics takes 0.55 to 0.8 of WebP's bytes on screenshots, comics and maps. LZMA beat WebP by 5 to 12 % on palettes, gray
screenshots and color maps, took half of it on gradients, and lost by up to half elsewhere; on more than 2^22 samples it is too slow.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.chain import CHAIN
from codec.methods.deep import DEEP
from codec.methods.drawing import DRAWING
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.panes import DRAWING_ABOVE, PANES, PHOTO_BELOW, may_have_panes
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.smallest import encode_smallest
from codec.methods.split import SPLIT
from codec.methods.webp import MAX_SIDE, WEBP
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlanesDensity
    from codec.media.picture import RowSource

METHODS: tuple[Method, ...] = (PHOTO, DEEP, SPLIT, DRAWING, WEBP, LZMA, RAW, PANES, CHAIN)
AUTO, STORED = "auto", "stored"  # what else a user may ask for: any method, or the file as it is
TINY, SMALL = 1 << 10, 1 << 14  # pixels on which everything is tried; on which it is, unless statistics tell enough
SINGLE = 1 << 22  # most pixels of a single stripe
SLOW = 1 << 22  # most samples for a slow method where a quick one codes them
LIKELY, LIKELY_ABOVE = 1.6, 0.5  # deflated bytes, as a multiple of a photo's, and share of repeated pixels, of what LZMA may make less of
FLAT_ABOVE = 0.99  # share of repeated pixels
FEW_LEVELS = 192  # most levels of noise that is worth an attempt of LZMA: of more, it would save a twentieth
SHARE, LARGER_SHARE, LEAST = 1 / 32, 1 / 16, 1 << 12  # of the rows by which methods are priced, and pixels in them: enough for traces
CLOSE = 1.25  # price of a method for graphics, as a multiple of the lowest, up to which it is tried, and panes are thought of
SURE = 1.2  # price of WebP, as a multiple of a photo's, above which nothing else is asked of what is no likely drawing
NEAR = 1.03  # price of a photo, as a multiple of the lowest, up to which nothing else is tried


def names() -> tuple[str, ...]:
    """What a user may ask for."""
    return (AUTO, *dict.fromkeys(name for method in METHODS for name in method.asked_by), STORED)


def method_name(number: int) -> str:
    """The name of the method that has this number."""
    return next(method.name for method in METHODS if method.number == number)


def usable(form: Form, name: str) -> tuple[Method, ...]:
    """The methods that can code a picture, of those that the user asks for."""
    return tuple(method for method in METHODS if method.asked_by and name in (AUTO, *method.asked_by) and method.can_code(form))


@record(frozen=True)
class Way:
    """A way to code a picture. worth: for each stripe, the methods that are worth trying; single: there is one stripe, of all rows; high:
    they are the higher ones."""

    worth: tuple[tuple[Method, ...], ...]
    single: bool = False
    high: bool = False


def ways(
    picture: RowSource, parts: Sequence[slice], higher: Sequence[slice], methods: tuple[Method, ...], setting: Setting
) -> tuple[Way, ...]:  # fmt: skip
    """The ways that are worth trying on a picture whose stripes are `parts`, or `higher` ones: these if all parts are a photo; if not, the
    parts; of a drawing a single one, or both ways if what codes drawings best cannot, and at the best effort if some stripes are a photo.

    Stripes of large pictures are judged when they are coded: all methods are given for them."""
    from codec.media.picture import form_of, whole

    form, graphics = form_of(picture), tuple(method for method in methods if method.single)
    if not graphics or form.width * form.height > SINGLE or form.height > MAX_SIDE:
        return (Way((methods,) * len(higher), high=True),)
    if graphics == methods or len(parts) == 1:
        return (Way((methods,), graphics == methods),)
    pixels = whole(picture).pixels
    found = Way(tuple(worth_trying(pixels[part], form, methods, setting) for part in parts))
    first, *others = dict.fromkeys(found.worth)
    if not others and len(first) == 1 and first[0].noisy:
        return (Way((first,) * len(higher), high=True),)
    tried = [method for worth in found.worth for method in worth]
    has_photo = any(method.noisy for method in tried)
    if not any(method.single for method in tried) or (has_photo and not setting.slow):
        return (found,)
    is_drawing = DRAWING in graphics and PANES not in tried and not has_photo
    return (Way((graphics,), True),) if is_drawing else (found, Way((graphics,), True))


def worth_trying(pixels: Pixels, form: Form, methods: tuple[Method, ...], setting: Setting) -> tuple[Method, ...]:
    """The methods that may be the best for rows of a picture."""
    from codec.methods.statistics import busy_rows, repeated

    if pixels.size > SLOW and any(not method.slow and not method.noisy for method in methods):
        methods = tuple(method for method in methods if not method.slow)
    count = pixels.shape[0] * pixels.shape[1]
    if len(methods) == 1 or count <= TINY:
        return methods
    noisy, others = (tuple(method for method in methods if method.noisy is wanted) for wanted in (True, False))
    share = repeated(pixels)
    flat = tuple(one for one in others if DRAWING not in others or one not in (WEBP, LZMA))
    if sure := noisy if share < PHOTO_BELOW else flat if share > FLAT_ABOVE else ():
        return sure
    if count <= SMALL:
        return methods
    is_quick, has_panes = share < DRAWING_ABOVE and not setting.slow, may_have_panes(pixels, form, methods)
    some = busy_rows(pixels, SHARE if is_quick else LARGER_SHARE, LEAST)
    part = replace(form, height=len(some))
    prices = {method: method.price(some, part, setting) for method in (*noisy, *((PANES,) if has_panes else ()))}
    if prices and is_quick and WEBP in others:
        best, prices[WEBP] = min(prices, key=lambda one: prices[one]), WEBP.price(some, part, setting)
        if prices[WEBP] > (1.0 if has_panes else SURE) * prices[best]:
            return (best,)
    if has_panes and not setting.slow and prices[PANES] < min(prices[method] for method in noisy):  # panes that are a photo are no drawing
        others = tuple(method for method in others if method is not DRAWING)
    prices |= {method: method.price(some, part, setting) for method in others if method not in prices}
    lowest = min(prices.values())
    close = tuple(method for method in others if prices[method] <= CLOSE * lowest)
    near = NEAR if is_quick else 1.0
    for method in sorted(prices, key=lambda one: prices[one]):
        if (method.noisy or method is PANES) and prices[method] <= near * lowest:
            return (method,)
    return (*close, PANES) if prices.get(PANES, math.inf) <= CLOSE * lowest else close


def encode_rows(pixels: Pixels, form: Form, methods: tuple[Method, ...], setting: Setting) -> CodedRows:
    """The rows of a picture by the best of the methods that are worth trying; of what was sure to be a photo, by LZMA if some rows say that
    it is shorter: noise in few levels is no photo, and has no repeated pixels; or if patterns of more than 8 bits deflate well."""
    from codec.methods.statistics import busy_rows, level_count

    worth, count = worth_trying(pixels, form, methods, setting), pixels.shape[0] * pixels.shape[1]
    coded = encode_smallest(pixels, form, worth, setting)
    if LZMA not in methods or any(not method.noisy for method in worth) or pixels.size > SLOW:
        return coded
    is_shorter = form.bits > 8 and _is_repeated(pixels, len(coded.data))
    if not is_shorter and level_count(pixels) <= FEW_LEVELS:
        some = pixels if count <= SMALL else busy_rows(pixels, SHARE, LEAST)
        is_shorter = LZMA.price(some, replace(form, height=len(some)), setting) * len(pixels) / len(some) < len(coded.data)
    return min(coded, LZMA.encode(pixels, form, setting), key=lambda one: len(one.data)) if is_shorter else coded


def _is_repeated(pixels: Pixels, size: int) -> bool:
    """Whether rows of more than 8 bits, which a photo's method makes so many bytes of, are rather a drawing or a pattern, which some rows
    do not tell: screenshots took 1.7 times LZMA's bytes, tiles of noise 40 times."""
    from codec.methods.statistics import repeated

    deflated = len(zlib.compress(pixels.data, 1))
    return deflated < size or (deflated < LIKELY * size and repeated(pixels) > LIKELY_ABOVE)


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
