"""Rows that are small photos of one size, one below the other, as a chain of pictures by a density of planes.

Archives stack small pictures so. A payload: the number of pictures; from which side each is coded (traces/mirror.py), four to a byte, the
first in the low bits; the payload of the density. No trace is looked for: pictures that have one are smaller alone.

A chain is coded by a larger model than other photos (density/efforts.py): its pictures are few pixels, and share what starting takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codec.container.numbers import LENGTH_BYTES, read_length, write_length
from codec.errors import BadFile, BadInput
from codec.media.form import Form, Pixels
from codec.methods.method import CodedRows, Setting
from codec.methods.photo import PHOTO, PHOTO_PLANES
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlanesDensity

MODES = ("RGB", "L")


@record(frozen=True)
class Chained:
    """The method "chain"."""

    number: int = 7
    name: str = "chain"
    asked_by: tuple[str, ...] = ()
    single: bool = True
    noisy: bool = True
    slow: bool = False

    def can_code(self, form: Form) -> bool:
        return form.bits == 8 and form.mode in MODES

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return self.can_code(form) and PHOTO.is_plausible(payload, form, rows)

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return PHOTO.price(pixels, form, setting)

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        import numpy as np

        from codec.density.density import Options, PlanesForm
        from codec.density.photo.colour import to_planes
        from codec.methods.traces.mirror import mirrored

        density, count = setting.density, setting.chain
        if density is None or density.channels != PHOTO_PLANES[form.mode] or not count or len(pixels) % count:
            raise BadInput(f"{len(pixels)} rows are no chain of {count} pictures")
        pictures = [to_planes(piece) for piece in np.split(pixels, count)]
        sides = [density.best_side(planes) for planes in pictures]
        planes = np.concatenate([mirrored(one, side) for one, side in zip(pictures, sides, strict=True)], axis=1)
        planes_form = PlanesForm(len(pixels), form.width, chain=count)
        found = density.encode(planes_form, slice(0, len(pixels)), planes, Options())
        start = bytes([self.number]) + write_length(count) + _write_sides(sides)
        return CodedRows(start + found.payload, len(found.payload), found.bits)

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        import numpy as np

        from codec.density.density import PlanesForm
        from codec.density.photo.colour import from_planes
        from codec.methods.traces.mirror import mirrored

        count, position = read_length(bytes(payload[:LENGTH_BYTES]), 0)
        end = position + (count + 3) // 4
        if density is None or density.channels != PHOTO_PLANES[form.mode] or not count or rows % count or end > len(payload):
            raise BadFile(f"the file is damaged: {rows} rows are no chain of {count} pictures")
        planes_form = PlanesForm(rows, form.width, chain=count)
        planes = density.decode(planes_form, slice(0, rows), bytes(payload[end:]))
        sides = _read_sides(bytes(payload[position:end]), count)
        pictures = [mirrored(one, side) for one, side in zip(np.split(planes, count, axis=1), sides, strict=True)]
        return from_planes(np.concatenate(pictures, axis=1))


CHAIN = Chained()


def _write_sides(sides: list[int]) -> bytes:
    return sum(side << 2 * i for i, side in enumerate(sides)).to_bytes((len(sides) + 3) // 4, "little")


def _read_sides(data: bytes, count: int) -> list[int]:
    """Raises BadFile for what says more than so many sides."""
    number = int.from_bytes(data, "little")
    if number >> 2 * count:
        raise BadFile("the file is damaged: sides of pictures that are not there")
    return [number >> 2 * i & 3 for i in range(count)]
