"""Finds the modules that declare kernels, and gives the digest of all sources on which their machine code depends."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL_ROOMS = ("coding", "density", "lanes", "media", "methods")  # no other module declares a kernel
DECLARING = b"from codec.system.kernels import"
IMPORT = re.compile(rb"^(?:from|import) (codec[\w.]*)", re.MULTILINE)
DIGEST_LETTERS = 20


@functools.cache
def sources_digest() -> str:
    """The digest of the modules that declare kernels, and of what these import."""
    hashed, wanted, texts = hashlib.sha256(), declaring_modules(), dict[str, bytes]()
    while wanted:
        if (name := wanted.pop()) not in texts:
            texts[name] = _text(name)
            wanted += [found.decode() for found in IMPORT.findall(texts[name])]
    for name in sorted(texts):
        hashed.update(name.encode() + b"\0" + texts[name] + b"\0")
    return hashed.hexdigest()[:DIGEST_LETTERS]


def declaring_modules() -> list[str]:
    """The names of the modules that declare kernels."""
    paths = [path for room in KERNEL_ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    return [".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)) for path in paths if DECLARING in path.read_bytes()]


def _text(name: str) -> bytes:
    """The source of a module of the package; b"" of a folder of modules."""
    path = PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
    return path.read_bytes() if path.exists() else b""
