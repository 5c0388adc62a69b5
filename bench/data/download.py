"""Fetches one file by HTTP so that it is whole or not there: resumed, checked by size and SHA-256, renamed at the end."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from bench.errors import BenchError, DownloadFailed, WrongDigest

BLOCK = 1 << 18
TRIES = 3  # connections to one address while each still brings new bytes
TIMEOUT = 30.0


@dataclass(frozen=True)
class Source:
    """A published file: the name to keep it under, its size in bytes, its SHA-256 in hex, and the addresses to try in this order."""

    name: str
    size: int
    sha256: str
    addresses: tuple[str, ...]


def download(source: Source, folder: Path) -> Path:
    """folder/NAME with the published content: as it lies there, or fetched from the first address that serves it.

    DownloadFailed where no address answers with the whole file (what came stays in NAME.part and is continued by the next call),
    WrongDigest where the last address that did served something else. Progress is shown when standard error is a terminal.
    """
    path = folder / source.name
    if digest_matches(path, source):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{source.name}.part"
    reasons: list[BenchError] = []
    for address in source.addresses:
        try:
            transfer(source, address, part)
        except BenchError as error:
            reasons.append(error)
            continue
        os.replace(part, path)
        return path
    way_out = f"check the network and run again, or put the file into {folder} by hand"
    raise type(reasons[-1])(f"{source.name} was not fetched: {'; '.join(map(str, reasons))}: {way_out}")


def digest_matches(path: Path, source: Source) -> bool:
    """Is there a file at path with the published size and digest?"""
    if not path.is_file() or path.stat().st_size != source.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest() == source.sha256


def transfer(source: Source, address: str, part: Path) -> None:
    """Bring part to the published content from one address, continuing what it holds; remove it when its content is wrong."""
    inherited = part.exists()
    size, tries = held(part), 0
    while size < source.size:
        before, tries = size, tries + 1
        reason = receive(source, address, part, before)
        size = held(part)
        if size < source.size and (size <= before or tries >= TRIES):
            raise DownloadFailed(f"{address}: {reason or f'the transfer ended after {size:,} of {source.size:,} bytes'}")
    if digest_matches(part, source):
        return
    part.unlink()
    if inherited:
        return transfer(source, address, part)
    raise WrongDigest(f"{address}: the content is not the published one (SHA-256 {source.sha256[:12]}...)")


def held(part: Path) -> int:
    """Bytes that an earlier transfer left."""
    return part.stat().st_size if part.exists() else 0


def receive(source: Source, address: str, part: Path, start: int) -> str:
    """Append what one connection brings, from byte `start` if the server can; return why it ended early, or ""."""
    headers = {"User-Agent": "codec-bench"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=TIMEOUT) as response:
            resumed = response.status == HTTPStatus.PARTIAL_CONTENT
            if resumed and not str(response.headers.get("Content-Range", "")).startswith(f"bytes {start}-"):
                return "the server sent another range than asked for"
            coming = response.headers.get("Content-Length", "")
            if coming.isdigit() and int(coming) != (rest := source.size - start * resumed):
                return f"the server offers {int(coming):,} bytes where the published file has {rest:,}"
            with part.open("ab" if resumed else "wb") as file:
                copy(response, file, source, start if resumed else 0)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
            return f"the server answered {error.code} {error.reason}"
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", None) or error) or type(error).__name__
    return ""


def copy(response: BinaryIO, file: BinaryIO, source: Source, done: int) -> None:
    """Copy from response to file until it ends, or until one byte more than the published size has come (so that the digest fails)."""
    began, first = time.monotonic(), done
    try:
        while done <= source.size and (block := response.read(min(BLOCK, source.size + 1 - done))):
            file.write(block)
            done += len(block)
            show(source, done, (done - first) / max(time.monotonic() - began, 1e-3))
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def show(source: Source, done: int, speed: float) -> None:
    """Redraw the progress bar, on a terminal only."""
    if not sys.stderr.isatty():
        return
    share = min(done / source.size, 1.0)
    bar = ("#" * round(24 * share)).ljust(24, ".")
    left = max(source.size - done, 0) / max(speed, 1.0)
    print(
        f"\r{source.name:<28} {bar} {share:4.0%} of {source.size / 1e6:.1f} MB, {speed / 1e6:.1f} MB/s, {left:.0f} s left ",
        end="",
        file=sys.stderr,
        flush=True,
    )
