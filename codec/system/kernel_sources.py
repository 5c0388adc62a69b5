"""Finds the modules that declare kernels, and gives the digest of all sources on which their machine code depends."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_ROOMS = ("coding", "lanes", "density")
DECLARING = b"from codec.system.kernels import"  # in files elsewhere that declare kernels
DIGEST_LETTERS = 20


@functools.cache
def sources_digest() -> str:
    """The digest of the sources of the rooms that have kernels, and of the files elsewhere that declare some."""
    hashed = hashlib.sha256()
    for path, text in _sources():
        hashed.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + text + b"\0")
    return hashed.hexdigest()[:DIGEST_LETTERS]


def declaring_modules() -> list[str]:
    """The names of the modules that declare kernels."""
    return [".".join(("codec", *path.relative_to(PACKAGE).with_suffix("").parts)) for path, text in _sources() if DECLARING in text]


def _sources() -> list[tuple[Path, bytes]]:
    found = [(path, path.read_bytes()) for path in sorted(PACKAGE.rglob("*.py"))]
    return [(path, text) for path, text in found if path.relative_to(PACKAGE).parts[0] in KERNEL_ROOMS or DECLARING in text]
