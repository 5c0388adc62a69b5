"""What the pixels of a stripe are checked against."""

from __future__ import annotations

import zlib

from codec.media.form import Pixels
from codec.system.records import record


@record(frozen=True)
class Checksum:
    """What the pixels of a stripe are checked against: their CRC or, of a single stripe, the digest that its prefix begins."""

    crc: int | None = None
    prefix: bytes = b""
    digest: bytes = b""

    def fits(self, pixels: Pixels) -> bool:
        if self.crc is not None:
            return zlib.crc32(pixels.data) == self.crc
        from hashlib import sha256  # what only tells what a file is does without

        found = sha256(self.prefix)
        found.update(pixels.data)
        return found.digest()[: len(self.digest)] == self.digest
