"""Lossless image compression with a density model that can be inspected, and bits-back ANS coding.

data = codec.compress(Image.open("photo.png"))
image = codec.decompress(data)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codec.errors import CodecError

if TYPE_CHECKING:
    from codec.api import compress, decompress, density, info, load_model

__version__ = "0.1.0"
__all__ = ["CodecError", "compress", "decompress", "density", "info", "load_model"]


def __getattr__(name: str) -> Any:
    """Load the library when something of it is used for the first time."""
    if name not in __all__:
        raise AttributeError(f"module 'codec' has no attribute {name!r}")
    from codec import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
