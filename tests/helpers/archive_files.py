"""Folders of small files of many kinds, and archives of them."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from codec.archives.pack import Item, Packed, pack_items
from codec.kinds.requests import Settings
from codec.system.executor import completed

MODIFIED = 10**9


def picture(seed: int, height: int = 8, width: int = 12) -> bytes:
    """A PNG of few colours."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 3, (height, width), np.uint8) * 40).save(file, "PNG")
    return file.getvalue()


def photo(seed: int, height: int = 12, width: int = 20) -> bytes:
    """A PNG of colours that change slowly, with noise: archives code several as a chain."""
    rng, file = np.random.default_rng(seed), io.BytesIO()
    slow = np.cumsum(np.cumsum(rng.normal(0, 1, (height, width, 3)), 0), 1)
    Image.fromarray(np.clip(128 + 3 * slow + rng.normal(0, 4, slow.shape), 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def photos(count: int = 4) -> list[Item]:
    """Small photos of one form."""
    return [Item(f"photos/{number}.png", None, photo(number), MODIFIED + number) for number in range(count)]


def array(seed: int) -> bytes:
    """A .npy file."""
    file = io.BytesIO()
    np.save(file, np.random.default_rng(seed).integers(0, 9, (5, 3), np.int64))
    return file.getvalue()


def items(count: int = 9) -> list[Item]:
    """Pictures of one form, the first of them again under a name of many letters; an array and a text."""
    found = [Item(f"{number}.png", None, picture(number), MODIFIED + number) for number in range(count)]
    found.append(Item("Bücher/日本.png", None, picture(0), MODIFIED))
    return [*found, Item("a/b/x.npy", None, array(1)), Item("notes.txt", None, b"some text", 5)]


def packed(path: Path, given: list[Item], update: bool = False, resume: bool = False) -> Packed:
    """Pack items in this process."""
    return pack_items(given, path, Settings(threads=1), partial(completed, threads=1), update, resume)


def pixels_of(data: bytes) -> tuple[str, bytes]:
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.tobytes()


def same_content(name: str, found: bytes, given: bytes) -> bool:
    """Whether a file of an archive is the one that was packed: pictures by their pixels."""
    return pixels_of(found) == pixels_of(given) if name.endswith(".png") else found == given
