"""Says what a codec is to the benches: pixels to a file and back, and what it calls itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # of a picture [height, width, channels]; of an array of small images [n, height, width]


@dataclass(frozen=True)
class Peer:
    """A codec at one setting. settings: as its own users would write them; version: of the library that does the work.

    encode: pixels -> file; decode: file -> the same pixels. Both release the GIL.
    """

    name: str
    version: str
    settings: str
    encode: Callable[[Pixels], bytes]
    decode: Callable[[bytes], Pixels]

    def facts(self) -> dict[str, str]:
        """What a result says of it."""
        return {key: value for key, value in asdict(self).items() if isinstance(value, str)}


Make = Callable[[], Peer | None]  # gives a codec, or None where it is not installed
