"""Finds the modules that declare kernels, and gives the digest of all sources on which their machine code depends."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_ROOMS = ("coding", "density", "lanes", "media", "methods")  # no other module declares a kernel
DECLARING = b"from codec.system.kernels import"
DIGEST_LETTERS = 20


@functools.cache
def sources_digest() -> str:
    """The digest of the sources of the rooms that have kernels."""
    hashed = hashlib.sha256()
    for name, text in _sources().items():
        hashed.update(name.encode() + b"\0" + text + b"\0")
    return hashed.hexdigest()[:DIGEST_LETTERS]


def declaring_modules() -> list[str]:
    """The names of the modules that declare kernels."""
    return [name for name, text in _sources().items() if DECLARING in text]


def _sources() -> dict[str, bytes]:
    """The modules of these rooms by name, and their texts."""
    paths = [path for room in KERNEL_ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    return {".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)): path.read_bytes() for path in paths}
