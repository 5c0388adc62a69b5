"""Lossless image compression with a density model that can be inspected, and bits-back ANS coding.

    data = codec.compress(Image.open("photo.png"))
    image = codec.decompress(data)

compress     a picture or an array of images to the bytes of a compressed file
decompress   back to the image, or the array
info         what a compressed file is
density      what a model says that something costs: estimates of -log2 p(x)
load_model   a model, by its title or from its file
encode       an array to bytes, whatever its axes mean
decode       back to the array, or to the samples of a picture
write_archive   many files in one
open_archive    any of them, without the rest
thumbnail       a small image of a picture

CodecError      every error is one; codec.errors has a class for each cause, such as
BadInput        what cannot be coded
BadFile         a compressed file that is damaged, or none
BadModel        a model that cannot be used
UnknownModel    a model that is not there, or not the one that a file needs
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from codec import density as _room
from codec.errors import BadFile, BadInput, BadModel, CodecError, UnknownModel

if TYPE_CHECKING:
    from typing import Unpack  # of Python 3.11: only types are checked with it

    from codec.api import (
        DensitySettings,
        ModelLike,
        Something,
        compress,
        decode,
        decompress,
        density,
        encode,
        info,
        load_model,
        open_archive,
        thumbnail,
        write_archive,
    )
    from codec.kinds.kind import Estimates

__version__ = "0.1.0"
__all__ = [
    "BadFile", "BadInput", "BadModel", "CodecError", "UnknownModel", "compress", "decode", "decompress", "density", "encode", "info",
    "load_model", "open_archive", "thumbnail", "write_archive",
]  # fmt: skip


class _CallableRoom(ModuleType):
    """The room of densities, which has the name of a public function: the import system puts it in the function's place."""

    def __call__(self, image: Something, model: ModelLike | None = None, **settings: Unpack[DensitySettings]) -> Estimates:
        from codec import api

        return api.density(image, model, **settings)


_room.__class__ = _CallableRoom


def __getattr__(name: str) -> object:
    """Load the library when something of it is used for the first time."""
    if name not in __all__:
        raise AttributeError(f"module 'codec' has no attribute {name!r}")
    from codec import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
