"""Codes rows by the method of several that makes fewest bytes of them, and back by whichever it was."""

from __future__ import annotations

from collections.abc import Sequence

from codec.errors import BadFile, TooShort
from codec.media.form import Form, Pixels
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.raw import RAW


def encode_smallest(pixels: Pixels, form: Form, methods: Sequence[Method], setting: Setting) -> CodedRows:
    """The rows by the best of these methods; by LZMA if theirs are too few bytes to be believed; as they are if none makes fewer."""
    tried = [(method, _encoded(method, pixels, form, setting)) for method in methods if method.can_code(form)]
    fit = [coded for method, coded in tried if coded and method.is_plausible(memoryview(coded.data)[1:], form, len(pixels))]
    if tried and not fit:
        fit = [LZMA.encode(pixels, form, setting)]
    return min([*fit, RAW.encode(pixels, form, setting)], key=lambda coded: len(coded.data))


def decode_by_one_of(methods: Sequence[Method], data: memoryview, form: Form, rows: int) -> Pixels:
    """Rows that one of these methods coded, without a model of the file. Raises BadFile."""
    method = next((one for one in methods if len(data) and one.number == data[0]), None)
    if method is None or not method.is_plausible(data[1:], form, rows):
        raise BadFile(f"the file is damaged: {len(data)} bytes for {rows} rows")
    return method.decode(data[1:], form, rows, None)


def _encoded(method: Method, pixels: Pixels, form: Form, setting: Setting) -> CodedRows | None:
    """None for rows of which a method makes too few bytes to be believed."""
    try:
        return method.encode(pixels, form, setting)
    except TooShort:
        return None
