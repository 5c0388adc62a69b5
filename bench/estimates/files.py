"""Makes the files that are measured: each is decoded and compared, and its parts are added up, before it counts."""

from __future__ import annotations

import numpy as np

from bench.data.pictures import NamedPicture
from bench.errors import RoundTripFailed
from bench.measure.peer import Pixels
from codec.container.container import read_container
from codec.density.named_model import NamedModel
from codec.kinds import table
from codec.kinds.array.stream import ArrayInfo, write_array
from codec.kinds.picture.info import PictureBits
from codec.kinds.picture.write import Plan, Written, write_picture_file
from codec.kinds.requests import Restoring
from codec.media.picture import Picture
from codec.methods.method import Setting
from codec.methods.photo import PHOTO

PARTS = ("prior", "posterior", "likelihood", "funding", "coder", "stored", "header")  # what the bits of a picture's file are for
ROUNDING = 0.1 * len(PARTS)  # bits: each part is told with one digit behind the point


def picture_file(named: NamedPicture, model: NamedModel, particles: int, places: bool = False) -> Written:
    """The file of a picture by a model alone, checked. places: whether it is wanted where its bits went. Raises RoundTripFailed."""
    written = write_picture_file(named.picture, Plan((PHOTO,), setting=Setting(model.planes, particles, places=places)))
    check_picture(named, model, written)
    return written


def check_picture(named: NamedPicture, model: NamedModel, written: Written) -> None:
    """Raise RoundTripFailed if a file does not decode to its picture, names another model, or has not the size of its parts."""
    _check_model(named.name, model, written.data)
    found = table.open_file(written.data).restore(Restoring(model=model))
    same = isinstance(found, Picture) and found.mode == named.picture.mode and np.array_equal(found.pixels, named.picture.pixels)
    if not same:
        raise RoundTripFailed(f"{named.name}: the file does not decode to the picture that it was made from")
    bits = bits_by_part(written.bits)
    total = sum(bits.values()) - 2 * bits["posterior"]
    if abs(total - 8 * len(written.data)) > ROUNDING or written.info.total_bits != 8 * len(written.data):
        raise RoundTripFailed(f"{named.name}: its parts are {total:.1f} bits, its file is {8 * len(written.data)}")


def array_file(name: str, images: Pixels, model: NamedModel, particles: int) -> tuple[bytes, ArrayInfo]:
    """The file of an array of images, checked. Raises RoundTripFailed."""
    data, info = write_array(images, model.images, particles)
    check_array(name, images, model, data, info)
    return data, info


def check_array(name: str, images: Pixels, model: NamedModel, data: bytes, info: ArrayInfo) -> None:
    """Raise RoundTripFailed if a file does not decode to its array, names another model, or has not the size of its parts."""
    _check_model(name, model, data)
    found = table.open_file(data).restore(Restoring(model=model, limited=False))
    if not isinstance(found, np.ndarray) or not np.array_equal(found, images):
        raise RoundTripFailed(f"{name}: the file does not decode to the array that it was made from")
    if info.total_bits != 8 * len(data) or info.net_bits + info.initial_bits + info.header_bits != info.total_bits:
        raise RoundTripFailed(f"{name}: its parts are not its {8 * len(data)} bits")


def bits_by_part(bits: PictureBits) -> dict[str, float]:
    """Bits of a picture's file by PARTS; the posterior's part is given back."""
    return {name: float(getattr(bits, f"{name}_bits")) for name in PARTS}


def _check_model(name: str, model: NamedModel, data: bytes) -> None:
    """A file that needed no model names none."""
    told = read_container(data).model
    if any(told) and told != model.name:
        raise RoundTripFailed(f"{name}: the file names the model {told.hex()}, not {model.name.hex()}")
