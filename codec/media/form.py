"""What the samples of a picture are: its mode, bits and size, and the bounds on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from codec.system.records import record

if TYPE_CHECKING:  # `codec info` does not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

CHANNELS = {"1": 1, "L": 1, "LA": 2, "P": 1, "PA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3, "LAB": 3, "I;16": 1, "I": 1, "F": 1}
DEEP = {"LA;16": 2, "RGB;16": 3, "RGBA;16": 4}  # modes that Pillow does not have
CHANNELS |= DEEP
BITS = {"1": (1,), "L": (8, 2, 4), "P": (8, 1, 2, 4), "I;16": (16,), "I": (32,), "F": (32,)}  # of a sample; of other modes: 8
BITS |= dict.fromkeys(DEEP, (16,))
TYPES = {"I;16": "<u2", "I": "<i4", "F": "<f4", **dict.fromkeys(DEEP, "<u2")}  # of other modes: bytes

Pixels: TypeAlias = "NDArray[Any]"  # [height, width, channels], of the type of the mode
Chunks = tuple[tuple[bytes, bytes], ...]  # metadata: names and contents of a PNG's chunks (metadata.py)


@record(frozen=True)
class Form:
    """The form of a picture: a mode of Pillow's or one of DEEP, the bits of a sample as its file has them, and its size in pixels."""

    mode: str
    bits: int
    width: int
    height: int

    @property
    def channels(self) -> int:
        return CHANNELS[self.mode]

    @property
    def samples(self) -> int:
        """Pixels times channels."""
        return self.width * self.height * self.channels


def sample_type(mode: str) -> np.dtype[np.generic]:
    """The type of a sample in memory."""
    import numpy as np

    return np.dtype(TYPES.get(mode, "u1"))


def row_bytes(width: int, mode: str, bits: int) -> int:
    """Bytes of a row of samples, packed as PNG packs them."""
    return (width * CHANNELS[mode] * bits + 7) // 8


def most_bits(mode: str) -> int:
    """The most bits that a sample in this mode can have."""
    return BITS.get(mode, (8,))[0]
